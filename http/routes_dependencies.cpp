#include "http/json_fields.hpp"
#include "http/json_text.hpp"
#include "http/on_record.hpp"
#include "http/routes_common.hpp"

namespace atrium::http {
namespace {

std::string render(const dependency_info& d) {
  std::string out = "{\"name\":" + json_text(d.name) + ",\"state\":" + json_text(d.state);
  out += ",\"since\":";
  out += d.since == instant{} ? "null" : json_text(format_instant(d.since));
  const auto number = [&](std::string_view name, std::uint64_t n) {
    out += ",\"" + std::string(name) + "\":" + std::to_string(n);
  };
  number("calls", d.calls);
  number("failed", d.failed);
  number("slow", d.slow);
  number("inFlight", d.in_flight);
  number("refused", d.refused);
  number("opened", d.opened);
  out += ",\"retriesLeft\":" + (d.retries_left ? std::to_string(*d.retries_left) : "null");
  number("retriesPostponed", d.retries_postponed);
  number("retryAfterMs", static_cast<std::uint64_t>(d.retry_after.count()));
  return out + "}";
}

std::vector<dependency_info> all(const api_context& c) {
  return c.dependencies ? c.dependencies() : std::vector<dependency_info>{};
}

response show(const api_context& c, const request& r) {
  query_reader q(r);
  if (auto no = q.refusal()) return std::move(*no);
  std::vector<std::string> items;
  for (const auto& d : all(c)) items.push_back(render(d));
  return list_answer(r, items, "");
}

response shown(const api_context& c, const request& r, std::string_view name) {
  for (const auto& d : all(c))
    if (d.name == name) return document(r, render(d));
  return not_found("dependency", r);
}

void act(api_context& c, const request_ptr& r, const responder_ptr& out) {
  auto body = read_body(*r);
  if (body.refusal) return out->send(std::move(*body.refusal));
  std::vector<violation> wrong;
  fields f(body.doc->root(), "", wrong);
  const auto action = f.text("action", 1, 20, fields::need::required);
  if (action && *action != "trip" && *action != "reset")
    f.add("action", "one-of", "trip, reset", *action);
  f.finish();
  if (!wrong.empty()) return out->send(problem(invalid(std::move(wrong)), *r));
  const auto& name = r->params[0];
  if (!c.switch_dependency || !c.switch_dependency(name, *action == "trip", r->caller.account))
    return out->send(not_found("dependency", *r));
  answer_on_record(c, r, out, "dependency." + *action, name,
                   [&c, r, name] { return shown(c, *r, name); });
}

}  // namespace

void add_dependency_routes(api_context& c, routes& to) {
  to.push_back({verb::get, "/v1/introspection/dependencies", access::operators,
                "introspection:read",
                [&c](const request_ptr& r, const responder_ptr& out) { out->send(show(c, *r)); }});
  to.push_back({verb::post, "/v1/introspection/dependencies/{name}/actions", access::admins,
                "introspection:write",
                [&c](const request_ptr& r, const responder_ptr& out) { act(c, r, out); }});
}

}  // namespace atrium::http
