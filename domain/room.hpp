#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "domain/failure.hpp"
#include "domain/ids.hpp"
#include "domain/money.hpp"
#include "domain/time.hpp"

namespace atrium {

/// Minutes since local midnight. `open` 0..1439; `close` 0..1440, and a close at or before open
/// runs past midnight into the next day.
struct opening_window {
  std::array<bool, 7> days{};  ///< Monday first
  int open_minute = 0;
  int close_minute = 1440;
  friend bool operator==(const opening_window&, const opening_window&) = default;
};

/// Cancelling at least `hours_before` the start refunds `refund_percent` of the price.
struct cancellation_rule {
  int hours_before = 0;      ///< 0..8760
  int refund_percent = 100;  ///< 0..100
  friend bool operator==(const cancellation_rule&, const cancellation_rule&) = default;
};
/// Sorted by hours_before, largest first (validate() checks). Empty: nothing is ever refunded.
using cancellation_policy = std::vector<cancellation_rule>;

enum class room_status : std::uint8_t { active, retired };

/// All an operator says about a room. Bounds are checked by validate().
struct room_facts {
  std::string name;                           ///< required, 1..200 characters
  std::string site;                           ///< <= 100
  std::string description;                    ///< <= 4000
  int capacity = 0;                           ///< required, 1..10000 persons
  std::vector<std::string> amenities;         ///< <= 50, each 1..50, unique
  std::string time_zone;                      ///< required, IANA name
  std::vector<opening_window> opening_hours;  ///< <= 50; empty: open 24/7
  int min_duration_minutes = 15;              ///< 1..min(max_duration, 10080), multiple of step
  int max_duration_minutes = 1440;            ///< min_duration..10080, multiple of step
  int step_minutes = 15;                      ///< 1..1440 and a divisor of 1440
  int buffer_minutes = 0;                     ///< 0..1440, free on both sides of a booking
  int horizon_days = 730;                     ///< 1..3650, how far ahead may be booked
  money price_per_hour;                       ///< required, 0..10^12 minor units
  cancellation_policy cancellation{
      {0, 100}};  ///< default: full refund until the start; <= 20 rules
  bool check_in_required = false;
  int grace_minutes = 15;  ///< 1..1440, no-show after this when check_in_required
  /// 0..10000 hundredths of a percent of tax that prices include; 0: none is shown.
  int tax_rate_bp = 0;
  friend bool operator==(const room_facts&, const room_facts&) = default;
};

/// Every violated bound, with JSON pointers of the HTTP resource; empty when all is well.
std::vector<violation> validate(const room_facts& facts);

}  // namespace atrium
