#include <algorithm>

#include "domain/calendar.hpp"
#include "domain/refusal.hpp"
#include "domain/room_decider.hpp"
#include "domain/text.hpp"

namespace atrium {

namespace {

using events = room_book::events;

constexpr std::chrono::days longest_blackout{366};
constexpr std::chrono::days blackouts_kept{7};
constexpr std::size_t most_blackouts = 1000;

std::vector<violation> validate(const cmd::add_blackout& c, instant now) {
  std::vector<violation> out;
  if (c.when.start < min_instant || c.when.end > max_instant) {
    out.push_back({"range", "within the years 1970 to 9999", "a time outside", "/start"});
    return out;
  }
  if (c.when.empty()) {
    out.push_back({"order", "the end is after the start, " + format_instant(c.when.start),
                   format_instant(c.when.end), "/end"});
  } else if (c.when.length() > longest_blackout) {
    out.push_back(
        {"max-duration", "at most 366 days",
         std::to_string(std::chrono::ceil<std::chrono::days>(c.when.length()).count()) + " days",
         "/end"});
  }
  if (c.when.end <= now) {
    out.push_back(
        {"past", "ends after now, " + format_instant(now), format_instant(c.when.end), "/end"});
  }
  check_text(out, c.reason, {0, 500, true}, "/reason");
  return out;
}

}  // namespace

result<events> room_book::decide(const room_command& command, instant now) const {
  return std::visit(decider{*this, now}, command);
}

result<events> room_book::decider::operator()(const cmd::register_room& c) const {
  if (self.exists()) {
    if (self.status_ == room_status::active && self.registered_ == c.facts) return events{};
    return refusal(ec::already_exists, "There is a room \"" + self.id_.str() +
                                           "\" already. Change that room instead, or register the "
                                           "new one under another id.");
  }
  if (auto bad = validate(c.facts); !bad.empty()) return invalid("The room", std::move(bad));
  return events{ev::room_registered{c.facts}};
}

result<events> room_book::decider::operator()(const cmd::change_room& c) const {
  if (!self.exists()) return no_such_room();
  if (auto bad = validate(c.facts); !bad.empty()) return invalid("The room", std::move(bad));
  if (c.if_version != 0 && c.if_version != self.version_) return stale();
  if (self.status_ == room_status::retired) {
    return refusal(ec::illegal_transition,
                   "\"" + self.registered_.name +
                       "\" is retired and is not changed any more. Register a new room instead.");
  }
  if (c.facts == self.registered_) return events{};
  return events{ev::room_changed{c.facts}};
}

/// Bookings whose saga still runs count as bookings: without cancel_bookings they refuse the
/// retirement, with it they are released here, and their saga finds that out when it confirms. A
/// guest who has checked in stays to the end of the booking.
result<events> room_book::decider::operator()(const cmd::retire_room& c) const {
  if (!self.exists()) return no_such_room();
  if (self.status_ == room_status::retired) return events{};
  if (c.if_version != 0 && c.if_version != self.version_) return stale();

  events out;
  std::vector<std::string> bookings;
  ev::room_retired retirement;
  for (const auto* entry : self.calendar_.ending_after(instant::min())) {
    const auto& slot = entry->second;
    if (slot.what == occupied_slot::kind::hold) {
      const auto why = slot.live(now) ? ev::hold_end::released : ev::hold_end::expired;
      out.emplace_back(released(self.holds_.at(slot.id), why));
      continue;
    }
    if (slot.what == occupied_slot::kind::change) {
      // Its change finds out when it is made: the booking stays where it is.
      bookings.push_back(self.offers_.at(slot.id).id.str());
      continue;
    }
    const auto& r = self.reservations_.at(slot.id).facts;
    const bool settled =
        r.status == reservation_status::confirmed || r.status == reservation_status::checked_in;
    if (settled && slot.end <= now)
      continue;  // its completion by the clock is only waiting its turn
    bookings.push_back(slot.id.str());
    if (!settled) {
      out.emplace_back(ev::reservation_released{r.id, reservation_status::rejected, r.when});
    } else if (r.status == reservation_status::confirmed) {
      retirement.cancelling.push_back(r.id);
    }
  }
  if (!bookings.empty() && !c.cancel_bookings) {
    auto f = refusal(
        ec::room_has_bookings,
        "\"" + self.registered_.name + "\" has " +
            counted(static_cast<std::int64_t>(bookings.size()), "booking") +
            " still to come, so it was not retired. Cancel them first, or repeat the "
            "request with cancelBookings=true: each is then cancelled and refunded in full.");
    f.conflicting = std::move(bookings);
    return f;
  }
  for (const auto& [change, offer] : self.offers_) out.push_back(given_up(offer, "room-retired"));
  out.emplace_back(std::move(retirement));
  return out;
}

result<events> room_book::decider::operator()(const cmd::add_blackout& c) const {
  if (!self.exists()) return no_such_room();
  if (self.blackouts_.contains(c.id.text())) return events{};
  if (auto bad = validate(c, now); !bad.empty()) return invalid("The blackout", std::move(bad));
  if (self.status_ == room_status::retired) return retired(c.when);
  const auto kept = std::count_if(self.blackouts_.begin(), self.blackouts_.end(), [this](auto& b) {
    return b.second.when.end >= now - blackouts_kept;
  });
  if (static_cast<std::size_t>(kept) >= most_blackouts) {
    return invalid(
        "The blackout",
        {{"max-items", "at most 1000 blackouts of a room that are to come or ended within a week",
          std::to_string(kept) + " blackouts", ""}});
  }

  events out;
  std::vector<std::string> conflicts;
  self.calendar_.visit_conflicts(c.when, milliseconds{0}, [&](instant, const occupied_slot& slot) {
    if (slot.what == occupied_slot::kind::change) {
      conflicts.push_back(self.offers_.at(slot.id).id.str());
    } else if (slot.live(now)) {
      conflicts.push_back(slot.id.str());
    } else {
      out.emplace_back(released(self.holds_.at(slot.id), ev::hold_end::expired));
    }
    return true;
  });
  if (!conflicts.empty()) {
    std::reverse(conflicts.begin(), conflicts.end());
    auto f = refusal(ec::slot_taken,
                     "\"" + self.registered_.name + "\" cannot be blocked from " +
                         slot_text(c.when, self.registered_.time_zone) + ": " +
                         counted(static_cast<std::int64_t>(conflicts.size()), "booking or hold") +
                         " of customers lie in that time. Cancel them or choose another time.");
    f.conflicting = std::move(conflicts);
    return f;
  }
  out.emplace_back(ev::blackout_added{c.id, c.when, c.reason});
  return out;
}

result<events> room_book::decider::operator()(const cmd::remove_blackout& c) const {
  if (!self.exists()) return no_such_room();
  if (!self.blackouts_.contains(c.id.text())) {
    return refusal(ec::not_found, "\"" + self.registered_.name + "\" has no blackout \"" +
                                      c.id.str() + "\"; it may have been removed already.");
  }
  return events{ev::blackout_removed{c.id}};
}

// ---- shared parts ------------------------------------------------------------------------------

failure room_book::decider::no_such_room() const {
  return refusal(ec::not_found, "There is no room \"" + self.id_.str() +
                                    "\". List the rooms to see which there are.");
}

failure room_book::decider::no_such_reservation(const reservation_id& id) const {
  return refusal(ec::not_found, "There is no reservation \"" + id.str() +
                                    "\". List your reservations to find the right one.");
}

failure room_book::decider::retired(const interval& when) const {
  auto f = rule_refusal(self.registered_, when,
                        {{"room-retired", "rooms that are in service", "retired", ""}});
  f.detail = "\"" + self.registered_.name +
             "\" is retired and takes no new bookings. Choose another room.";
  return f;
}

failure room_book::decider::stale() const {
  return refusal(ec::precondition_failed, "\"" + self.registered_.name +
                                              "\" was changed since you read it. Read it again and "
                                              "repeat your change on the new version.");
}

const room_book::booking* room_book::decider::find(const reservation_id& id) const {
  const auto it = self.reservations_.find(id.text());
  return it == self.reservations_.end() ? nullptr : &it->second;
}

const room_book::booking* room_book::decider::find_for(const reservation_id& id,
                                                       const account_id& by,
                                                       bool as_operator) const {
  const auto* b = find(id);
  return b != nullptr && (as_operator || b->facts.customer == by) ? b : nullptr;
}

event room_book::decider::released(const hold& h, ev::hold_end why) {
  return ev::hold_released{h.id, why, h.when, h.expires_at};
}

std::string_view in_words(reservation_status s) {
  switch (s) {
    case reservation_status::held:
    case reservation_status::awaiting_payment:
      return "still waiting for its payment";
    case reservation_status::confirmed:
      return "confirmed";
    case reservation_status::checked_in:
      return "already checked in";
    case reservation_status::completed:
      return "already completed";
    case reservation_status::expired:
      return "expired before it was confirmed";
    case reservation_status::payment_failed:
      return "not confirmed because its payment failed";
    case reservation_status::rejected:
      return "given back before it was confirmed";
    case reservation_status::cancelled:
      return "already cancelled";
    case reservation_status::no_show:
      return "marked as a no-show";
  }
  return "in an unknown state";
}

}  // namespace atrium
