#include "http/booking_lookup.hpp"
#include "http/idempotency.hpp"
#include "http/resource_routes.hpp"
#include "http/saga_calls.hpp"

namespace atrium::http {
namespace {

std::string place_of(const reservation_id& id) {
  return "/v1/reservations/" + id.str();
}

/// As the read model shows it afterwards; made of the stored result alone.
reservation_doc changed_doc(const ev::change_result& done, std::uint64_t position) {
  reservation_doc doc{.booked = done.changed,
                      .paid = payment_status::captured,
                      .captured = done.captured,
                      .refunded = done.refunded,
                      .position = position,
                      .version = position};
  if (done.refunded.amount > 0)
    doc.paid = done.refunded.amount >= done.captured.amount ? payment_status::refunded
                                                            : payment_status::partially_refunded;
  return doc;
}

bool is_so_already(const change_body& asked, const reservation& now) {
  return asked.room == now.room && asked.when == now.when && asked.party_size == now.party_size &&
         asked.title == now.title;
}

/// Why a new request is refused at once; a repeated one still gets its stored answer.
std::optional<failure> objection(const change_body& asked, std::uint64_t seen,
                                 const reservation_doc& doc) {
  if (seen != 0 && seen != doc.position)
    return failure{
        .code = ec::precondition_failed,
        .detail =
            "The ETag in If-Match is not the current one: the reservation was changed in "
            "the meantime. GET it again, then repeat the change."};
  if (is_so_already(asked, doc.booked))
    return failure{
        .code = ec::validation,
        .detail =
            "The reservation is so already. Ask for another room, start, end, party size "
            "or title.",
        .violations = {{"change", "something that differs from the reservation", "nothing", ""}}};
  return std::nullopt;
}

void submit_change(api_context& c, const request_ptr& r, const responder_ptr& out,
                   const std::string& key, const patch_request& patch, const reservation_doc& doc) {
  const auto id = doc.booked.id;
  const auto read = parse_change(patch.body->root(), doc.booked);
  const auto asked = read ? *read : change_body{};
  ev::change_request input{asked.room,
                           doc.booked,
                           asked.when,
                           asked.party_size,
                           asked.title,
                           asked.payment,
                           r->caller.is_operator(),
                           doc.captured,
                           doc.refunded};
  saga_call call{key, "change/" + id.str(), patch.body->canonical(), std::move(input)};
  call.if_new = read ? objection(asked, patch.seen, doc) : std::optional(read.error());
  call.done = [r](const saga_answer& a) {
    const auto doc = changed_doc(std::get<ev::change_result>(a.result), a.position);
    return document(*r, render(doc), doc.version);
  };
  call.running = [id] {
    return accepted(place_of(id),
                    "{\"reservationId\":" + json_text(id.view()) + ",\"status\":\"running\"}");
  };
  call_saga(c, r, out, std::move(call));
}

void patch_reservation(api_context& c, const request_ptr& r, const responder_ptr& out) {
  auto key = idempotency_key(*r);
  if (!key) return out->send(problem(key.error(), *r));
  with_patch(c, r, out, [&c, r, out, key = std::move(*key)](const patch_request& patch) {
    with_reservation(c, r, out, [&c, r, out, key, patch](const reservation_doc& doc) {
      submit_change(c, r, out, key, patch, doc);
    });
  });
}

}  // namespace

void add_change_routes(api_context& c, routes& to) {
  for (const std::string base : {"/v1/reservations", "/reservations"})
    to.push_back({verb::patch, base + "/{id}", access::signed_in, "reservations:write",
                  answered_by(c, patch_reservation)});
}

}  // namespace atrium::http
