#pragma once

#include <functional>
#include <optional>

#include "http/routes_common.hpp"

/// Finding reservations and holds for their readers and for commands, also when the read model
/// lags: bookings go on while views are down, so what a command needs is then read from the saga's
/// stream.
namespace atrium::http {

/// Own data, or everything for operators.
bool may_see(const principal& who, const account_id& owner);

std::optional<reservation_doc> find_reservation(const api_context& c, const reservation_id& id);
std::optional<hold_doc> find_hold(const api_context& c, const hold_id& id);

/// What is known of a reservation that is not there (yet): still being made, refused, or nothing.
response explain_missing(const api_context& c, const reservation_id& id, const request& r);

/// JSON of a booking whose saga still runs:
/// {"id","status":"awaiting_payment","roomId","start","end"}, and "nextAction" when the customer
/// has to act first: {"type","url","clientSecret","expiresAt"}.
std::string render_pending(const saga_id& id, const ev::booking_request& asked,
                           const customer_action* next = nullptr);

/// Runs `then` once every booking and hold that was durable when the request came can be found: in
/// the read model or, when that is stopped, in the sagas' streams. 503 view-behind when neither
/// gets there within view_wait.
void when_known(api_context& c, const request_ptr& r, const responder_ptr& out,
                std::function<void()> then);

/// Runs `then` with the reservation of the route's first parameter once it is found and the caller
/// may see it; answers 404 otherwise. Waits (when_known) only when nothing is found at once.
void with_reservation(api_context& c, const request_ptr& r, const responder_ptr& out,
                      std::function<void(reservation_doc)> then);

}  // namespace atrium::http
