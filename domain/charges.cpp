#include "domain/charges.hpp"

#include <algorithm>

namespace atrium {

std::vector<refund_part> refund_parts(const reservation& r, std::int64_t amount) {
  std::vector<refund_part> parts;
  const auto take = [&](const payment_id& from, std::int64_t kept) {
    const auto part = std::min(kept, amount);
    if (part <= 0) return;
    parts.push_back({from, {part, r.price.currency}, kept - part});
    amount -= part;
  };
  auto on_first = r.price.amount;
  for (const auto& c : r.charges) on_first -= c.kept.amount;
  for (auto c = r.charges.rbegin(); c != r.charges.rend(); ++c) take(c->payment, c->kept.amount);
  take(r.payment, on_first);
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
