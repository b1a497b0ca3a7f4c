#pragma once

#include <vector>

#include "domain/reservation.hpp"

/// What a booking's price lies on once changes have charged more or given some back.
namespace atrium {

/// One refund of a booking; `left` is what the payment keeps once all that is owed by then is given
/// back.
struct refund_part {
  payment_id payment;
  money amount;
  std::int64_t left = 0;
  friend bool operator==(const refund_part&, const refund_part&) = default;
};

/// How `amount` is given back: from the newest charge first, from the first payment last. Requires
/// amount <= price. Empty for nothing.
std::vector<refund_part> refund_parts(const reservation& r, std::int64_t amount);

/// The charges that are left once `parts` were given back.
std::vector<charge> charges_after(const reservation& r, const std::vector<refund_part>& parts);

}  // namespace atrium
