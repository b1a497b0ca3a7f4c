#include "http/docs_page.hpp"

#include <sodium.h>

#include <array>
#include <map>
#include <optional>

namespace atrium::http {
namespace {

constexpr std::string_view style =
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 "
    "1rem;color:#1c2430;"
    "background:#fff}h1{font-size:1.8rem}h2{margin-top:2.2rem;border-bottom:1px solid #d5dae2}"
    "table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.35rem .5rem;"
    "border-bottom:1px solid #e8ebf0;vertical-align:top}code{font:14px ui-monospace,monospace}"
    "pre{background:#f4f6f9;padding:.8rem;overflow:auto}.m{font-weight:600;text-transform:"
    "uppercase}"
    ".s{color:#5b6675}@media(prefers-color-scheme:dark){body{color:#e6e9ee;background:#14181f}"
    "pre{background:#1e242e}td,th,h2{border-color:#2c3440}.s{color:#9aa5b4}a{color:#8ab4ff}}";

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '&':
        out += "&amp;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string_view unquoted(std::string_view s) {
  const bool wrapped =
      s.size() >= 2 && (s.front() == '"' || s.front() == '\'') && s.back() == s.front();
  return wrapped ? s.substr(1, s.size() - 2) : s;
}

struct yaml_line {
  std::size_t indent = 0;
  std::string_view key, value;
};

std::optional<yaml_line> split_line(std::string_view line) {
  const auto indent = line.find_first_not_of(' ');
  if (indent == std::string_view::npos || line[indent] == '#') return {};
  line.remove_prefix(indent);
  // Paths hold no ": ", so the first colon before a space or the end separates key and value.
  auto colon = line.find(": ");
  if (colon == std::string_view::npos) {
    if (line.back() != ':') return {};
    colon = line.size() - 1;
  }
  auto value = line.substr(colon + 1);
  while (!value.empty() && value.front() == ' ') value.remove_prefix(1);
  return yaml_line{indent, unquoted(line.substr(0, colon)), unquoted(value)};
}

bool is_method(std::string_view key) {
  return key == "get" || key == "post" || key == "put" || key == "patch" || key == "delete";
}

/// "#/paths/~1v1~1rooms" -> "/v1/rooms"
std::string path_of_reference(std::string_view reference) {
  constexpr std::string_view prefix = "#/paths/";
  if (reference.substr(0, prefix.size()) != prefix) return {};
  std::string path(reference.substr(prefix.size()));
  for (std::size_t at; (at = path.find("~1")) != std::string::npos;) path.replace(at, 2, "/");
  return path;
}

class scanner {
 public:
  void line(std::string_view text) {
    const auto l = split_line(text);
    if (!l) return;
    if (l->indent == 0) in_paths_ = l->key == "paths";
    if (!in_paths_) return;
    if (l->indent == 2)
      path_ = l->key;
    else if (l->indent == 4)
      at_path(*l);
    else if (l->indent == 6)
      at_operation(*l);
    else if (l->indent == 8 && in_responses_)
      found_.back().statuses.emplace_back(l->key);
  }
  std::vector<documented_operation> done() {
    const auto own = found_.size();
    for (const auto& [alias, target] : aliases_)
      for (std::size_t i = 0; i < own; ++i)
        if (found_[i].path == target) {
          auto copy = found_[i];
          copy.path = alias;
          copy.tag = "Aliases";
          found_.push_back(std::move(copy));
        }
    return std::move(found_);
  }

 private:
  void at_path(const yaml_line& l) {
    in_responses_ = in_operation_ = false;
    if (l.key == "$ref") aliases_.emplace_back(path_, path_of_reference(l.value));
    if (!is_method(l.key)) return;
    in_operation_ = true;
    found_.push_back({.method = std::string(l.key), .path = path_});
  }
  void at_operation(const yaml_line& l) {
    in_responses_ = in_operation_ && l.key == "responses";
    if (!in_operation_) return;
    auto& op = found_.back();
    if (l.key == "tags")
      op.tag = l.value.substr(1, l.value.size() - 2);
    else if (l.key == "summary")
      op.summary = l.value;
    else if (l.key == "x-atrium-role")
      op.role = l.value;
    else if (l.key == "x-atrium-scope")
      op.scope = l.value;
  }

  bool in_paths_ = false, in_operation_ = false, in_responses_ = false;
  std::string path_;
  std::vector<documented_operation> found_;
  std::vector<std::pair<std::string, std::string>> aliases_;
};

std::string describe_role(const documented_operation& op) {
  static const std::map<std::string, std::string> words{{"anonymous", "anyone"},
                                                        {"signed_in", "signed in"},
                                                        {"operators", "operators"},
                                                        {"admins", "administrators"}};
  const auto known = words.find(op.role);
  auto text = known == words.end() ? op.role : known->second;
  if (!op.scope.empty()) text += ", scope " + op.scope;
  return text;
}

std::string row_of(const documented_operation& op) {
  std::string statuses;
  for (const auto& s : op.statuses) statuses += (statuses.empty() ? "" : " ") + s;
  return "<tr><td class=\"m\">" + escaped(op.method) + "</td><td><code>" + escaped(op.path) +
         "</code><br>" + escaped(op.summary) + "</td><td class=\"s\">" +
         escaped(describe_role(op)) + "</td><td class=\"s\">" + escaped(statuses) + "</td></tr>\n";
}

std::string page() {
  std::string html =
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
      "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">"
      "<title>Atrium: HTTP API</title><style>";
  html += style;
  html +=
      "</style></head><body>\n<h1>Atrium: HTTP API</h1>\n"
      "<p>Rooms, bookings and payments of shared offices. The exact contract, with every field, is "
      "<a href=\"/openapi.yaml\">/openapi.yaml</a> (OpenAPI 3.1).</p>\n"
      "<p>Sign in with <code>Authorization: Bearer &lt;API key&gt;</code>. Instants are RFC 3339 "
      "with an "
      "offset, money is in minor units. Errors are <code>application/problem+json</code> and say "
      "what to "
      "do next. Requests that book or move money carry an <code>Idempotency-Key</code>: repeat the "
      "same "
      "key and body to get the same answer once more.</p>\n"
      "<pre>curl -H \"Authorization: Bearer $KEY\" http://127.0.0.1:8080/v1/rooms</pre>\n";
  std::vector<std::string> order;
  std::map<std::string, std::string> tables;
  for (const auto& op : read_operations(openapi_text())) {
    auto& table = tables[op.tag];
    if (table.empty()) order.push_back(op.tag);
    table += row_of(op);
  }
  for (const auto& tag : order)
    html += "<h2>" + escaped(tag) + "</h2>\n<table><tr><th>Verb</th><th>Address</th><th>For</th>" +
            "<th>Answers</th></tr>\n" + tables[tag] + "</table>\n";
  return html + "</body></html>\n";
}

/// The style is allowed by its hash; nothing else may load or run.
std::string policy() {
  std::array<unsigned char, crypto_hash_sha256_BYTES> digest;
  crypto_hash_sha256(digest.data(), reinterpret_cast<const unsigned char*>(style.data()),
                     style.size());
  std::array<char,
             sodium_base64_ENCODED_LEN(crypto_hash_sha256_BYTES, sodium_base64_VARIANT_ORIGINAL)>
      text;
  sodium_bin2base64(text.data(), text.size(), digest.data(), digest.size(),
                    sodium_base64_VARIANT_ORIGINAL);
  return "default-src 'none'; style-src 'sha256-" + std::string(text.data()) +
         "'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
}

}  // namespace

std::vector<documented_operation> read_operations(std::string_view yaml) {
  scanner s;
  while (!yaml.empty()) {
    const auto end = yaml.find('\n');
    s.line(yaml.substr(0, end));
    if (end == std::string_view::npos) break;
    yaml.remove_prefix(end + 1);
  }
  return s.done();
}

response docs_page() {
  static const std::string html = page();
  static const std::string csp = policy();
  response r;
  r.content_type = "text/html; charset=utf-8";
  r.body = html;
  // The transport adds nosniff to every answer.
  r.headers = {{"Content-Security-Policy", csp}, {"Referrer-Policy", "no-referrer"}};
  return r;
}

}  // namespace atrium::http
