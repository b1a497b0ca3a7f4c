#include <algorithm>
#include <string>

#include "domain/time.hpp"
#include "http/json_text.hpp"
#include "http/message.hpp"
#include "http/problem_texts.hpp"
#include "http/target.hpp"

namespace atrium::http {
namespace {

constexpr std::string_view type_base = "https://atrium.dev/problems/";

class problem_body {
 public:
  void text(std::string_view key, std::string_view value) {
    name(key);
    append_json_string(value, out_);
  }
  void number(std::string_view key, std::int64_t value) {
    name(key);
    out_ += std::to_string(value);
  }
  /// A member whose value the caller appends to the string returned.
  std::string& raw(std::string_view key) {
    name(key);
    return out_;
  }
  std::string finish() {
    out_ += '}';
    return std::move(out_);
  }

 private:
  void name(std::string_view key) {
    out_ += out_.empty() ? '{' : ',';
    append_json_string(key, out_);
    out_ += ':';
  }
  std::string out_;
};

template <class Items, class Write>
void list(problem_body& body, std::string_view key, const Items& items, Write write) {
  if (items.empty()) return;
  auto& out = body.raw(key);
  char before = '[';
  for (const auto& item : items) {
    out += before;
    write(item, out);
    before = ',';
  }
  out += ']';
}

void write_violation(const violation& v, std::string& out) {
  problem_body b;
  b.text("rule", v.rule);
  b.text("limit", v.limit);
  b.text("actual", v.actual);
  b.text("pointer", v.pointer);
  out += b.finish();
}

void write_alternative(const alternative& a, std::string& out) {
  problem_body b;
  b.text("roomId", a.room.view());
  b.text("start", format_instant(a.when.start));
  b.text("end", format_instant(a.when.end));
  out += b.finish();
}

void start(problem_body& b, std::string_view name, std::string_view title, int status,
           std::string_view detail) {
  b.text("type", std::string(type_base).append(name));
  b.text("title", title);
  b.number("status", status);
  b.text("detail", detail);
  b.text("code", name);
}

void say_where(problem_body& b, const request& r) {
  // As sent, because the decoded path may hold bytes that are not text.
  const auto path = split_query(origin_form(r.target)).first;
  b.text("instance", path.empty() ? std::string_view(r.path) : path);
  if (!r.trace_id.empty()) b.text("traceId", r.trace_id);
}

response as_response(int status, std::string_view name, problem_body& b) {
  response out;
  out.status = status;
  out.content_type = "application/problem+json";
  out.body = b.finish();
  out.problem = name;
  return out;
}

bool wants_retry_after(int status) {
  return status == 429 || status == 503 || status == 507;
}

void add_retry_after(response& r, std::int64_t ms) {
  const auto seconds = std::max<std::int64_t>(1, (ms + 999) / 1000);
  r.headers.emplace_back("Retry-After", std::to_string(seconds));
}

}  // namespace

int status_of(ec code) {
  return problem_text_of(code).status;
}

response problem(const failure& f, const request& r) {
  const auto& text = problem_text_of(f.code);
  const bool korean = r.language == "ko";
  problem_body b;
  start(
      b, text.name, korean ? text.title_ko : text.title_en, text.status,
      korean ? korean_detail(f) : (f.detail.empty() ? std::string(text.title_en) + "." : f.detail));
  say_where(b, r);
  list(b, "violations", f.violations, write_violation);
  list(b, "alternatives", f.alternatives, write_alternative);
  list(b, "conflicting", f.conflicting,
       [](const std::string& id, std::string& out) { append_json_string(id, out); });
  if (!f.reason.empty()) b.text("reason", f.reason);
  const auto wait_ms = f.retry_after_ms > 0 ? f.retry_after_ms : 1000;
  if (wants_retry_after(text.status)) b.number("retryAfterMs", wait_ms);
  auto out = as_response(text.status, text.name, b);
  if (wants_retry_after(text.status)) add_retry_after(out, wait_ms);
  if (text.status == 401) out.headers.emplace_back("WWW-Authenticate", "Bearer realm=\"atrium\"");
  return out;
}

response edge_problem(std::string_view name, std::string_view detail, const request& r) {
  const auto& text = problem_text_of(name);
  const bool korean = r.language == "ko";
  problem_body b;
  start(b, text.name, korean ? text.title_ko : text.title_en, text.status,
        korean ? with_original(text.detail_ko, detail) : std::string(detail));
  say_where(b, r);
  if (wants_retry_after(text.status)) b.number("retryAfterMs", 1000);
  auto out = as_response(text.status, text.name, b);
  if (wants_retry_after(text.status)) add_retry_after(out, 1000);
  return out;
}

response bare_problem(int status, std::string_view type, std::string_view title,
                      std::string_view detail) {
  problem_body b;
  start(b, type, title, status, detail);
  if (wants_retry_after(status)) b.number("retryAfterMs", 1000);
  auto out = as_response(status, type, b);
  if (wants_retry_after(status)) add_retry_after(out, 1000);
  return out;
}

}  // namespace atrium::http
