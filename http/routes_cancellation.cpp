#include "http/booking_lookup.hpp"
#include "http/history.hpp"
#include "http/idempotency.hpp"
#include "http/resource_routes.hpp"
#include "http/saga_calls.hpp"

namespace atrium::http {
namespace {

std::string place_of(const reservation_id& id) {
  return "/v1/reservations/" + id.str() + "/cancellation";
}

/// What was settled when the reservation was cancelled.
std::optional<refund_terms> settled_terms(const api_context& c, const reservation_doc& doc) {
  std::optional<refund_terms> terms;
  for (const auto& e : read_history(c, doc))
    if (const auto* cancelled = std::get_if<ev::reservation_cancelled>(&e.what))
      terms = refund_terms{cancelled->refund, cancelled->fee, cancelled->rule, {}};
  return terms;
}

response preview(const api_context& c, const request& r, const reservation_doc& doc) {
  const auto& b = doc.booked;
  if (b.status == reservation_status::cancelled) {
    if (c.index.position() < doc.position) return view_behind(r);
    const auto terms = settled_terms(c, doc);
    return terms ? document(r, render(*terms)) : not_found("cancellation", r);
  }
  if (!occupies_slot(b.status))
    return refuse(ec::illegal_transition,
                  "This reservation is " + std::string(to_string(b.status)) +
                      "; there is nothing left to cancel.",
                  r);
  const auto terms = refund_for(b.policy, b.price, b.when.start, c.clock.now());
  return document(r, render(after_refunds(terms, b.price, granted(doc))));
}

void submit_cancellation(api_context& c, const request_ptr& r, const responder_ptr& out,
                         const std::string& key, const std::string& canonical,
                         const cancel_body& asked, const reservation_doc& doc) {
  const auto id = doc.booked.id;
  const auto done = [id](const saga_answer& a) {
    const auto& cancelled = std::get<ev::cancel_result>(a.result);
    return created(
        place_of(id),
        render(refund_terms{cancelled.refund, cancelled.fee, cancelled.rule, cancelled.deadline}),
        0);
  };
  const auto running = [id] {
    return accepted(place_of(id),
                    "{\"reservationId\":" + json_text(id.view()) + ",\"status\":\"running\"}");
  };
  ev::cancel_request input{id, doc.booked.room, asked.reason, asked.full_refund,
                           r->caller.is_operator()};
  call_saga(c, r, out, {key, "cancel/" + id.str(), canonical, std::move(input), done, running});
}

void post_cancellation(api_context& c, const request_ptr& r, const responder_ptr& out) {
  auto key = idempotency_key(*r);
  if (!key) return out->send(problem(key.error(), *r));
  auto body = read_body(*r, false, true);
  if (body.refusal) return out->send(std::move(*body.refusal));
  auto asked = parse_cancel(body.doc->root());
  if (!asked) return out->send(problem(asked.error(), *r));
  if (asked->full_refund && !r->caller.is_operator())
    return out->send(
        refuse(ec::forbidden,
               "Only an operator may cancel with a full refund. Leave fullRefund out, or ask "
               "the office.",
               *r));
  with_reservation(c, r, out,
                   [&c, r, out, key = std::move(*key), canonical = body.doc->canonical(),
                    asked = std::move(*asked)](const reservation_doc& doc) {
                     submit_cancellation(c, r, out, key, canonical, asked, doc);
                   });
}

}  // namespace

void add_cancellation_routes(api_context& c, routes& to) {
  for (const std::string base :
       {"/v1/reservations/{id}/cancellation", "/reservations/{id}/cancellation"}) {
    to.push_back({verb::get, base, access::signed_in, "reservations:read",
                  read_after_min_position(c, [&c](const request_ptr& r, const responder_ptr& out) {
                    with_reservation(c, r, out, [&c, r, out](const reservation_doc& doc) {
                      out->send(preview(c, *r, doc));
                    });
                  })});
    to.push_back({verb::post, base, access::signed_in, "reservations:write",
                  answered_by(c, post_cancellation)});
  }
}

}  // namespace atrium::http
