#include "http/drills.hpp"
#include "http/idempotency.hpp"
#include "http/resource_routes.hpp"

namespace atrium::http {
namespace {

response get_room(const api_context& c, const request& r) {
  auto found = c.read.room_json(id_param<room_id>(r));
  if (!found) return not_found("room", r);
  return document(r, std::move(found->json), found->version);
}

response list_rooms(const api_context& c, const request& r) {
  query_reader q(r);
  room_filter filter;
  filter.site = q.text("site", 400);
  filter.min_capacity = static_cast<int>(q.integer("capacity", 0, 10'000).value_or(0));
  filter.amenities = q.words("amenity");
  for (auto& word : q.words("amenities")) filter.amenities.push_back(std::move(word));
  filter.status = q.text("status");
  if (!filter.status.empty() && filter.status != "active" && filter.status != "retired" &&
      filter.status != "all")
    q.add("status", "status", "active, retired or all", filter.status);
  const auto limit = q.limit();
  const auto cursor = q.cursor();
  if (auto no = q.refusal()) return std::move(*no);
  return page_answer(r, c.read.rooms(filter, limit, cursor),
                     [](stored_doc& d) { return std::move(d.json); });
}

void post_room(api_context& c, const request_ptr& r, const responder_ptr& out) {
  auto body = read_body(*r);
  if (body.refusal) return out->send(std::move(*body.refusal));
  auto facts = parse_room(body.doc->root());
  if (!facts) return out->send(problem(facts.error(), *r));
  room_doc doc{.id = room_id(random_id("rm_")), .facts = std::move(*facts)};
  room_task task{doc.id, cmd::register_room{doc.facts}};
  c.commands.execute(
      std::move(task), context_of(c, *r),
      [r, out, doc = std::move(doc)](result<entity_answer> a) mutable {
        if (!a) return out->send(problem(a.error(), *r));
        doc.version = a->version;
        out->send(created("/v1/rooms/" + doc.id.str(), render(doc), a->position, doc.version));
      });
}

/// One attempt of a PATCH: merge over what the read model shows, let the room decide on the
/// version.
void patch_room(api_context& c, const request_ptr& r, const responder_ptr& out,
                std::shared_ptr<const json_document> patch, std::uint64_t seen, int attempts) {
  auto doc = c.read.room(id_param<room_id>(*r));
  if (!doc) return out->send(not_found("room", *r));
  if (seen != 0 && seen != doc->version)
    return out->send(
        refuse(ec::precondition_failed,
               "The room was changed in the meantime. GET it again, then repeat the change "
               "with its new ETag.",
               *r));
  auto facts = parse_room_patch(patch->root(), doc->facts);
  if (!facts) return out->send(problem(facts.error(), *r));
  doc->facts = *facts;
  cmd::change_room change{std::move(*facts), doc->version};
  room_task task{doc->id, std::move(change)};
  c.commands.execute(
      std::move(task), context_of(c, *r),
      [&c, r, out, patch, seen, attempts, doc = std::move(*doc)](result<entity_answer> a) mutable {
        // With If-Match: * a concurrent change is no reason to fail: merge over the newer facts.
        if (!a && a.error().code == ec::precondition_failed && seen == 0 && attempts > 1)
          return when_current(c, r, out, [&c, r, out, patch, attempts] {
            patch_room(c, r, out, patch, 0, attempts - 1);
          });
        answer_changed(r, out, std::move(doc))(std::move(a));
      });
}

void start_patch(api_context& c, const request_ptr& r, const responder_ptr& out) {
  with_patch(c, r, out, [&c, r, out](const patch_request& asked) {
    patch_room(c, r, out, asked.body, asked.seen, 3);
  });
}

response retired(const request_ptr& r, const retire_answer& a, bool cancelling) {
  if (!cancelling) return no_content(a.position);
  const auto ids = [](const std::vector<reservation_id>& from) {
    std::vector<std::string> quoted_ids;
    for (const auto& id : from) quoted_ids.push_back(json_text(id.view()));
    return json_list(quoted_ids);
  };
  auto out = json_answer(200, "{\"id\":" + json_text(r->params.at(0)) + ",\"status\":\"retired\"" +
                                  ",\"cancelled\":" + ids(a.cancelled) +
                                  ",\"stillRunning\":" + ids(a.still_running) + "}");
  add_position(out, a.position);
  return out;
}

void delete_room(api_context& c, const request_ptr& r, const responder_ptr& out) {
  const auto seen = if_match(*r);
  if (!seen) return out->send(problem(seen.error(), *r));
  query_reader q(*r);
  const bool cancelling = q.flag("cancelBookings");
  if (auto no = q.refusal()) return out->send(std::move(*no));
  c.commands.retire_room(id_param<room_id>(*r), *seen, cancelling, context_of(c, *r),
                         [r, out, cancelling](result<retire_answer> a) {
                           out->send(a ? retired(r, *a, cancelling) : problem(a.error(), *r));
                         });
}

}  // namespace

void add_room_routes(api_context& c, routes& to) {
  for (const std::string base : {"/v1/rooms", "/offices"}) {
    to.push_back({verb::get, base, access::signed_in, "rooms:read", answered_by(c, list_rooms)});
    to.push_back({verb::post, base, access::operators, "rooms:write",
                  needing(c, subsystem::room_administration, answered_by(c, post_room))});
    to.push_back(
        {verb::get, base + "/{id}", access::signed_in, "rooms:read", answered_by(c, get_room)});
    to.push_back({verb::patch, base + "/{id}", access::operators, "rooms:write",
                  needing(c, subsystem::room_administration, answered_by(c, start_patch))});
    to.push_back({verb::delete_, base + "/{id}", access::operators, "rooms:write",
                  needing(c, subsystem::room_administration, answered_by(c, delete_room))});
  }
}

}  // namespace atrium::http
