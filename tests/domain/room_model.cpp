#include "tests/domain/room_model.hpp"

#include <algorithm>

namespace atrium::testing {

namespace {

using expectation = room_model::expectation;

bool near(const interval& a, const interval& b, milliseconds gap) {
  return a.start < b.end + gap && b.start < a.end + gap;
}

bool pending(reservation_status s) {
  return s == reservation_status::held || s == reservation_status::awaiting_payment;
}

bool was_confirmed(reservation_status s) {
  return s == reservation_status::confirmed || s == reservation_status::checked_in ||
         s == reservation_status::completed || s == reservation_status::no_show;
}

}  // namespace

expectation room_model::expect(const room_command& command, instant now) {
  const auto answer = std::visit([&](const auto& c) { return on(c, now); }, command);
  if (!answer.code && answer.events > 0) {
    // Every event gives the room occasion to forget.
    std::erase_if(bookings_, [now](auto& b) { return b.forget_at && *b.forget_at < now; });
    std::erase_if(holds_, [now](auto& h) { return h.ended && h.forget_at < now; });
  }
  return answer;
}

expectation room_model::on(const cmd::hold_slot& c, instant now) {
  if (auto* known = booking(c.id.str())) {
    if (pending(known->status) || was_confirmed(known->status)) return {};
    return {ec::illegal_transition, 0};
  }
  if (retired_) return {ec::rule_violation, 0};
  std::size_t events = 1;
  if (!c.from_hold.empty()) {
    auto* h = hold(c.from_hold.str());
    if (h == nullptr || h->customer != c.customer.str()) return {ec::not_found, 0};
    if (h->ended) return {ec::hold_expired, 0};
    if (c.when != h->when || c.party_size > facts_.capacity) return {ec::rule_violation, 0};
    if (h->expires_at <= now) return {ec::hold_expired, 0};
    end(*h, now);
    events = 2;
  } else {
    if (!check_slot(facts_, c.when, c.party_size, now).empty()) return {ec::rule_violation, 0};
    const auto released = make_way(c.when, gap(), now);
    if (!released) return {ec::slot_taken, 0};
    events += *released;
  }
  bookings_.push_back({c.id.str(), c.customer.str(), c.when});
  return {{}, events};
}

expectation room_model::on(const cmd::await_payment& c, instant) {
  auto* b = booking(c.id.str());
  if (b == nullptr) return {ec::not_found, 0};
  if (b->status == reservation_status::awaiting_payment) return {};
  if (b->status != reservation_status::held) return {ec::illegal_transition, 0};
  b->status = reservation_status::awaiting_payment;
  return {{}, 1};
}

expectation room_model::on(const cmd::confirm& c, instant) {
  auto* b = booking(c.id.str());
  if (b == nullptr) return {ec::not_found, 0};
  if (was_confirmed(b->status)) return {};
  if (!pending(b->status)) return {ec::illegal_transition, 0};
  b->status = reservation_status::confirmed;
  b->no_show_at = no_show_of(b->when);
  return {{}, 1};
}

std::optional<instant> room_model::no_show_of(const interval& when) const {
  if (!facts_.check_in_required) return std::nullopt;
  return std::min(when.start + std::chrono::minutes{facts_.grace_minutes}, when.end);
}

expectation room_model::on(const cmd::release_slot& c, instant now) {
  auto* b = booking(c.id.str());
  if (b == nullptr || b->status == reservation_status::payment_failed ||
      b->status == reservation_status::rejected) {
    return {};
  }
  if (!pending(b->status)) return {ec::illegal_transition, 0};
  end(*b, c.as, now);
  return {{}, 1};
}

expectation room_model::on(const cmd::place_hold& c, instant now) {
  if (auto* known = hold(c.id.str())) {
    return known->ended ? expectation{ec::hold_expired, 0} : expectation{};
  }
  if (retired_) return {ec::rule_violation, 0};
  if (!check_slot(facts_, c.when, c.party_size, now).empty()) return {ec::rule_violation, 0};
  const auto released = make_way(c.when, gap(), now);
  if (!released) return {ec::slot_taken, 0};
  holds_.push_back({c.id.str(), c.customer.str(), c.when, c.expires_at, false, {}});
  return {{}, 1 + *released};
}

expectation room_model::on(const cmd::release_hold& c, instant now) {
  auto* h = hold(c.id.str());
  if (h == nullptr || (!c.by.empty() && c.by.str() != h->customer)) return {ec::not_found, 0};
  if (h->ended) return {};
  end(*h, now);
  return {{}, 1};
}

expectation room_model::on(const cmd::expire_hold& c, instant now) {
  auto* h = hold(c.id.str());
  if (h == nullptr || h->ended || h->expires_at > now) return {};
  end(*h, now);
  return {{}, 1};
}

expectation room_model::on(const cmd::cancel& c, instant now) {
  auto* b = booking(c.id.str());
  if (b == nullptr || (!c.as_operator && b->customer != c.by.str())) return {ec::not_found, 0};
  if (b->is_away) return {ec::overloaded, 0};
  if (b->status != reservation_status::confirmed) return {ec::illegal_transition, 0};
  if (now >= b->when.end && !c.as_operator) return {ec::illegal_transition, 0};
  end(*b, reservation_status::cancelled, now);
  return {{}, 1};
}

expectation room_model::on(const cmd::check_in& c, instant now) {
  auto* b = booking(c.id.str());
  if (b == nullptr || (!c.as_operator && b->customer != c.by.str())) return {ec::not_found, 0};
  if (b->is_away) return {ec::overloaded, 0};
  if (b->status == reservation_status::checked_in) return {};
  const auto until = b->no_show_at ? *b->no_show_at : b->when.end;
  if (b->status != reservation_status::confirmed || now >= until ||
      now < b->when.start - std::chrono::minutes{15}) {
    return {ec::illegal_transition, 0};
  }
  b->status = reservation_status::checked_in;
  return {{}, 1};
}

expectation room_model::on(const cmd::check_out& c, instant now) {
  auto* b = booking(c.id.str());
  if (b == nullptr || (!c.as_operator && b->customer != c.by.str())) return {ec::not_found, 0};
  if (b->is_away) return {ec::overloaded, 0};
  if (b->status != reservation_status::checked_in) return {ec::illegal_transition, 0};
  end(*b, reservation_status::completed, now);
  return {{}, 1};
}

expectation room_model::on(const cmd::advance& c, instant now) {
  auto* b = booking(c.id.str());
  if (b == nullptr || b->is_away) return {};
  if (b->status == reservation_status::confirmed && b->no_show_at && *b->no_show_at <= now) {
    end(*b, reservation_status::no_show, now);
    return {{}, 1};
  }
  if ((b->status == reservation_status::confirmed || b->status == reservation_status::checked_in) &&
      b->when.end <= now) {
    end(*b, reservation_status::completed, now);
    return {{}, 1};
  }
  return {};
}

expectation room_model::on(const cmd::add_blackout& c, instant now) {
  const auto same = [&](const blackout_entry& b) { return b.id == c.id.str(); };
  if (std::any_of(blackouts_.begin(), blackouts_.end(), same)) return {};
  if (c.when.empty() || c.when.end <= now) return {ec::validation, 0};
  if (retired_) return {ec::rule_violation, 0};
  // A blackout may touch and overlap other blackouts, so those are looked at apart.
  const auto others = std::exchange(blackouts_, {});
  const auto released = make_way(c.when, milliseconds{0}, now);
  blackouts_ = others;
  if (!released) return {ec::slot_taken, 0};
  std::erase_if(blackouts_, [now](auto& b) { return b.when.end < now - std::chrono::days{7}; });
  blackouts_.push_back({c.id.str(), c.when});
  return {{}, 1 + *released};
}

expectation room_model::on(const cmd::remove_blackout& c, instant) {
  const auto gone = std::erase_if(blackouts_, [&](auto& b) { return b.id == c.id.str(); });
  return gone == 0 ? expectation{ec::not_found, 0} : expectation{{}, 1};
}

expectation room_model::on(const cmd::retire_room& c, instant now) {
  if (retired_) return {};
  std::size_t bookings = 0;
  for (const auto& b : bookings_) {
    const bool settled = was_confirmed(b.status) && occupies_slot(b.status);
    if (pending(b.status) || (settled && b.when.end > now)) ++bookings;
  }
  for (const auto& o : offers_) bookings += o.locks.size();
  if (bookings > 0 && !c.cancel_bookings) return {ec::room_has_bookings, 0};
  std::size_t events = 1;
  for (auto& b : bookings_) {
    if (!pending(b.status)) continue;
    end(b, reservation_status::rejected, now);
    ++events;
  }
  for (auto& h : holds_) {
    if (h.ended) continue;
    end(h, now);
    ++events;
  }
  events += offers_.size();
  offers_.clear();
  retired_ = true;
  return {{}, events};
}

room_model::booking_entry* room_model::booking(const std::string& id) {
  const auto it =
      std::find_if(bookings_.begin(), bookings_.end(), [&](auto& b) { return b.id == id; });
  return it == bookings_.end() ? nullptr : &*it;
}

room_model::hold_entry* room_model::hold(const std::string& id) {
  const auto it = std::find_if(holds_.begin(), holds_.end(), [&](auto& h) { return h.id == id; });
  return it == holds_.end() ? nullptr : &*it;
}

void room_model::end(booking_entry& b, reservation_status as, instant now) {
  const bool stayed_or_cancelled = was_confirmed(as) || as == reservation_status::cancelled;
  b.status = as;
  b.forget_at = now + std::chrono::days{stayed_or_cancelled ? 7 : 1};
}

void room_model::end(hold_entry& h, instant now) {
  h.ended = true;
  h.forget_at = now + std::chrono::days{1};
}

bool room_model::blocked(const interval& when, milliseconds gap, instant now,
                         const std::string& moving) const {
  for (const auto& o : offers_)
    for (const auto& part : o.locks)
      if (near(part, when, gap)) return true;
  return std::any_of(blackouts_.begin(), blackouts_.end(),
                     [&](auto& b) { return b.when.overlaps(when); }) ||
         std::any_of(bookings_.begin(), bookings_.end(),
                     [&](auto& b) {
                       return b.id != moving && occupies_slot(b.status) && near(b.when, when, gap);
                     }) ||
         std::any_of(holds_.begin(), holds_.end(), [&](auto& h) {
           return !h.ended && h.expires_at > now && near(h.when, when, gap);
         });
}

std::optional<std::size_t> room_model::make_way(const interval& when, milliseconds gap, instant now,
                                                const std::string& moving) {
  if (blocked(when, gap, now, moving)) return std::nullopt;
  std::size_t count = 0;
  for (auto& h : holds_) {
    if (h.ended || !near(h.when, when, gap)) continue;
    end(h, now);
    ++count;
  }
  return count;
}

bool room_model::agrees_with(const room_book& book) const {
  for (const auto& b : bookings_) {
    const auto* r = book.find(reservation_id{b.id});
    if (r == nullptr || r->status != b.status || r->when != b.when ||
        r->customer.str() != b.customer) {
      return false;
    }
  }
  return std::all_of(holds_.begin(), holds_.end(), [&](const hold_entry& h) {
    const auto* found = book.find_hold(hold_id{h.id});
    return h.ended ? found == nullptr : found != nullptr && found->when == h.when;
  });
}

bool room_model::nobody_is_too_close(instant now) const {
  std::vector<interval> taken;
  for (const auto& b : bookings_) {
    if (occupies_slot(b.status)) taken.push_back(b.when);
  }
  for (const auto& h : holds_) {
    if (!h.ended && h.expires_at > now) taken.push_back(h.when);
  }
  for (std::size_t i = 0; i < taken.size(); ++i) {
    for (std::size_t k = 0; k < i; ++k) {
      if (near(taken[i], taken[k], gap())) return false;
    }
  }
  return true;
}

std::vector<alternative> room_model::nearest_free(const room_id& id, const interval& when,
                                                  int party, instant now, std::size_t most) const {
  std::vector<alternative> out;
  const auto try_start = [&](instant start) {
    const interval slot{start, start + when.length()};
    if (out.size() < most && !blocked(slot, gap(), now) &&
        check_slot(facts_, slot, party, now).empty()) {
      out.push_back({id, slot});
    }
  };
  // Outwards in the smallest unit that offsets and this step share.
  const std::chrono::minutes tick{facts_.step_minutes % 15 == 0 ? 15 : 1};
  for (auto away = milliseconds{0}; away <= std::chrono::days{14} && out.size() < most;
       away += tick) {
    try_start(when.start + away);
    if (away > milliseconds{0}) try_start(when.start - away);
  }
  return out;
}

}  // namespace atrium::testing
