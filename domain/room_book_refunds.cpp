#include <algorithm>

#include "domain/charges.hpp"
#include "domain/refusal.hpp"
#include "domain/room_decider.hpp"
#include "domain/text.hpp"

namespace atrium {

namespace {

using events = room_book::events;

constexpr std::chrono::days remember_refunds{7};
constexpr std::size_t most_refunds = 1024;

std::string in_words(std::int64_t amount, const std::string& currency) {
  return std::to_string(amount) + " " + currency;
}

/// True once the price was captured; before that nothing can be given back.
bool was_paid(reservation_status s) {
  switch (s) {
    case reservation_status::confirmed:
    case reservation_status::checked_in:
    case reservation_status::completed:
    case reservation_status::cancelled:
    case reservation_status::no_show:
      return true;
    default:
      return false;
  }
}

}  // namespace

// ---- decisions ---------------------------------------------------------------------------------

/// Both the room and the read model may know less than happened, never more: the smaller counts.
std::int64_t room_book::decider::refundable(const cmd::grant_refund& c) const {
  auto left = c.left.amount;
  if (const auto* b = find(c.reservation)) {
    if (!was_paid(b->facts.status)) return 0;
    std::int64_t kept = 0;
    for (const auto& on : kept_of(b->facts, self.granted_of(c.reservation)))
      if (on.payment == c.payment) kept += on.kept.amount;
    for (const auto& part : b->refunds)
      if (part.payment == c.payment) kept -= part.amount.amount;
    left = std::min(left, kept);
  } else {
    for (const auto& r : self.refunds_)
      if (r.what.payment == c.payment) left = std::min(left, r.what.left.amount);
  }
  return std::max<std::int64_t>(left, 0);
}

result<events> room_book::decider::operator()(const cmd::grant_refund& c) const {
  if (!self.exists()) return no_such_room();
  const auto known = std::any_of(self.refunds_.begin(), self.refunds_.end(),
                                 [&](const auto& r) { return r.what.id == c.id; });
  if (known) return events{};
  if (const auto* b = find(c.reservation))
    if (auto gone = away(*b)) return *gone;
  std::vector<violation> bad;
  check_text(bad, c.reason, {1, 500, true}, "/reason");
  const auto kept = std::count_if(self.refunds_.begin(), self.refunds_.end(),
                                  [this](const auto& r) { return self.remembers(r, now); });
  if (static_cast<std::size_t>(kept) >= most_refunds)
    bad.push_back(
        {"max-items", "at most 1024 refunds of a room within a week", counted(kept, "refund"), ""});
  const auto left = refundable(c);
  const auto& currency = c.left.currency;
  if (left == 0) {
    bad.push_back({"refundable", "more than nothing is left of what was captured",
                   "nothing is left", "/amount"});
  } else if (c.amount.amount != 0 && c.amount.currency != currency) {
    bad.push_back({"currency", currency + ", as was paid", c.amount.currency, "/amount/currency"});
  } else if (c.amount.amount < 0 || c.amount.amount > left) {
    bad.push_back({"refundable", "1 to " + in_words(left, currency) + " (captured less refunded)",
                   in_words(c.amount.amount, c.amount.currency), "/amount"});
  }
  if (!bad.empty()) return invalid("The refund", std::move(bad));
  const auto amount = c.amount.amount == 0 ? left : c.amount.amount;
  return events{ev::refund_granted{c.id,
                                   c.reservation,
                                   c.payment,
                                   {amount, currency},
                                   {left - amount, currency},
                                   c.by,
                                   c.reason}};
}

result<events> room_book::decider::operator()(const cmd::withdraw_refund& c) const {
  for (const auto& r : self.refunds_) {
    if (r.what.id != c.id) continue;
    auto left = r.what.left;
    for (const auto& other : self.refunds_)
      if (other.what.payment == r.what.payment)
        left.amount = std::min(left.amount, other.what.left.amount);
    left.amount += r.what.amount.amount;
    return events{ev::refund_withdrawn{c.id, r.what.reservation, r.what.payment, r.what.amount,
                                       std::move(left)}};
  }
  return events{};
}

// ---- state changes -----------------------------------------------------------------------------

void room_book::grant_refund(const ev::refund_granted& e, instant at) {
  forget_refunds(at);
  refunds_.push_back({e, at});
}

void room_book::forget_refunds(instant at) {
  std::erase_if(refunds_, [&](const auto& r) { return !remembers(r, at); });
}

bool room_book::remembers(const granted_refund& r, instant at) const {
  return r.at >= at - remember_refunds || reservations_.contains(r.what.reservation.text());
}

std::vector<charge> room_book::granted_of(const reservation_id& id) const {
  std::vector<charge> all;
  for (const auto& r : refunds_)
    if (r.what.reservation == id) all.push_back({r.what.payment, r.what.amount});
  return all;
}

void room_book::withdraw_refund(const ev::refund_withdrawn& e) {
  std::erase_if(refunds_, [&e](const auto& r) { return r.what.id == e.id; });
  for (auto& r : refunds_)
    if (r.what.payment == e.payment) r.what.left.amount += e.amount.amount;
}

}  // namespace atrium
