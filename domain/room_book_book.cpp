#include <algorithm>

#include "domain/calendar.hpp"
#include "domain/pricing.hpp"
#include "domain/refusal.hpp"
#include "domain/room_decider.hpp"
#include "domain/text.hpp"

namespace atrium {

namespace {

using events = room_book::events;

constexpr std::chrono::hours longest_hold{24};
constexpr std::size_t most_alternatives = 3;

failure hold_over(const hold_id& id, ev::hold_end why) {
  std::string how = "has expired";
  if (why == ev::hold_end::released) how = "was given up";
  if (why == ev::hold_end::booked) how = "has been booked already";
  return refusal(ec::hold_expired, "The hold \"" + id.str() + "\" " + how +
                                       " and keeps its slot no longer. Book the slot without a "
                                       "hold, or place a new hold first.");
}

failure no_such_hold(const hold_id& id) {
  return refusal(ec::not_found, "There is no hold \"" + id.str() +
                                    "\". Book the slot without a hold, or place a new hold first.");
}

bool was_booked(reservation_status s) {
  return occupies_slot(s) || s == reservation_status::completed || s == reservation_status::no_show;
}

}  // namespace

result<events> room_book::decider::open_slot(const interval& when, int party_size,
                                             const account_id& customer,
                                             const reservation_id* moving) const {
  if (auto broken = check_slot(self.registered_, when, party_size, now); !broken.empty()) {
    return rule_refusal(self.registered_, when, std::move(broken));
  }
  events expired;
  bool free = !self.closed_.overlapping(when);
  self.calendar_.visit_conflicts(when, self.buffer(), [&](instant, const occupied_slot& slot) {
    const bool is_own = moving != nullptr && slot.what == occupied_slot::kind::reservation &&
                        slot.id == moving->text();
    if (is_own) return true;
    if (slot.live(now)) {
      free = false;
    } else {
      expired.emplace_back(released(self.holds_.at(slot.id), ev::hold_end::expired));
    }
    return free;
  });
  if (!free) return taken(when, party_size, customer);
  return expired;
}

/// Never says who has the slot, except that it is the caller's own hold.
failure room_book::decider::taken(const interval& when, int party_size,
                                  const account_id& customer) const {
  const auto& zone = self.registered_.time_zone;
  auto f = refusal(ec::slot_taken, "\"" + self.registered_.name + "\" is not free from " +
                                       slot_text(when, zone) + ".");
  self.calendar_.visit_conflicts(when, self.buffer(), [&](instant, const occupied_slot& slot) {
    const auto h = self.holds_.find(slot.id);
    if (!slot.live(now) || slot.what != occupied_slot::kind::hold || h == self.holds_.end() ||
        h->second.customer != customer) {
      return true;
    }
    f.detail += " You hold " + slot_text(h->second.when, zone) +
                " yourself: book it with holdId \"" + slot.id.str() + "\" or release it.";
    return false;
  });
  f.alternatives = self.nearest_free(when, party_size, now, most_alternatives);
  if (f.alternatives.empty()) {
    f.detail +=
        " It has no free time of that length within two weeks of it. Try another room or a "
        "shorter time.";
    return f;
  }
  // The last alternative may yet give way to another room: the text names none that is not offered.
  f.detail += " Free nearby: " + slot_text(f.alternatives.front().when, zone);
  if (f.alternatives.size() > 1) f.detail += "; " + slot_text(f.alternatives[1].when, zone);
  f.detail += ". Choose one of these or another room.";
  return f;
}

result<events> room_book::decider::operator()(const cmd::place_hold& c) const {
  if (!self.exists()) return no_such_room();
  if (self.holds_.contains(c.id.text())) return events{};
  if (const auto e = self.ended_holds_.find(c.id.text()); e != self.ended_holds_.end()) {
    return hold_over(c.id, e->second.reason);
  }
  if (self.status_ == room_status::retired) return retired(c.when);
  if (c.expires_at <= now || c.expires_at > now + longest_hold) {
    auto f = refusal(ec::rule_violation,
                     "A hold lasts at most 24 hours and ends after now. Ask for a shorter one.");
    f.violations = {{"hold-ttl", "later than now and at most 24 hours",
                     "until " + format_instant(c.expires_at), "/ttlMinutes"}};
    return f;
  }
  auto open = open_slot(c.when, c.party_size, c.customer);
  if (!open) return open;
  open->emplace_back(ev::hold_placed{c.id, c.customer, c.when, c.party_size,
                                     price_of(self.registered_, c.when), c.expires_at,
                                     self.registered_.tax_rate_bp});
  return open;
}

result<events> room_book::decider::operator()(const cmd::release_hold& c) const {
  const auto may = [&](const hold& h) { return c.by.empty() || h.customer == c.by; };
  if (const auto it = self.holds_.find(c.id.text()); it != self.holds_.end()) {
    if (!may(it->second)) return no_such_hold(c.id);
    const bool live = now < it->second.expires_at;
    return events{released(it->second, live ? ev::hold_end::released : ev::hold_end::expired)};
  }
  const auto ended = self.ended_holds_.find(c.id.text());
  if (ended == self.ended_holds_.end() || !may(ended->second.what)) return no_such_hold(c.id);
  return events{};
}

result<events> room_book::decider::operator()(const cmd::expire_hold& c) const {
  const auto it = self.holds_.find(c.id.text());
  if (it == self.holds_.end() || now < it->second.expires_at) return events{};
  return events{released(it->second, ev::hold_end::expired)};
}

result<events> room_book::decider::operator()(const cmd::hold_slot& c) const {
  if (!self.exists()) return no_such_room();
  if (const auto* known = find(c.id)) {
    if (was_booked(known->facts.status)) return events{};
    // A saga that gave the slot back for a passing reason may run again; it then pays anew.
    const bool runs_again = known->facts.payment != c.payment;
    if (!runs_again)
      return refusal(ec::illegal_transition, "The reservation \"" + c.id.str() + "\" is " +
                                                 std::string(in_words(known->facts.status)) +
                                                 ". Book anew with another Idempotency-Key.");
  }
  std::vector<violation> bad;
  check_text(bad, c.title, {0, 200}, "/title");
  if (!bad.empty()) return invalid("The reservation", std::move(bad));
  if (self.status_ == room_status::retired) return retired(c.when);
  if (!c.from_hold.empty()) return hold_from(c);

  auto open = open_slot(c.when, c.party_size, c.customer);
  if (!open) return open;
  open->push_back(held(c, price_of(self.registered_, c.when), self.registered_.tax_rate_bp));
  return open;
}

/// The rules were checked and the price was promised when the hold was placed; only the party may
/// have grown since.
result<events> room_book::decider::hold_from(const cmd::hold_slot& c) const {
  const auto it = self.holds_.find(c.from_hold.text());
  if (it == self.holds_.end()) {
    const auto ended = self.ended_holds_.find(c.from_hold.text());
    if (ended == self.ended_holds_.end() || ended->second.what.customer != c.customer) {
      return no_such_hold(c.from_hold);
    }
    return hold_over(c.from_hold, ended->second.reason);
  }
  const hold& h = it->second;
  if (h.customer != c.customer) return no_such_hold(c.from_hold);
  const auto& room = self.registered_;
  if (c.when != h.when) {
    return rule_refusal(
        room, c.when,
        {{"hold-interval", "exactly what is held, " + slot_text(h.when, room.time_zone),
          slot_text(c.when, room.time_zone), c.when.start != h.when.start ? "/start" : "/end"}});
  }
  if (c.party_size < 1 || c.party_size > room.capacity) {
    auto broken = check_slot(room, c.when, c.party_size, now);
    std::erase_if(broken, [](const violation& v) { return v.rule != "capacity"; });
    return rule_refusal(room, c.when, std::move(broken));
  }
  if (h.expires_at <= now) return hold_over(c.from_hold, ev::hold_end::expired);
  return events{released(h, ev::hold_end::booked), held(c, h.price, h.tax_rate_bp)};
}

event room_book::decider::held(const cmd::hold_slot& c, money price, int tax_rate_bp) const {
  return ev::reservation_held{c.id,
                              c.customer,
                              c.when,
                              c.party_size,
                              c.title,
                              std::move(price),
                              self.registered_.cancellation,
                              self.registered_.time_zone,
                              c.payment,
                              tax_rate_bp};
}

result<events> room_book::decider::operator()(const cmd::await_payment& c) const {
  const auto* b = find(c.id);
  if (b == nullptr) return no_such_reservation(c.id);
  const auto& r = b->facts;
  if (r.status == reservation_status::awaiting_payment) return events{};
  if (r.status != reservation_status::held)
    return refusal(ec::illegal_transition, "The reservation \"" + c.id.str() +
                                               "\" cannot await its payment: it is " +
                                               std::string(in_words(r.status)) + ". Book anew.");
  return events{ev::reservation_awaiting_payment{r.id, r.when, c.until}};
}

result<events> room_book::decider::operator()(const cmd::confirm& c) const {
  const auto* b = find(c.id);
  if (b == nullptr) return no_such_reservation(c.id);
  const auto& r = b->facts;
  if (r.status != reservation_status::held && r.status != reservation_status::awaiting_payment) {
    if (was_booked(r.status)) return events{};
    return refusal(ec::illegal_transition, "The reservation \"" + c.id.str() +
                                               "\" cannot be confirmed: it is " +
                                               std::string(in_words(r.status)) + ". Book anew.");
  }
  return events{ev::reservation_confirmed{r.id, r.when, no_show_of(r.when)}};
}

std::optional<instant> room_book::decider::no_show_of(const interval& when) const {
  if (!self.registered_.check_in_required) return std::nullopt;
  return std::min(when.start + std::chrono::minutes{self.registered_.grace_minutes}, when.end);
}

result<events> room_book::decider::operator()(const cmd::release_slot& c) const {
  const auto* b = find(c.id);
  if (b == nullptr) return events{};
  const auto& r = b->facts;
  switch (r.status) {
    case reservation_status::held:
    case reservation_status::awaiting_payment:
      break;
    case reservation_status::expired:
    case reservation_status::payment_failed:
    case reservation_status::rejected:
      return events{};
    default:
      return refusal(ec::illegal_transition,
                     "The reservation \"" + c.id.str() + "\" is " +
                         std::string(in_words(r.status)) +
                         " and its slot is not simply given back. Cancel it instead.");
  }
  const bool ends_without_stay = c.as == reservation_status::expired ||
                                 c.as == reservation_status::payment_failed ||
                                 c.as == reservation_status::rejected;
  if (!ends_without_stay) {
    return refusal(ec::validation, "A slot is given back as expired, payment_failed or rejected.");
  }
  return events{ev::reservation_released{r.id, c.as, r.when}};
}

}  // namespace atrium
