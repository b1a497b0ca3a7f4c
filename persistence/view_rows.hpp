#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "persistence/documents.hpp"
#include "persistence/views.hpp"

/// What the view tables hold, row by row, and how each becomes bytes and back.
namespace atrium::view {

/// A room: the served JSON first, the facts behind it.
struct room_row {
  room_doc doc;
  std::uint32_t blackouts = 0;  ///< how many it has; 0 spares the board a look-up
};
std::string pack(const room_row& row);
room_row unpack_room(room_id id, std::string_view bytes);

/// The parts of a room that lists and boards need, without decoding its facts.
struct room_head {
  room_status status = room_status::active;
  std::uint64_t version = 0;
  int capacity = 0;
  std::uint32_t blackouts = 0;
  std::string_view json;
};
room_head unpack_room_head(std::string_view bytes);

/// What a change of a booking charged, on a payment of its own.
struct further_payment {
  payment_id id;
  payment_status status = payment_status::pending;
  money amount, captured, refunded;
  std::string method, provider, reference, decline_code;
  instant created_at{};
};

/// A reservation together with its payments; the document's sums are over all of them.
struct reservation_row {
  reservation_doc doc;
  std::string method, provider, reference, decline_code;
  std::vector<further_payment> more;  ///< oldest first
};
std::string pack(const reservation_row& row);
reservation_row unpack_reservation(std::string_view bytes);
/// The payment it was booked with.
payment_doc payment_of(const reservation_row& row);
/// Newest first.
std::vector<payment_doc> payments_of(const reservation_row& row);

/// What a filter looks at before a reservation is decoded whole.
struct reservation_head {
  reservation_status status = reservation_status::held;
  interval when;
  std::string_view room, customer;
};
reservation_head unpack_reservation_head(std::string_view bytes);

/// What the board and the search for free rooms need of a reservation or hold.
struct board_entry {
  enum class kind : std::uint8_t { reservation, hold } what = kind::reservation;
  reservation_status status = reservation_status::held;
  payment_status paid = payment_status::pending;
  instant end{};
  std::uint64_t position = 0;  ///< reservations only: key in their table
  instant expires_at{};        ///< holds only: from then on it keeps nobody out
  std::string_view customer, title;

  bool occupies() const { return what == kind::hold || occupies_slot(status); }
  bool keeps_out(instant now) const { return what == kind::hold ? now < expires_at : occupies(); }
};
std::string pack(const board_entry& entry);
board_entry unpack_board(std::string_view bytes);

struct hold_row {
  hold_doc doc;
  std::uint64_t position = 0;  ///< of hold.placed
};
std::string pack(const hold_row& row);
hold_row unpack_hold(hold_id id, std::string_view bytes);

std::string pack(const blackout_doc& row);
blackout_doc unpack_blackout(blackout_id id, std::string_view bytes);

/// The author's name is looked up when the review is read, so that it follows the account.
struct review_row {
  review_doc doc;
  std::uint64_t position = 0;  ///< of review.posted
};
std::string pack(const review_row& row);
review_row unpack_review(review_id id, std::string_view bytes);

struct account_row {
  account_doc doc;
  std::vector<std::string>
      key_hashes;  ///< of live keys, oldest first; at most 50 by the account's rules
};
std::string pack(const account_row& row);
account_row unpack_account(account_id id, std::string_view bytes);

std::string pack(const api_key_doc& row);
api_key_doc unpack_key(std::string_view bytes);

/// Found by the hash of the secret on every request: the key and its account's facts in one row.
std::string pack(const key_owner& row);
key_owner unpack_key_owner(std::string_view bytes);

std::string pack(const webhook_doc& row);
webhook_doc unpack_webhook(webhook_id id, std::string_view bytes);

/// A message; the room's name is looked up when it is read.
std::string pack(const notification_doc& row);
notification_doc unpack_notification(account_id account, std::uint64_t position,
                                     std::string_view bytes);
bool is_read_notification(std::string_view bytes);

/// "ntf_<position>": stable across rebuilds.
std::string notification_id(std::uint64_t position);
/// Nothing for text that is not such an id.
std::optional<std::uint64_t> notification_position(std::string_view id);

}  // namespace atrium::view
