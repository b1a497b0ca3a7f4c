#include "domain/calendar.hpp"
#include "domain/charges.hpp"
#include "domain/pricing.hpp"
#include "domain/refusal.hpp"
#include "domain/room_decider.hpp"
#include "domain/text.hpp"

namespace atrium {

namespace {

using events = room_book::events;

constexpr std::chrono::minutes check_in_opens{15};

failure illegal(const reservation& r, const std::string& what, const std::string& why) {
  return refusal(ec::illegal_transition,
                 "The reservation \"" + r.id.str() + "\" cannot be " + what + ": " + why);
}

std::string is(reservation_status s) {
  return "it is " + std::string(in_words(s));
}

}  // namespace

std::vector<refund_part> refunds_of(const ev::reservation_cancelled& c) {
  if (!c.refunds.empty() || c.refund.amount == 0) return c.refunds;
  return {{c.payment, c.refund, c.fee.amount}};
}

/// A customer may cancel until the end of the booking (what is paid back is the policy's business),
/// an operator also afterwards while the clock has not completed it.
result<events> room_book::decider::operator()(const cmd::cancel& c) const {
  const auto* b = find_for(c.id, c.by, c.as_operator);
  if (b == nullptr) return no_such_reservation(c.id);
  if (auto gone = away(*b)) return *gone;
  const auto& r = b->facts;
  std::vector<violation> bad;
  check_text(bad, c.reason, {0, 500, true}, "/reason");
  if (!bad.empty()) return invalid("The cancellation", std::move(bad));
  if (r.status == reservation_status::awaiting_payment) {
    return illegal(r, "cancelled",
                   is(r.status) + " until " + local_text(b->pay_by, r.time_zone) + " (" +
                       r.time_zone +
                       "). Nothing is charged unless you confirm the payment; without "
                       "that the booking ends by itself.");
  }
  if (r.status == reservation_status::held) {
    return illegal(r, "cancelled", is(r.status) + ". Try again in a moment, when that is settled.");
  }
  if (r.status != reservation_status::confirmed) {
    return illegal(r, "cancelled", is(r.status) + ". There is nothing left to cancel.");
  }
  if (now >= r.when.end && !c.as_operator) {
    return illegal(r, "cancelled",
                   "it ended at " + local_text(r.when.end, r.time_zone) + " (" + r.time_zone +
                       "). Ask the operator if you did not get the room.");
  }
  auto terms = refund_for(r.policy, r.price, r.when.start, now);
  if (c.full_refund) {
    terms.refund = r.price;
    terms.fee = {0, r.price.currency};
    terms.rule = r.price.amount == 0 ? std::nullopt : std::optional(cancellation_rule{0, 100});
  }
  const auto granted = self.granted_of(r.id);
  terms = after_refunds(std::move(terms), r.price, sum_of(granted));
  ev::reservation_cancelled cancelled{r.id,         r.when,    b->no_show_at, c.by,     c.reason,
                                      terms.refund, terms.fee, terms.rule,    r.payment};
  if (!b->changed_by.empty()) cancelled.refunds = refund_parts(r, terms.refund.amount, granted);
  return events{std::move(cancelled)};
}

result<events> room_book::decider::operator()(const cmd::check_in& c) const {
  const auto* b = find_for(c.id, c.by, c.as_operator);
  if (b == nullptr) return no_such_reservation(c.id);
  if (auto gone = away(*b)) return *gone;
  const auto& r = b->facts;
  if (r.status == reservation_status::checked_in) return events{};
  if (r.status != reservation_status::confirmed) {
    return illegal(r, "checked in", is(r.status) + ". Check in is only for confirmed bookings.");
  }
  const interval open{r.when.start - check_in_opens, b->no_show_at.value_or(r.when.end)};
  const auto window = "Check in is possible from " + slot_text(open, r.time_zone) + ".";
  if (now < open.start) return illegal(r, "checked in yet", "it is too early. " + window);
  if (now >= open.end) return illegal(r, "checked in any more", "it is too late. " + window);
  return events{ev::reservation_checked_in{r.id, r.when, b->no_show_at}};
}

result<events> room_book::decider::operator()(const cmd::check_out& c) const {
  const auto* b = find_for(c.id, c.by, c.as_operator);
  if (b == nullptr) return no_such_reservation(c.id);
  if (auto gone = away(*b)) return *gone;
  const auto& r = b->facts;
  if (r.status != reservation_status::checked_in) {
    const bool before = r.status == reservation_status::confirmed;
    return illegal(r, "checked out", is(r.status) + (before ? ". Check in first." : "."));
  }
  return events{ev::reservation_completed{r.id, r.when, ev::completion::checked_out}};
}

result<events> room_book::decider::operator()(const cmd::advance& c) const {
  const auto* b = find(c.id);
  if (b == nullptr || away(*b)) return events{};
  const auto& r = b->facts;
  if (r.status == reservation_status::confirmed && b->no_show_at && now >= *b->no_show_at) {
    return events{ev::reservation_no_show{r.id, r.when, b->no_show_at}};
  }
  const bool staying =
      r.status == reservation_status::confirmed || r.status == reservation_status::checked_in;
  if (staying && now >= r.when.end) {
    return events{ev::reservation_completed{r.id, r.when, ev::completion::by_clock}};
  }
  return events{};
}

}  // namespace atrium
