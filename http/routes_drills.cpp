#include <spdlog/spdlog.h>

#include "http/drills.hpp"
#include "http/json_fields.hpp"
#include "http/json_text.hpp"
#include "http/on_record.hpp"
#include "http/resource_routes.hpp"

namespace atrium::http {
namespace {

std::string render(const drills::status& s) {
  const auto since =
      s.since == instant{} ? std::string("null") : json_text(format_instant(s.since));
  return "{\"name\":" + json_text(to_string(s.what)) +
         ",\"state\":" + (s.stopped ? "\"stopped\"" : "\"running\"") + ",\"since\":" + since +
         ",\"by\":" + (s.by.empty() ? "null" : json_text(s.by.view())) + "}";
}

response show(const api_context& c, const request& r) {
  query_reader q(r);
  if (auto no = q.refusal()) return std::move(*no);
  std::vector<std::string> items;
  if (c.drill != nullptr)
    for (const auto& s : c.drill->describe()) items.push_back(render(s));
  return list_answer(r, items, "");
}

response shown(const api_context& c, const request& r, subsystem what) {
  return document(r, render(c.drill->describe()[static_cast<std::size_t>(what)]));
}

void act(api_context& c, const request_ptr& r, const responder_ptr& out) {
  auto body = read_body(*r);
  if (body.refusal) return out->send(std::move(*body.refusal));
  std::vector<violation> wrong;
  fields f(body.doc->root(), "", wrong);
  const auto action = f.text("action", 1, 20, fields::need::required);
  if (action && *action != "stop" && *action != "start")
    f.add("action", "one-of", "stop, start", *action);
  f.finish();
  if (!wrong.empty()) return out->send(problem(invalid(std::move(wrong)), *r));
  const auto what = parse_subsystem(r->params[0]);
  if (!what || c.drill == nullptr) return out->send(not_found("subsystem", *r));
  const bool stop = *action == "stop";
  if (!c.drill->set(*what, stop, r->caller.account, c.clock.now()))
    return out->send(shown(c, *r, *what));
  spdlog::warn("drill: {} is {} by {}", to_string(*what), stop ? "stopped" : "started",
               r->caller.account.view());
  answer_on_record(c, r, out, stop ? "drill.stop" : "drill.start", std::string(to_string(*what)),
                   [&c, r, what = *what] { return shown(c, *r, what); });
}

}  // namespace

handler needing(api_context& c, subsystem what, handler f) {
  return [&c, what, f = std::move(f)](const request_ptr& r, const responder_ptr& out) {
    if (c.drill != nullptr)
      if (const auto no = c.drill->refusal(what)) return out->send(problem(*no, *r));
    f(r, out);
  };
}

void add_drill_routes(api_context& c, routes& to) {
  to.push_back({verb::get, "/v1/introspection/drills", access::operators, "introspection:read",
                [&c](const request_ptr& r, const responder_ptr& out) { out->send(show(c, *r)); }});
  to.push_back({verb::post, "/v1/introspection/drills/{name}/actions", access::admins,
                "introspection:write",
                [&c](const request_ptr& r, const responder_ptr& out) { act(c, r, out); }});
}

}  // namespace atrium::http
