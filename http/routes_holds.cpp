#include "http/booking_lookup.hpp"
#include "http/idempotency.hpp"
#include "http/resource_routes.hpp"
#include "http/saga_calls.hpp"

namespace atrium::http {
namespace {

constexpr std::size_t most_holds = 200;

std::string place_of(std::string_view id) {
  return "/v1/holds/" + std::string(id);
}

void submit_hold(api_context& c, const request_ptr& r, const responder_ptr& out, std::string key,
                 std::string canonical, ev::hold_request asked) {
  const auto id = saga_id_of(r->caller.account, key);
  const auto done = [&c, r](const saga_answer& a) {
    const auto& held = std::get<ev::hold_result>(a.result);
    const auto room = c.read.room(held.room);
    const hold_doc doc{held.id,
                       held.room,
                       r->caller.account,
                       held.when,
                       room ? room->facts.time_zone : std::string(),
                       held.party_size,
                       held.price,
                       held.expires_at,
                       "active"};
    return created(place_of(held.id.view()), render(doc), 0);
  };
  const auto running = [id] {
    return accepted(place_of(id.view()),
                    "{\"id\":" + json_text(id.view()) + ",\"status\":\"pending\"}");
  };
  call_saga(c, r, out,
            {std::move(key), "hold", std::move(canonical), std::move(asked), done, running});
}

void post_hold(api_context& c, const request_ptr& r, const responder_ptr& out) {
  auto key = idempotency_key(*r);
  if (!key) return out->send(problem(key.error(), *r));
  auto body = read_body(*r);
  if (body.refusal) return out->send(std::move(*body.refusal));
  auto asked = parse_hold(body.doc->root(), c.hold_ttl);
  if (!asked) return out->send(problem(asked.error(), *r));
  const bool known = c.read.room(asked->room).has_value();
  const auto submit = [&c, r, out, key = std::move(*key), canonical = body.doc->canonical(),
                       asked = std::move(*asked)] {
    submit_hold(c, r, out, key, canonical, asked);
  };
  if (known) return submit();
  // The answer names the room's time zone, and the room may be newer than the read model. Holding
  // the slot matters more than the name: when views are late it is held all the same.
  when_reached(c, out, c.log.durable_position(), submit, [submit](const failure&) { submit(); });
}

response list_holds(const api_context& c, const request& r) {
  query_reader q(r);
  const auto limit = q.limit(most_holds);
  if (auto no = q.refusal()) return std::move(*no);
  std::vector<std::string> items;
  for (const auto& h : c.read.holds_of(r.caller.account, limit)) items.push_back(render(h));
  return list_answer(r, items, "");
}

response get_hold(const api_context& c, const request& r) {
  const auto found = find_hold(c, id_param<hold_id>(r));
  if (!found || !may_see(r.caller, found->customer)) return not_found("hold", r);
  return document(r, render(*found));
}

void release(api_context& c, const request_ptr& r, const responder_ptr& out, const hold_doc& hold) {
  // An operator releases in the name of the house, anybody else only what is theirs.
  const auto by = r->caller.is_operator() ? account_id() : r->caller.account;
  c.commands.execute(room_task{hold.room, cmd::release_hold{hold.id, by}}, context_of(c, *r),
                     answer_removed(r, out));
}

void delete_hold(api_context& c, const request_ptr& r, const responder_ptr& out) {
  const auto find = [&c, r]() -> std::optional<hold_doc> {
    auto found = find_hold(c, id_param<hold_id>(*r));
    if (found && !may_see(r->caller, found->customer)) found.reset();
    return found;
  };
  if (const auto hold = find()) return release(c, r, out, *hold);
  when_known(c, r, out, [&c, r, out, find] {
    const auto hold = find();
    if (!hold) return out->send(not_found("hold", *r));
    release(c, r, out, *hold);
  });
}

}  // namespace

void add_hold_routes(api_context& c, routes& to) {
  to.push_back({verb::post, "/v1/holds", access::signed_in, "reservations:write",
                answered_by(c, post_hold)});
  to.back().books = true;
  to.push_back(
      {verb::get, "/v1/holds", access::signed_in, "reservations:read", answered_by(c, list_holds)});
  to.push_back({verb::get, "/v1/holds/{id}", access::signed_in, "reservations:read",
                answered_by(c, get_hold)});
  to.push_back({verb::delete_, "/v1/holds/{id}", access::signed_in, "reservations:write",
                answered_by(c, delete_hold)});
}

}  // namespace atrium::http
