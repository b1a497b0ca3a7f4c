#include "http/response_head.hpp"

#include <charconv>

#include "http/trace_context.hpp"

namespace atrium::http {
namespace {

bool same_name(std::string_view a, std::string_view lower) {
  if (a.size() != lower.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const char c = a[i];
    if ((c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c) != lower[i]) return false;
  }
  return true;
}

void append_number(std::uint64_t n, std::string& out) {
  char text[20];
  const auto end = std::to_chars(text, text + sizeof text, n).ptr;
  out.append(text, static_cast<std::size_t>(end - text));
}

void append_value(std::string_view value, std::string& out) {
  const auto from = out.size();
  out += value;
  for (auto i = from; i < out.size(); ++i)
    if (static_cast<unsigned char>(out[i]) < 0x20 || out[i] == 0x7f) out[i] = ' ';
}

void append_field(std::string_view name, std::string_view value, std::string& out) {
  append_value(name, out);
  out += ": ";
  append_value(value, out);
  out += "\r\n";
}

bool has_body(int status) {
  return status >= 200 && status != 204 && status != 304;
}

}  // namespace

std::string_view reason_phrase(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 301:
      return "Moved Permanently";
    case 302:
      return "Found";
    case 303:
      return "See Other";
    case 304:
      return "Not Modified";
    case 307:
      return "Temporary Redirect";
    case 308:
      return "Permanent Redirect";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 402:
      return "Payment Required";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 406:
      return "Not Acceptable";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 410:
      return "Gone";
    case 412:
      return "Precondition Failed";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 417:
      return "Expectation Failed";
    case 422:
      return "Unprocessable Content";
    case 428:
      return "Precondition Required";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 503:
      return "Service Unavailable";
    case 505:
      return "HTTP Version Not Supported";
    case 507:
      return "Insufficient Storage";
    default:
      return "Unknown";
  }
}

void append_response_start(const response& r, const head_context& context, std::string& out) {
  out += "HTTP/1.1 ";
  append_number(static_cast<std::uint64_t>(r.status), out);
  out += ' ';
  out += reason_phrase(r.status);
  out += "\r\n";
  out += context.date_line;
  if (context.stream) {
    out += "Content-Type: text/event-stream\r\nX-Accel-Buffering: no\r\n";
  } else if (has_body(r.status)) {
    if (!r.content_type.empty()) append_field("Content-Type", r.content_type, out);
    out += "Content-Length: ";
    append_number(r.body.size(), out);
    out += "\r\n";
  }
  bool cache_control = false, policy = false;
  for (const auto& [name, value] : r.headers) {
    cache_control = cache_control || same_name(name, "cache-control");
    policy = policy || same_name(name, "content-security-policy");
    append_field(name, value, out);
  }
  out += "X-Content-Type-Options: nosniff\r\n";
  if (context.strict_transport) out += "Strict-Transport-Security: max-age=31536000\r\n";
  if (!policy) out += "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\n";
  if (!cache_control) out += "Cache-Control: no-store\r\n";
}

void append_response_end(const head_context& context, std::string& out) {
  if (!context.trace_id.empty()) {
    out += "traceparent: ";
    append_traceparent(context.trace_id, context.trace_flags, out);
    out += "\r\nX-Request-Id: ";
    out += context.request_id;
    out += "\r\n";
  }
  out += context.rate_headers;
  if (context.close)
    out += "Connection: close\r\n";
  else if (context.say_keep_alive)
    out += "Connection: keep-alive\r\n";
  out += "\r\n";
}

void append_response_head(const response& r, const head_context& context, std::string& out) {
  append_response_start(r, context, out);
  append_response_end(context, out);
}

}  // namespace atrium::http
