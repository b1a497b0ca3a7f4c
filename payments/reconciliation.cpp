#include "payments/reconciliation.hpp"

#include <algorithm>
#include <optional>

namespace atrium {
namespace {

using kind = difference_kind;

using entries = std::vector<provider_entry>;

std::map<payment_id, entries> by_payment(const entries& all) {
  std::map<payment_id, entries> found;
  // Somebody else's payments on the same account do not concern us.
  for (const auto& e : all)
    if (!e.payment.empty()) found[e.payment].push_back(e);
  return found;
}

/// All entries of one payment together.
provider_entry sum_of(const entries& all) {
  provider_entry sum;
  for (const auto& e : all) {
    sum.payment = e.payment;
    sum.currency = e.currency;
    sum.reference = e.reference;
    sum.held += e.held;
    sum.captured += e.captured;
    sum.refunded += e.refunded;
    sum.created = std::max(sum.created, e.created);
  }
  return sum;
}

/// The entry that the remedy is about: one with exactly that money, else the one with most of it.
std::string reference_for(kind is, std::int64_t amount, const entries& all) {
  const bool is_held = is == kind::void_owed || is == kind::capture_owed;
  const provider_entry* best = nullptr;
  std::int64_t most = -1;
  for (const auto& e : all) {
    const auto money = is_held ? e.held : e.captured - e.refunded;
    if (money == amount) return e.reference;
    if (money > most) best = &e, most = money;
  }
  return best == nullptr ? std::string{} : best->reference;
}

std::optional<difference> compare(const payment_id& id, const own_payment& ours,
                                  const provider_entry& theirs) {
  const auto mine = ours.kept();
  const auto taken = theirs.captured - theirs.refunded;
  const auto found = [&](kind is, std::int64_t amount) {
    return difference{is, id, ours, theirs, amount};
  };
  if (mine > 0 && theirs.captured == 0 && theirs.held >= mine)
    return found(kind::capture_owed, mine);
  if (mine > 0 && theirs.captured == 0) return found(kind::missing, mine);
  if (taken > mine) return found(kind::refund_owed, taken - mine);
  if (taken < mine) return found(kind::short_by, mine - taken);
  if (theirs.held > 0) return found(kind::void_owed, theirs.held);
  if (ours.owed > ours.refunded && mine > 0)
    return found(kind::refund_parked, ours.owed - ours.refunded);
  return std::nullopt;
}

}  // namespace

std::string_view to_string(difference_kind k) {
  switch (k) {
    case kind::void_owed:
      return "void-owed";
    case kind::capture_owed:
      return "capture-owed";
    case kind::refund_owed:
      return "refund-owed";
    case kind::refund_parked:
      return "refund-parked";
    case kind::short_by:
      return "short";
    case kind::missing:
      return "missing";
    case kind::stranger:
      return "stranger";
  }
  return "?";
}

std::string settlement_of(const difference& d) {
  return "settle-" + d.payment.str() + "-" + std::string(to_string(d.is)) + "-" +
         std::to_string(d.amount) + "-" + std::to_string(d.theirs.refunded);
}

bool can_be_healed(difference_kind k) {
  return k == kind::void_owed || k == kind::capture_owed || k == kind::refund_owed;
}

std::vector<difference> reconcile(const own_payments& ours,
                                  const std::vector<provider_entry>& theirs, instant quiet_since) {
  std::vector<difference> found;
  const auto merged = by_payment(theirs);
  for (const auto& [id, mine] : ours) {
    if (mine.open_sagas > 0 || mine.changed > quiet_since) continue;
    const auto it = merged.find(id);
    const auto all = it == merged.end() ? entries{} : it->second;
    auto d = compare(id, mine, sum_of(all));
    if (!d) continue;
    d->theirs.reference = reference_for(d->is, d->amount, all);
    found.push_back(std::move(*d));
  }
  for (const auto& [id, all] : merged) {
    const auto entry = sum_of(all);
    const auto money = entry.held + entry.captured - entry.refunded;
    if (ours.contains(id) || money == 0 || entry.created > quiet_since) continue;
    found.push_back({kind::stranger, id, {}, entry, money});
  }
  std::sort(found.begin(), found.end(),
            [](const difference& a, const difference& b) { return a.payment < b.payment; });
  return found;
}

}  // namespace atrium
