#include "http/json_fields.hpp"
#include "http/json_object.hpp"
#include "http/routes_common.hpp"

/// What administrators see of sagas and tell them.
namespace atrium::http {
namespace {

constexpr std::size_t most_listed = 1'000;
/// Of one saga's attempts, the newest.
constexpr std::size_t most_tried = 20;
constexpr std::size_t most_read = 256;

std::string instant_or_null(instant t) {
  return t == instant{} ? "null" : json_text(format_instant(t));
}

std::string_view word(ev::step_outcome o) {
  switch (o) {
    case ev::step_outcome::ok:
      return "ok";
    case ev::step_outcome::rejected:
      return "rejected";
    case ev::step_outcome::retryable:
      return "retryable";
    case ev::step_outcome::unknown:
      return "unknown";
  }
  return "?";
}

std::string render(const stored_event& e, std::string_view what, std::string_view outcome,
                   std::string_view detail) {
  return json_object()
      .text("at", format_instant(e.at))
      .text("what", what)
      .text("outcome", outcome)
      .text("detail", detail)
      .text("by", e.actor)
      .done();
}

/// "" for an event that tells of no attempt.
std::string tried(const stored_event& e) {
  if (const auto* s = std::get_if<ev::saga_step>(&e.what))
    return render(e, (s->compensating ? "undo " : "") + s->step, word(s->outcome), s->detail);
  if (const auto* p = std::get_if<ev::saga_parked>(&e.what))
    return render(e, p->step, "parked", p->reason);
  if (const auto* o = std::get_if<ev::operator_acted>(&e.what))
    return render(e, o->action, "ordered", o->note);
  return {};
}

/// What the journal tells of a saga's attempts; only read for those that people look at.
std::string history_of(const api_context& c, const saga_info& s) {
  std::vector<std::string> all;
  for (const auto& e : c.index.read_stream("saga/" + s.id.str(), 1, most_read))
    if (auto one = tried(e); !one.empty()) all.push_back(std::move(one));
  if (all.size() > most_tried)
    all.erase(all.begin(), all.end() - static_cast<std::ptrdiff_t>(most_tried));
  return json_list(all);
}

std::string render(const api_context& c, const saga_info& s) {
  std::vector<std::string> orders;
  for (const auto o : s.orders) orders.push_back(json_text(to_string(o)));
  const bool needs_a_person = s.is_stuck || s.state == "parked";
  const auto age = s.since == instant{} ? milliseconds(0) : c.clock.now() - s.since;
  return json_object()
      .text("id", s.id.view())
      .text("definition", s.definition)
      .text("state", s.state)
      .text("step", s.step)
      .text("waitingFor", s.waiting_for)
      .text("startedAt", format_instant(s.started))
      .raw("since", instant_or_null(s.since))
      .number("ageMs", static_cast<std::uint64_t>(std::max<std::int64_t>(age.count(), 0)))
      .raw("until", instant_or_null(s.until))
      .flag("stuck", s.is_stuck)
      .number("attempts", static_cast<std::uint64_t>(s.attempts))
      .text("roomId", s.room.view())
      .raw("tried", needs_a_person ? history_of(c, s) : "[]")
      .raw("actions", json_list(orders))
      .done();
}

response list_sagas(const api_context& c, const request& r) {
  query_reader q(r);
  const auto state = q.text("state");
  const auto limit = q.limit(200, most_listed);
  if (!state.empty() && state != "parked" && state != "stuck")
    q.add("state", "one-of", "parked, stuck", state);
  if (auto no = q.refusal()) return std::move(*no);
  std::vector<std::string> items;
  for (const auto& s : c.commands.sagas(limit))
    if (state.empty() || (state == "stuck" ? s.is_stuck : s.state == state))
      items.push_back(render(c, s));
  return list_answer(r, items, "");
}

struct order_body {
  saga_order order = saga_order::retry;
  std::string note;
};

/// To end a saga is a statement of somebody who looked: it needs a note.
result<order_body> parse_order(json_value body) {
  std::vector<violation> wrong;
  fields f(body, "", wrong);
  order_body o;
  const auto action = f.text("action", 1, 20, fields::need::required);
  const auto known = action ? parse_saga_order(*action) : std::nullopt;
  if (action && !known) f.add("action", "one-of", "retry, compensate, resolve", *action);
  if (known) o.order = *known;
  const bool needs_note = o.order == saga_order::resolve;
  o.note = f.text("note", needs_note ? 1 : 0, 500,
                  needs_note ? fields::need::required : fields::need::optional)
               .value_or("");
  f.finish();
  if (!wrong.empty()) return invalid(std::move(wrong));
  return o;
}

void act(api_context& c, const request_ptr& r, const responder_ptr& out) {
  auto body = read_body(*r);
  if (body.refusal) return out->send(std::move(*body.refusal));
  auto asked = parse_order(body.doc->root());
  if (!asked) return out->send(problem(asked.error(), *r));
  c.commands.instruct({id_param<saga_id>(*r), asked->order, std::move(asked->note)},
                      context_of(c, *r), [&c, r, out](result<saga_info> s) {
                        if (!s) return out->send(problem(s.error(), *r));
                        out->send(json_answer(200, render(c, *s)));
                      });
}

}  // namespace

void add_saga_routes(api_context& c, routes& to) {
  to.push_back(
      {verb::get, "/v1/introspection/sagas", access::operators, "introspection:read",
       [&c](const request_ptr& r, const responder_ptr& out) { out->send(list_sagas(c, *r)); }});
  to.push_back({verb::post, "/v1/introspection/sagas/{id}/actions", access::admins,
                "introspection:write",
                [&c](const request_ptr& r, const responder_ptr& out) { act(c, r, out); }});
}

}  // namespace atrium::http
