#pragma once

#include <optional>

#include "domain/money.hpp"
#include "domain/room.hpp"
#include "domain/time.hpp"

namespace atrium {

/// price_per_hour x exact elapsed minutes / 60, rounded half-even to the minor unit (a booking
/// across a DST change pays what it lasts).
money price_of(const room_facts& room, const interval& when);

/// The tax inside an amount that includes it: amount x rate / (1 + rate), rounded half-even to the
/// minor unit. `rate_bp` in hundredths of a percent.
money tax_within(const money& amount, int rate_bp);

/// What cancelling at `now` pays back.
struct refund_terms {
  money refund;
  money fee;                              ///< price - refund
  std::optional<cancellation_rule> rule;  ///< none when nothing is refunded
  std::optional<instant> deadline;        ///< when the rule shown ends
  friend bool operator==(const refund_terms&, const refund_terms&) = default;
};

/// The terms when part of the price was given back before: no more than the rest is refunded, and
/// the fee is what the office keeps in the end.
refund_terms after_refunds(refund_terms terms, const money& price, std::int64_t given_back);

/// The first rule (largest hours_before first) whose time has not passed at `now` pays; else 0.
/// `now == start - hours_before` still counts as not passed.
refund_terms refund_for(const cancellation_policy& policy, const money& price, instant start,
                        instant now);

}  // namespace atrium
