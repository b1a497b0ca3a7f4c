#include "http/booking_lookup.hpp"
#include "http/idempotency.hpp"
#include "http/resource_routes.hpp"
#include "http/saga_calls.hpp"

namespace atrium::http {
namespace {

std::string place_of(std::string_view id) {
  return "/v1/reservations/" + std::string(id);
}

response booked_answer(const saga_answer& a) {
  const auto& done = std::get<ev::booking_result>(a.result);
  const reservation_doc doc{.booked = done.booked,
                            .paid = payment_status::captured,
                            .captured = done.captured,
                            .refunded = {0, done.captured.currency},
                            .position = a.position,
                            .version = a.position};
  return created(place_of(done.booked.id.view()), render(doc), 0, doc.version);
}

/// Fills the slot in from the hold; a refusal when there is no such hold of the caller's.
std::optional<response> complete_from_hold(const api_context& c, const request& r,
                                           ev::booking_request& asked) {
  if (asked.from_hold.empty() || !asked.room.empty()) return {};
  const auto hold = find_hold(c, asked.from_hold);
  if (!hold || hold->customer != r.caller.account) return not_found("hold", r);
  asked.room = hold->room;
  asked.when = hold->when;
  if (asked.party_size == 0) asked.party_size = hold->party_size;
  return {};
}

void book(api_context& c, const request_ptr& r, const responder_ptr& out, std::string key,
          std::string canonical, ev::booking_request asked) {
  const auto id = saga_id_of(r->caller.account, key);
  saga_call call{
      std::move(key), "reserve", std::move(canonical), asked, booked_answer, [id, asked] {
        return accepted(place_of(id.view()), render_pending(id, asked));
      }};
  // It may hold a client secret: nobody on the way keeps it.
  call.acting = [id, asked](const customer_action& next) {
    auto answer = accepted(place_of(id.view()), render_pending(id, asked, &next));
    answer.headers.emplace_back("Cache-Control", "no-store");
    return answer;
  };
  call_saga(c, r, out, std::move(call));
}

void post_reservation(api_context& c, const request_ptr& r, const responder_ptr& out) {
  auto key = idempotency_key(*r);
  if (!key) return out->send(problem(key.error(), *r));
  auto body = read_body(*r);
  if (body.refusal) return out->send(std::move(*body.refusal));
  auto asked = parse_booking(body.doc->root());
  if (!asked) return out->send(problem(asked.error(), *r));
  auto canonical = body.doc->canonical();
  if (!complete_from_hold(c, *r, *asked))
    return book(c, r, out, std::move(*key), std::move(canonical), std::move(*asked));
  // The hold may be newer than the read model.
  when_known(c, r, out,
             [&c, r, out, key = std::move(*key), canonical = std::move(canonical),
              asked = std::move(*asked)]() mutable {
               if (auto no = complete_from_hold(c, *r, asked)) return out->send(std::move(*no));
               book(c, r, out, std::move(key), std::move(canonical), std::move(asked));
             });
}

response list_reservations(const api_context& c, const request& r) {
  query_reader q(r);
  reservation_filter filter;
  filter.customer = account_id(q.text("customerId", 128));
  filter.room = room_id(q.text("roomId", 128));
  filter.status = q.text("status");
  filter.from = q.when("from");
  filter.to = q.when("to");
  const auto limit = q.limit();
  const auto cursor = q.cursor();
  if (!filter.status.empty() && !parse_reservation_status(filter.status))
    q.add("status", "status",
          "held, awaiting_payment, confirmed, checked_in, completed, expired, payment_failed, "
          "rejected, "
          "cancelled or no_show",
          filter.status);
  if (filter.from && filter.to && *filter.to <= *filter.from)
    q.add("to", "order", "after " + format_instant(*filter.from), format_instant(*filter.to));
  if (auto no = q.refusal()) return std::move(*no);
  if (!r.caller.is_operator()) {
    if (!filter.customer.empty() && filter.customer != r.caller.account)
      return refuse(
          ec::forbidden,
          "Only operators see the reservations of others. Leave customerId out for your own.", r);
    filter.customer = r.caller.account;
  }
  return page_answer(r, c.read.reservations(filter, limit, cursor),
                     [](stored_doc& d) { return std::move(d.json); });
}

response get_reservation(const api_context& c, const request& r) {
  const auto id = id_param<reservation_id>(r);
  auto found = c.read.reservation_json(id);
  if (!found) {
    const auto stored = find_reservation(c, id);
    if (stored && may_see(r.caller, stored->booked.customer))
      return document(r, render(*stored), stored->position);
    return explain_missing(c, id, r);
  }
  if (!may_see(r.caller, found->owner)) return not_found("reservation", r);
  return document(r, std::move(found->json), found->version);
}

}  // namespace

void add_reservation_routes(api_context& c, routes& to) {
  for (const std::string base : {"/v1/reservations", "/reservations"}) {
    to.push_back({verb::post, base, access::signed_in, "reservations:write",
                  answered_by(c, post_reservation)});
    to.back().books = true;
    to.push_back({verb::get, base, access::signed_in, "reservations:read",
                  answered_by(c, list_reservations)});
    to.push_back({verb::get, base + "/{id}", access::signed_in, "reservations:read",
                  answered_by(c, get_reservation)});
  }
}

}  // namespace atrium::http
