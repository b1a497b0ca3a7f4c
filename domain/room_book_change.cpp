#include <algorithm>

#include "domain/calendar.hpp"
#include "domain/charges.hpp"
#include "domain/pricing.hpp"
#include "domain/refusal.hpp"
#include "domain/room_decider.hpp"
#include "domain/text.hpp"

/// Changing a booking: its new slot is locked first, then one event makes it the booking's. Between
/// two rooms the old one keeps everything else from the booking while the new one takes it over.
namespace atrium {

namespace {

using events = room_book::events;

/// Nobody's mistake, and over in a moment: not the stored answer of an Idempotency-Key.
failure in_between(const reservation_id& id, const std::string& what) {
  auto f = refusal(ec::overloaded, "The reservation \"" + id.str() + "\" " + what +
                                       ". Repeat the request in a second.");
  f.retry_after_ms = 1'000;
  return f;
}

bool is_same_booking(const reservation& a, const reservation& b) {
  return a.when == b.when && a.party_size == b.party_size && a.title == b.title &&
         a.price == b.price && a.policy == b.policy && a.payment == b.payment &&
         a.charges == b.charges && a.customer == b.customer;
}

/// What `wanted` has beyond `had`.
std::vector<interval> beyond(const interval& wanted, const interval& had) {
  if (!wanted.overlaps(had)) return {wanted};
  std::vector<interval> parts;
  if (wanted.start < had.start) parts.push_back({wanted.start, had.start});
  if (wanted.end > had.end) parts.push_back({had.end, wanted.end});
  return parts;
}

}  // namespace

settled_change settle_change(const reservation& from, const ev::reservation_change_held& offer,
                             const room_id& room, const payment_id& payment) {
  settled_change s;
  s.booked = from;
  s.booked.room = room;
  s.booked.when = offer.when;
  s.booked.party_size = offer.party_size;
  s.booked.title = offer.title;
  s.booked.price = offer.price;
  s.booked.policy = offer.policy;
  s.booked.time_zone = offer.time_zone;
  s.booked.status = reservation_status::confirmed;
  const auto more = offer.price.amount - from.price.amount;
  s.to_take = {std::max<std::int64_t>(more, 0), offer.price.currency};
  if (more > 0) s.booked.charges.push_back({payment, s.to_take});
  if (more < 0) {
    s.refunds = refund_parts(from, -more);
    s.booked.charges = charges_after(from, s.refunds);
  }
  return s;
}

// ---- decisions ---------------------------------------------------------------------------------

std::optional<failure> room_book::decider::away(const booking& b) const {
  if (!b.leaving.empty()) return in_between(b.facts.id, "is just being moved to another room");
  if (!b.going_to.empty()) return in_between(b.facts.id, "was moved to another room a moment ago");
  return std::nullopt;
}

std::optional<failure> room_book::decider::unchangeable(const cmd::change_terms& t) const {
  const auto* b = find_for(t.from.id, t.by, t.as_operator);
  if (b == nullptr) return no_such_reservation(t.from.id);
  if (auto gone = away(*b)) return gone;
  const auto& r = b->facts;
  const auto illegal = [&](const std::string& why) {
    return refusal(ec::illegal_transition,
                   "The reservation \"" + r.id.str() + "\" cannot be changed: " + why);
  };
  if (r.status == reservation_status::awaiting_payment)
    return illegal("it awaits its payment until " + local_text(b->pay_by, r.time_zone) + " (" +
                   r.time_zone + "). Confirm the payment first, then repeat the change.");
  if (r.status == reservation_status::held)
    return illegal("its payment is not settled yet. Try again in a moment.");
  if (r.status != reservation_status::confirmed)
    return illegal("it is " + std::string(in_words(r.status)) + ". Book anew instead.");
  if (!self.granted_of(r.id).empty())
    return illegal("money was given back for it by hand. Cancel it and book anew instead.");
  if (!is_same_booking(r, t.from))
    return refusal(ec::precondition_failed,
                   "The reservation \"" + r.id.str() +
                       "\" was changed since you read it. Read it again and repeat your change.");
  return std::nullopt;
}

std::optional<failure> room_book::decider::begun(const cmd::change_terms& t) const {
  if (now < t.from.when.start) return std::nullopt;
  return refusal(ec::illegal_transition, "The reservation \"" + t.from.id.str() +
                                             "\" cannot be changed: it began at " +
                                             local_text(t.from.when.start, t.from.time_zone) +
                                             " (" + t.from.time_zone + "). Book anew instead.");
}

result<events> room_book::decider::operator()(const cmd::check_change& c) const {
  if (auto no = unchangeable(c.terms)) return *no;
  if (auto no = begun(c.terms)) return *no;
  return events{};
}

result<events> room_book::decider::operator()(const cmd::hold_change& c) const {
  const auto& t = c.terms;
  if (!self.exists()) return no_such_room();
  if (self.offers_.contains(t.change.text())) return events{};
  const bool stays = t.from.room == self.id_;
  if (stays) {
    if (const auto* b = find(t.from.id); b != nullptr && b->changed_by == t.change) return events{};
    if (auto no = unchangeable(t)) return *no;
    if (auto no = begun(t)) return *no;
  }
  for (const auto& [change, offer] : self.offers_)
    if (offer.id == t.from.id) return in_between(t.from.id, "is being changed already");
  std::vector<violation> bad;
  check_text(bad, t.title, {0, 200}, "/title");
  if (!bad.empty()) return invalid("The reservation", std::move(bad));
  return offer(t, stays);
}

/// The rules, the price and the policy are those of a new booking; a booking that keeps its slot
/// keeps its price and policy, too, and only its party has to fit.
result<events> room_book::decider::offer(const cmd::change_terms& t, bool stays) const {
  const auto& room = self.registered_;
  const bool same_slot = stays && t.when == t.from.when;
  events out;
  if (same_slot) {
    auto broken = check_slot(room, t.when, t.party_size, now);
    std::erase_if(broken, [](const violation& v) { return v.rule != "capacity"; });
    if (!broken.empty()) return rule_refusal(room, t.when, std::move(broken));
  } else {
    if (self.status_ == room_status::retired) return retired(t.when);
    auto open = open_slot(t.when, t.party_size, t.from.customer, stays ? &t.from.id : nullptr);
    if (!open) return open;
    out = std::move(*open);
  }
  const auto price = same_slot ? t.from.price : price_of(room, t.when);
  if (price.currency != t.from.price.currency) {
    return rule_refusal(room, t.when,
                        {{"currency", "the booking's currency, " + t.from.price.currency,
                          price.currency, "/roomId"}});
  }
  ev::reservation_change_held held;
  held.id = t.from.id;
  held.change = t.change;
  held.from = t.from.room;
  held.customer = t.from.customer;
  held.when = t.when;
  held.locks = stays ? beyond(t.when, t.from.when) : std::vector<interval>{t.when};
  held.party_size = t.party_size;
  held.title = t.title;
  held.price = price;
  held.policy = same_slot ? t.from.policy : room.cancellation;
  held.time_zone = room.time_zone;
  out.emplace_back(std::move(held));
  return out;
}

result<events> room_book::decider::operator()(const cmd::release_change& c) const {
  const auto it = self.offers_.find(c.change.text());
  if (it == self.offers_.end()) return events{};
  return events{given_up(it->second, c.why)};
}

event room_book::decider::given_up(const ev::reservation_change_held& offer, std::string why) {
  return ev::reservation_change_released{offer.id, offer.change, offer.customer, offer.when,
                                         std::move(why)};
}

result<events> room_book::decider::operator()(const cmd::begin_leaving& c) const {
  const auto* b = find(c.terms.from.id);
  if (b != nullptr && b->leaving == c.terms.change) return events{};
  // Another change got there first: that is final, or both would wait for each other's end.
  if (b != nullptr && away(*b)) {
    return refusal(ec::precondition_failed,
                   "The reservation \"" + c.terms.from.id.str() +
                       "\" was moved to another room in the meantime. Read it again and repeat "
                       "your change.");
  }
  if (auto no = unchangeable(c.terms)) return *no;
  return events{ev::reservation_leaving{c.terms.from.id, c.terms.change, c.to}};
}

result<events> room_book::decider::operator()(const cmd::stay& c) const {
  const auto* b = find(c.id);
  if (b == nullptr || b->leaving != c.change) return events{};
  return events{ev::reservation_stayed{c.id, c.change}};
}

result<events> room_book::decider::operator()(const cmd::leave& c) const {
  const auto* b = find(c.id);
  if (b == nullptr || b->leaving != c.change) return events{};
  return events{ev::reservation_left{c.id, c.change, b->going_to, b->facts.when, b->no_show_at}};
}

result<events> room_book::decider::operator()(const cmd::apply_change& c) const {
  const auto& t = c.terms;
  const bool stays = t.from.room == self.id_;
  const auto* b = find(t.from.id);
  if (b != nullptr && b->changed_by == t.change) return events{};
  const auto it = self.offers_.find(t.change.text());
  if (it == self.offers_.end()) {
    return refusal(ec::illegal_transition,
                   "The new slot of the reservation \"" + t.from.id.str() +
                       "\" was given up because its room was retired. Choose another room.");
  }
  if (stays)
    if (auto no = unchangeable(t)) return *no;
  auto settled = settle_change(t.from, it->second, self.id_, t.payment);
  ev::reservation_changed e;
  e.id = t.from.id;
  e.change = t.change;
  e.from = t.from.room;
  e.was = t.from.when;
  if (stays) e.no_show_was = b->no_show_at;
  e.no_show_at = no_show_of(settled.booked.when);
  e.booked = std::move(settled.booked);
  e.refunds = std::move(settled.refunds);
  return events{std::move(e)};
}

// ---- state changes -----------------------------------------------------------------------------

const ev::reservation_change_held* room_book::find_offer(const saga_id& change) const {
  const auto it = offers_.find(change.text());
  return it == offers_.end() ? nullptr : &it->second;
}

void room_book::hold_change(const ev::reservation_change_held& e) {
  if (!offers_.try_emplace(e.change.text(), e).second) return;
  for (const auto& part : e.locks)
    calendar_.insert(part, occupied_slot::kind::change, max_instant, e.change.text());
}

void room_book::end_change(const saga_id& change) {
  const auto it = offers_.find(change.text());
  if (it == offers_.end()) return;
  for (const auto& part : it->second.locks) calendar_.erase(part.start, change.text());
  offers_.erase(it);
}

void room_book::change(const ev::reservation_changed& e) {
  end_change(e.change);
  if (auto* b = find_booking(e.id); b != nullptr && occupies_slot(b->facts.status)) {
    calendar_.erase(b->facts.when.start, e.id.text());
    reservations_.erase(e.id.text());
  }
  bury(e.id);
  booking b;
  b.facts = e.booked;
  b.no_show_at = e.no_show_at;
  b.changed_by = e.change;
  reservations_.insert_or_assign(e.id.text(), std::move(b));
  calendar_.insert(e.booked.when, occupied_slot::kind::reservation, max_instant, e.id.text());
}

/// The booking has ended here, as a cancelled one would.
void room_book::let_go(const ev::reservation_left& e, instant at) {
  auto* b = find_booking(e.id);
  if (b == nullptr) return;
  b->leaving = {};
  b->going_to = e.to;
  end_booking(e.id, reservation_status::cancelled, at);
}

}  // namespace atrium
