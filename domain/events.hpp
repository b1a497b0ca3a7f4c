#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "domain/change_events.hpp"
#include "domain/failure.hpp"
#include "domain/ids.hpp"
#include "domain/money.hpp"
#include "domain/payment_events.hpp"
#include "domain/refund_events.hpp"
#include "domain/reservation.hpp"
#include "domain/room.hpp"
#include "domain/settle_events.hpp"
#include "domain/time.hpp"
#include "domain/webhook_events.hpp"

/// Every fact Atrium journals. Names in the journal are `<aggregate>.<what happened>.v<version>`;
/// the codec is in persistence/codec.hpp and docs/events.md lists them. Never change the
/// meaning of a field: add an optional one, or add a new version and upcast the old one in the
/// codec.
namespace atrium::ev {

// ---- stream room/<room id>: facts, blackouts, holds and reservations of one room --------------
struct room_registered {
  room_facts facts;
  friend bool operator==(const room_registered&, const room_registered&) = default;
};
struct room_changed {
  room_facts facts;
  friend bool operator==(const room_changed&, const room_changed&) = default;
};
/// The room takes no new bookings; `cancelling` are the future bookings to be cancelled and
/// refunded.
struct room_retired {
  std::vector<reservation_id> cancelling;
  friend bool operator==(const room_retired&, const room_retired&) = default;
};
struct blackout_added {
  blackout_id id;
  interval when;
  std::string reason;
  friend bool operator==(const blackout_added&, const blackout_added&) = default;
};
struct blackout_removed {
  blackout_id id;
  friend bool operator==(const blackout_removed&, const blackout_removed&) = default;
};

enum class hold_end : std::uint8_t { expired, released, booked };
struct hold_placed {
  hold_id id;
  account_id customer;
  interval when;
  int party_size = 1;
  money price;
  instant expires_at{};
  int tax_rate_bp = 0;  ///< the price includes this tax
  friend bool operator==(const hold_placed&, const hold_placed&) = default;
};
/// Repeats when and expires_at so that derived indexes need no look-up.
struct hold_released {
  hold_id id;
  hold_end reason = hold_end::released;
  interval when;
  instant expires_at{};
  friend bool operator==(const hold_released&, const hold_released&) = default;
};

/// The slot is locked for the saga `id`; such a hold has no expiry of its own, its saga ends it.
struct reservation_held {
  reservation_id id;
  account_id customer;
  interval when;
  int party_size = 1;
  std::string title;
  money price;
  cancellation_policy policy;
  std::string time_zone;
  payment_id payment;
  int tax_rate_bp = 0;  ///< frozen with the price, which includes it
  friend bool operator==(const reservation_held&, const reservation_held&) = default;
};
/// The customer has to act before the money is there. The slot stays locked for the saga, which
/// confirms it or gives it back, at expires_at at the latest.
struct reservation_awaiting_payment {
  reservation_id id;
  interval when;
  instant expires_at{};
  friend bool operator==(const reservation_awaiting_payment&,
                         const reservation_awaiting_payment&) = default;
};
/// The saga gave the slot back before confirmation; `status` is expired, payment_failed or
/// rejected.
struct reservation_released {
  reservation_id id;
  reservation_status status = reservation_status::rejected;
  interval when;
  friend bool operator==(const reservation_released&, const reservation_released&) = default;
};
/// Always in one batch with payment_captured. no_show_at only for rooms with check_in_required.
struct reservation_confirmed {
  reservation_id id;
  interval when;
  std::optional<instant> no_show_at;
  friend bool operator==(const reservation_confirmed&, const reservation_confirmed&) = default;
};
struct reservation_cancelled {
  reservation_id id;
  interval when;
  std::optional<instant> no_show_at;
  account_id by;
  std::string reason;
  money refund;
  money fee;
  std::optional<cancellation_rule> rule;
  payment_id payment;                ///< the refund step resumes from this event alone
  std::vector<refund_part> refunds;  ///< only of changed bookings: `refund` lies on these
  friend bool operator==(const reservation_cancelled&, const reservation_cancelled&) = default;
};
struct reservation_checked_in {
  reservation_id id;
  interval when;
  std::optional<instant> no_show_at;
  friend bool operator==(const reservation_checked_in&, const reservation_checked_in&) = default;
};
enum class completion : std::uint8_t { checked_out, by_clock };
struct reservation_completed {
  reservation_id id;
  interval when;
  completion how = completion::by_clock;
  friend bool operator==(const reservation_completed&, const reservation_completed&) = default;
};
struct reservation_no_show {
  reservation_id id;
  interval when;
  std::optional<instant> no_show_at;
  friend bool operator==(const reservation_no_show&, const reservation_no_show&) = default;
};

// ---- stream saga/<saga id>: a saga's steps and the money it moved ------------------------------
/// What a customer asked for; the input of the reservation saga and of the hold saga.
struct booking_request {
  room_id room;
  interval when;
  int party_size = 1;
  std::string title;
  payment_method payment;
  hold_id from_hold;
  friend bool operator==(const booking_request&, const booking_request&) = default;
};
struct hold_request {
  room_id room;
  interval when;
  int party_size = 1;
  std::int64_t ttl_ms = 0;
  friend bool operator==(const hold_request&, const hold_request&) = default;
};
struct cancel_request {
  reservation_id reservation;
  room_id room;
  std::string reason;
  bool full_refund = false;
  bool as_operator = false;
  friend bool operator==(const cancel_request&, const cancel_request&) = default;
};
using saga_input = std::variant<booking_request, hold_request, cancel_request, change_request,
                                refund_request, settle_request>;

struct saga_started {
  saga_id id;
  account_id principal;
  std::string fingerprint;  ///< hash of the canonical request body
  saga_input input;
  instant deadline{};  ///< after it the saga stops trying to go forward
  friend bool operator==(const saga_started&, const saga_started&) = default;
};
enum class step_outcome : std::uint8_t { ok, rejected, retryable, unknown };
/// Written when a saga waits or turns, so that people see why: not for every step on the happy
/// path.
struct saga_step {
  saga_id id;
  std::string step;
  bool compensating = false;
  step_outcome outcome = step_outcome::ok;
  std::string detail;
  friend bool operator==(const saga_step&, const saga_step&) = default;
};
struct saga_parked {
  saga_id id;
  std::string step;
  std::string reason;
  bool refused = false;  ///< the provider said no: the same call gets the same answer
  friend bool operator==(const saga_parked&, const saga_parked&) = default;
};

/// What the caller was told; the stored answer of its Idempotency-Key. Journalled empty: the room's
/// reservation_held behind saga_started says it all (see stored_answer.hpp), as long as the booking
/// came out as it was asked for.
struct booking_result {
  reservation booked;
  money captured;
  friend bool operator==(const booking_result&, const booking_result&) = default;
};
struct hold_result {
  hold_id id;
  room_id room;
  interval when;
  int party_size = 1;
  money price;
  instant expires_at{};
  friend bool operator==(const hold_result&, const hold_result&) = default;
};
struct cancel_result {
  reservation_id reservation;
  money refund;
  money fee;
  std::optional<cancellation_rule> rule;
  std::optional<instant> deadline;  ///< when the rule ended
  friend bool operator==(const cancel_result&, const cancel_result&) = default;
};
using saga_result = std::variant<failure, booking_result, hold_result, cancel_result, change_result,
                                 refund_result, settle_result>;
struct saga_completed {
  saga_id id;
  saga_result result;
  friend bool operator==(const saga_completed&, const saga_completed&) = default;
};

// ---- stream account/<account id> ---------------------------------------------------------------
enum class role : std::uint8_t { customer, operator_, admin };
/// Which mails a person wants: all, those about changed bookings and money only, or none.
enum class mail_choice : std::uint8_t { all, transactional, none };
struct account_facts {
  std::string name;
  std::string email;
  role as = role::customer;
  std::string locale = "en";
  mail_choice mail = mail_choice::all;
  friend bool operator==(const account_facts&, const account_facts&) = default;
};
struct account_created {
  account_facts facts;
  friend bool operator==(const account_created&, const account_created&) = default;
};
struct account_changed {
  account_facts facts;
  friend bool operator==(const account_changed&, const account_changed&) = default;
};
struct account_deleted {
  friend bool operator==(const account_deleted&, const account_deleted&) = default;
};
struct api_key_created {
  api_key_id id;
  std::string name;
  std::vector<std::string> scopes;
  std::string secret_hash;  ///< hex of the keyed hash
  std::optional<instant> expires_at;
  friend bool operator==(const api_key_created&, const api_key_created&) = default;
};
struct api_key_revoked {
  api_key_id id;
  std::string secret_hash;
  friend bool operator==(const api_key_revoked&, const api_key_revoked&) = default;
};

// ---- stream review/<reservation id>: the one review a booking may have -------------------------
struct review_posted {
  review_id id;
  reservation_id reservation;
  room_id room;
  account_id author;
  int rating = 5;
  std::string text;
  friend bool operator==(const review_posted&, const review_posted&) = default;
};
struct review_changed {
  review_id id;
  int rating = 5;
  std::string text;
  friend bool operator==(const review_changed&, const review_changed&) = default;
};
struct review_deleted {
  review_id id;
  friend bool operator==(const review_deleted&, const review_deleted&) = default;
};

// ---- stream inbox/<account id> -----------------------------------------------------------------
/// A notification was read; `notification` is the id the inbox view shows.
struct notification_read {
  std::string notification;
  friend bool operator==(const notification_read&, const notification_read&) = default;
};

// ---- stream audit ------------------------------------------------------------------------------
/// An administrative act, whoever did it and through whichever door.
struct operator_acted {
  account_id by;
  std::string action;
  std::string target;
  std::string note;
  friend bool operator==(const operator_acted&, const operator_acted&) = default;
};

}  // namespace atrium::ev

namespace atrium {

using event_kinds = std::variant<
    ev::room_registered, ev::room_changed, ev::room_retired, ev::blackout_added,
    ev::blackout_removed, ev::hold_placed, ev::hold_released, ev::reservation_held,
    ev::reservation_awaiting_payment, ev::payment_action_required, ev::reservation_released,
    ev::reservation_confirmed, ev::reservation_cancelled, ev::reservation_checked_in,
    ev::reservation_completed, ev::reservation_no_show, ev::saga_started, ev::saga_step,
    ev::saga_parked, ev::saga_completed, ev::payment_authorized, ev::payment_declined,
    ev::payment_captured, ev::payment_voided, ev::payment_unknown, ev::refund_requested,
    ev::payment_refunded, ev::account_created, ev::account_changed, ev::account_deleted,
    ev::api_key_created, ev::api_key_revoked, ev::review_posted, ev::review_changed,
    ev::review_deleted, ev::notification_read, ev::operator_acted, ev::webhook_registered,
    ev::webhook_changed, ev::webhook_secret_rotated, ev::webhook_disabled, ev::webhook_deleted,
    ev::reservation_change_held, ev::reservation_change_released, ev::reservation_changed,
    ev::reservation_leaving, ev::reservation_stayed, ev::reservation_left, ev::refund_granted,
    ev::refund_withdrawn>;

/// One of them. A class of its own, so that copying, comparing and destroying fifty kinds is
/// compiled once (events.cpp) and not in every file that holds an event: that took seven seconds a
/// file. Use it as the variant it is: std::visit, std::get_if, emplace.
struct event : event_kinds {
  using event_kinds::event_kinds;
  event();
  event(const event&);
  event(event&&) noexcept;
  event& operator=(const event&);
  event& operator=(event&&) noexcept;
  ~event();
  friend bool operator==(const event& a, const event& b);
};

/// An event with the two facts about it that states are built from.
struct recorded_event {
  event what;
  instant at{};
  std::uint64_t seq = 0;  ///< number in its stream, from 1, without gaps
  friend bool operator==(const recorded_event&, const recorded_event&) = default;
};

/// The booking whose slot this event holds.
reservation reservation_of(const ev::reservation_held& held, room_id room, instant at);

std::string_view to_string(ev::role r);
std::optional<ev::role> parse_role(std::string_view s);
/// "all", "transactional", "none"
std::string_view to_string(ev::mail_choice c);
std::optional<ev::mail_choice> parse_mail_choice(std::string_view s);

}  // namespace atrium
