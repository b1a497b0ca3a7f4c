#pragma once

#include <string>
#include <vector>

#include "domain/events.hpp"
#include "domain/room.hpp"
#include "domain/time.hpp"

/// What the demonstration office is made of: pure data, the same for the same day.
namespace atrium::demo {

struct person {
  account_id id;
  ev::account_facts facts;
  bool gets_key = false;
};
std::vector<person> people();

struct office_room {
  room_id id;
  room_facts facts;
};
/// A dozen rooms in Seoul and Berlin.
std::vector<office_room> rooms();

struct booking {
  saga_id id;
  account_id customer;
  ev::booking_request what;
  bool arrives = false;  ///< is checked in at once
  int rating = 0;        ///< 1..5: is reviewed, with `review`
  std::string review;
  bool is_cancelled = false;
};
/// Bookings that begin within the quarter of an hour after `now`, so that their guests can arrive
/// and review, followed by a week of others. No two of one room overlap; all obey the rooms' rules.
std::vector<booking> bookings(instant now);

/// A room and a slot that bookings() leaves free, for somebody's first booking.
struct free_slot {
  room_id room;
  interval when;
};
free_slot first_try(instant now);

}  // namespace atrium::demo
