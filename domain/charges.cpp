#include "domain/charges.hpp"

#include <algorithm>

namespace atrium {

std::vector<charge> kept_of(const reservation& r, const std::vector<charge>& given) {
  std::vector<charge> all(r.charges.rbegin(), r.charges.rend());
  all.push_back({r.payment, {r.price.amount - sum_of(r.charges), r.price.currency}});
  for (const auto& g : given)
    for (auto& c : all)
      if (c.payment == g.payment) c.kept.amount -= g.kept.amount;
  return all;
}

std::int64_t sum_of(const std::vector<charge>& all) {
  std::int64_t sum = 0;
  for (const auto& c : all) sum += c.kept.amount;
  return sum;
}

std::vector<refund_part> refund_parts(const reservation& r, std::int64_t amount,
                                      const std::vector<charge>& given) {
  std::vector<refund_part> parts;
  for (const auto& c : kept_of(r, given)) {
    const auto part = std::min(c.kept.amount, amount);
    if (part <= 0) continue;
    parts.push_back({c.payment, {part, r.price.currency}, c.kept.amount - part});
    amount -= part;
  }
  return parts;
}

std::vector<charge> charges_after(const reservation& r, const std::vector<refund_part>& parts) {
  auto left = r.charges;
  for (const auto& p : parts)
    for (auto& c : left)
      if (c.payment == p.payment) c.kept.amount = p.left;
  std::erase_if(left, [](const charge& c) { return c.kept.amount == 0; });
  return left;
}

}  // namespace atrium
