#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "domain/events.hpp"
#include "domain/pricing.hpp"
#include "domain/reservation.hpp"
#include "domain/room.hpp"

/// The documents of the read model, and their one rendering as the JSON of the HTTP API: a view is
/// made for its reader, so it is stored as it is served. http/ uses the same functions for the
/// answers to writes.
namespace atrium {

struct room_doc {
  room_id id;
  room_facts facts;
  room_status status = room_status::active;
  std::uint64_t version = 0;  ///< strong ETag of the facts: "\"<version>\""
  std::int64_t rating_sum = 0;
  std::int64_t rating_count = 0;
};
std::string render(const room_doc& d);

/// Money taken for a booking after its first payment.
struct capture_doc {
  money amount;
  instant at{};
};
/// One refund of a payment, from the moment it is promised.
struct refund_doc {
  enum class cause : std::uint8_t { cancellation, by_hand, not_booked, change };
  enum class state : std::uint8_t { pending, succeeded, withdrawn, settled_by_hand };
  std::string id;  ///< of the saga that pays it
  cause why = cause::cancellation;
  state is = state::pending;
  payment_id payment;
  money amount;
  std::string reason;
  account_id by;
  instant requested_at{};
  std::optional<instant> refunded_at;
};
std::string render(const refund_doc& d);

struct reservation_doc {
  reservation booked;
  payment_status paid = payment_status::pending;
  money captured;
  money refunded;
  instant pay_by{};       ///< while it awaits its payment: when it is given up
  std::string pay_at;     ///< and where the customer acts; "" when that takes a secret
  std::string room_name;  ///< when it was booked
  instant captured_at{};  ///< zero: nothing was captured
  std::vector<capture_doc> later_captures;
  std::vector<refund_doc> refunds;  ///< in the order they were promised
  /// Journal position of the last change: of the reservation, of its payment (another stream), or
  /// the end of the saga that changed it, so that it equals the position a write was answered with.
  std::uint64_t position = 0;
  std::uint64_t version = 0;  ///< for the ETag: the same number, since every change must change it
};
std::string render(const reservation_doc& d);
/// Given back by hand, paid already or not.
std::int64_t granted(const reservation_doc& d);

struct payment_doc {
  payment_id id;
  reservation_id reservation;
  room_id room;
  account_id customer;
  money amount;
  money captured;
  money refunded;
  money left;  ///< could still be given back
  std::vector<refund_doc> refunds;
  std::string method, provider, reference, decline_code;
  payment_status status = payment_status::pending;
  instant created_at{};
  instant moved_at{};          ///< money last moved; not served
  std::uint64_t position = 0;  ///< of the newest event about it; not served
};
std::string render(const payment_doc& d);
/// Captured and not promised back to the customer, minor units.
std::int64_t refundable(const payment_doc& d);

struct hold_doc {
  hold_id id;
  room_id room;
  account_id customer;
  interval when;
  std::string time_zone;
  int party_size = 1;
  money price;
  instant expires_at{};
  std::string status;  ///< "active", "expired", "released", "booked"
};
std::string render(const hold_doc& d);

struct review_doc {
  review_id id;
  room_id room;
  reservation_id reservation;
  account_id author;
  std::string author_name;
  int rating = 5;
  std::string text;
  instant created_at{};
  std::uint64_t version = 0;
};
std::string render(const review_doc& d);

struct blackout_doc {
  blackout_id id;
  interval when;
  std::string reason;
};
std::string render(const blackout_doc& d);

struct account_doc {
  account_id id;
  ev::account_facts facts;
  std::uint64_t version = 0;
  instant created_at{};
};
std::string render(const account_doc& d);

struct api_key_doc {
  api_key_id id;
  account_id account;
  std::string name;
  std::vector<std::string> scopes;
  instant created_at{};
  std::optional<instant> last_used_at;
  std::optional<instant> expires_at;
};
std::string render(const api_key_doc& d);

struct webhook_doc {
  webhook_id id;
  account_id account;
  ev::webhook_facts facts;
  int generation = 1;                     ///< of the signing secret
  std::optional<instant> previous_until;  ///< the former secret signs, too
  std::string disabled_reason;            ///< why Atrium stopped it; empty when it did not
  std::uint64_t registered = 0;           ///< journal position: it hears of later events
  std::uint64_t version = 0;              ///< number in the account's stream, for the ETag
  instant created_at{};
  instant changed_at{};
};
std::string render(const webhook_doc& d);

std::string render(const money& m);
/// {"refund","fee","rule","deadline"}
std::string render(const refund_terms& t);

/// JSON string literal with quotes, escaped.
std::string quoted(std::string_view s);

}  // namespace atrium
