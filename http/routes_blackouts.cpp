#include "http/drills.hpp"
#include "http/idempotency.hpp"
#include "http/resource_routes.hpp"

namespace atrium::http {
namespace {

response list_blackouts(const api_context& c, const request& r) {
  query_reader q(r);
  if (auto no = q.refusal()) return std::move(*no);
  const auto room = id_param<room_id>(r);
  if (!c.read.room_json(room)) return not_found("room", r);
  std::vector<std::string> items;
  for (const auto& b : c.read.blackouts(room)) items.push_back(render(b));
  return list_answer(r, items, "");
}

void post_blackout(api_context& c, const request_ptr& r, const responder_ptr& out) {
  auto body = read_body(*r);
  if (body.refusal) return out->send(std::move(*body.refusal));
  auto wanted = parse_blackout(body.doc->root());
  if (!wanted) return out->send(problem(wanted.error(), *r));
  const auto room = id_param<room_id>(*r);
  blackout_doc doc{blackout_id(random_id("bo_")), wanted->when, std::move(wanted->reason)};
  c.commands.execute(room_task{room, cmd::add_blackout{doc.id, doc.when, doc.reason}},
                     context_of(c, *r), [r, out, room, doc](result<entity_answer> a) {
                       if (!a) return out->send(problem(a.error(), *r));
                       out->send(created("/v1/rooms/" + room.str() + "/blackouts/" + doc.id.str(),
                                         render(doc), a->position));
                     });
}

void delete_blackout(api_context& c, const request_ptr& r, const responder_ptr& out) {
  c.commands.execute(
      room_task{id_param<room_id>(*r), cmd::remove_blackout{id_param<blackout_id>(*r, 1)}},
      context_of(c, *r), answer_removed(r, out));
}

}  // namespace

void add_blackout_routes(api_context& c, routes& to) {
  const std::string base = "/v1/rooms/{id}/blackouts";
  to.push_back({verb::get, base, access::signed_in, "rooms:read", answered_by(c, list_blackouts)});
  to.push_back({verb::post, base, access::operators, "rooms:write",
                needing(c, subsystem::room_administration, answered_by(c, post_blackout))});
  to.push_back({verb::delete_, base + "/{bid}", access::operators, "rooms:write",
                needing(c, subsystem::room_administration, answered_by(c, delete_blackout))});
}

}  // namespace atrium::http
