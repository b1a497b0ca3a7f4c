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

/// What each payment of a booking keeps of its price, the newest first and the first payment last,
/// less what was `given` back by hand.
std::vector<charge> kept_of(const reservation& r, const std::vector<charge>& given = {});
std::int64_t sum_of(const std::vector<charge>& all);

/// How `amount` is given back: from the newest charge first, from the first payment last. Requires
/// that it is kept. Empty for nothing.
std::vector<refund_part> refund_parts(const reservation& r, std::int64_t amount,
                                      const std::vector<charge>& given = {});

/// The charges that are left once `parts` were given back.
std::vector<charge> charges_after(const reservation& r, const std::vector<refund_part>& parts);

}  // namespace atrium
