#pragma once

#include <optional>
#include <string>
#include <vector>

#include "domain/charges.hpp"
#include "domain/ids.hpp"
#include "domain/reservation.hpp"
#include "domain/room.hpp"
#include "domain/time.hpp"

/// What is journalled when a booking is moved or otherwise changed. The change is a saga of its own
/// (`change` is its id); its room is the one the booking is to be in. See docs/events.md.
namespace atrium::ev {

// ---- stream room/<target room>
/// The new slot is locked for the change; the booking keeps its old one, too. `from` is the room it
/// is in now.
struct reservation_change_held {
  reservation_id id;
  saga_id change;
  room_id from;
  account_id customer;
  interval when;
  std::vector<interval> locks;  ///< the parts of `when` that the booking did not have already
  int party_size = 1;
  std::string title;
  money price;
  cancellation_policy policy;
  std::string time_zone;
  friend bool operator==(const reservation_change_held&, const reservation_change_held&) = default;
};
/// The change was given up: the new slot is free, the booking stays as it is. `why` is the code of
/// the failure.
struct reservation_change_released {
  reservation_id id;
  saga_id change;
  account_id customer;
  interval when;
  std::string why;
  friend bool operator==(const reservation_change_released&,
                         const reservation_change_released&) = default;
};
/// The booking is now what `booked` says, in this room; always in one batch with the capture of
/// what it costs more. What it costs less is in `refunds`, which follow.
struct reservation_changed {
  reservation_id id;
  saga_id change;
  room_id from;
  interval was;
  std::optional<instant> no_show_was;  ///< only when it stays in its room
  reservation booked;
  std::optional<instant> no_show_at;
  std::vector<refund_part> refunds;
  friend bool operator==(const reservation_changed&, const reservation_changed&) = default;
};

// ---- stream room/<the room it is moved away from>
/// From here to reservation_left or reservation_stayed nothing else happens to the booking.
struct reservation_leaving {
  reservation_id id;
  saga_id change;
  room_id to;
  friend bool operator==(const reservation_leaving&, const reservation_leaving&) = default;
};
struct reservation_stayed {
  reservation_id id;
  saga_id change;
  friend bool operator==(const reservation_stayed&, const reservation_stayed&) = default;
};
/// The other room has it: the slot is free.
struct reservation_left {
  reservation_id id;
  saga_id change;
  room_id to;
  interval when;
  std::optional<instant> no_show_at;
  friend bool operator==(const reservation_left&, const reservation_left&) = default;
};

// ---- stream saga/<change>
/// Input of the change saga: `from` is the booking as the caller saw it.
struct change_request {
  room_id room;  ///< where it is to be
  reservation from;
  interval when;
  int party_size = 1;
  std::string title;
  payment_method payment;  ///< for what it costs more; no token: none was given
  bool as_operator = false;
  money captured;  ///< of the booking's payments together, before the change
  money refunded;
  friend bool operator==(const change_request&, const change_request&) = default;
};
/// What the caller of a change was told.
struct change_result {
  reservation changed;
  money captured;  ///< of the booking's payments together, after the change
  money refunded;
  friend bool operator==(const change_result&, const change_result&) = default;
};

}  // namespace atrium::ev
