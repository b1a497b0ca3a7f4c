#include "domain/pricing.hpp"

#include <algorithm>

namespace atrium {

money price_of(const room_facts& room, const interval& when) {
  if (when.empty()) return {0, room.price_per_hour.currency};
  constexpr std::int64_t ms_per_hour = 3'600'000;
  return {scale_half_even(room.price_per_hour.amount, when.length().count(), ms_per_hour),
          room.price_per_hour.currency};
}

money tax_within(const money& amount, int rate_bp) {
  constexpr std::int64_t whole = 10'000;
  return {scale_half_even(amount.amount, rate_bp, whole + rate_bp), amount.currency};
}

refund_terms refund_for(const cancellation_policy& policy, const money& price, instant start,
                        instant now) {
  refund_terms terms{{0, price.currency}, price, std::nullopt, std::nullopt};
  for (const auto& rule : policy) {
    const instant deadline = start - std::chrono::hours{rule.hours_before};
    if (now > deadline) continue;
    const std::int64_t refund = scale_half_even(price.amount, rule.refund_percent, 100);
    if (refund != 0) {
      terms = {{refund, price.currency}, {price.amount - refund, price.currency}, rule, deadline};
    }
    break;
  }
  return terms;
}

refund_terms after_refunds(refund_terms terms, const money& price, std::int64_t given_back) {
  const std::int64_t rest = price.amount - given_back;
  terms.refund.amount = std::min(terms.refund.amount, rest);
  terms.fee.amount = rest - terms.refund.amount;
  if (terms.refund.amount == 0) terms.rule.reset(), terms.deadline.reset();
  return terms;
}

}  // namespace atrium
