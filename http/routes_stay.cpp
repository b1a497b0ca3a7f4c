#include "http/booking_lookup.hpp"
#include "http/routes_common.hpp"

namespace atrium::http {
namespace {

/// Sends a command about one reservation to its room and answers the reservation after it.
template <class Command>
void step(api_context& c, const request_ptr& r, const responder_ptr& out,
          reservation_status after) {
  query_reader q(*r);
  if (auto no = q.refusal()) return out->send(std::move(*no));
  with_reservation(c, r, out, [&c, r, out, after](reservation_doc doc) {
    Command command{doc.booked.id, r->caller.account, r->caller.is_operator()};
    const auto room = doc.booked.room;
    c.commands.execute(room_task{room, std::move(command)}, context_of(c, *r),
                       [&c, r, out, after, doc = std::move(doc)](result<entity_answer> a) mutable {
                         if (!a) return out->send(problem(a.error(), *r));
                         const auto position = a->position;
                         doc.booked.status = after;
                         if (position > 0) doc.position = position;
                         auto otherwise = document(*r, render(doc), doc.position);
                         add_position(otherwise, position);
                         answer_when_visible(
                             c, out, position,
                             [&c, r, id = doc.booked.id, position]() -> std::optional<response> {
                               auto shown = c.read.reservation_json(id);
                               if (!shown) return {};
                               auto answer = document(*r, std::move(shown->json), shown->version);
                               add_position(answer, position);
                               return answer;
                             },
                             std::move(otherwise));
                       });
  });
}

void get_payment(api_context& c, const request_ptr& r, const responder_ptr& out) {
  with_reservation(c, r, out, [&c, r, out](const reservation_doc& doc) {
    const auto paid = c.read.payment(doc.booked.payment);
    out->send(paid ? document(*r, render(*paid)) : not_found("payment", *r));
  });
}

}  // namespace

void add_stay_routes(api_context& c, routes& to) {
  const std::string base = "/v1/reservations/{id}";
  to.push_back({verb::post, base + "/check-in", access::signed_in, "reservations:write",
                [&c](const request_ptr& r, const responder_ptr& out) {
                  step<cmd::check_in>(c, r, out, reservation_status::checked_in);
                }});
  to.push_back({verb::post, base + "/check-out", access::signed_in, "reservations:write",
                [&c](const request_ptr& r, const responder_ptr& out) {
                  step<cmd::check_out>(c, r, out, reservation_status::completed);
                }});
  to.push_back({verb::get, base + "/payment", access::signed_in, "payments:read",
                read_after_min_position(c, [&c](const request_ptr& r, const responder_ptr& out) {
                  get_payment(c, r, out);
                })});
}

}  // namespace atrium::http
