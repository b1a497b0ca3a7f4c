#include "domain/room_book.hpp"

#include <algorithm>
#include <chrono>

namespace atrium {

namespace {

constexpr std::chrono::days remember_ended{7};
constexpr std::chrono::days remember_given_back{1};
constexpr std::size_t most_remembered = 4096;

std::chrono::days remembered_for(reservation_status ended) {
  switch (ended) {
    case reservation_status::completed:
    case reservation_status::cancelled:
    case reservation_status::no_show:
      return remember_ended;
    default:
      return remember_given_back;
  }
}

}  // namespace

const reservation* room_book::find(const reservation_id& id) const {
  const auto it = reservations_.find(id.text());
  return it == reservations_.end() ? nullptr : &it->second.facts;
}

const room_book::hold* room_book::find_hold(const hold_id& id) const {
  const auto it = holds_.find(id.text());
  return it == holds_.end() ? nullptr : &it->second;
}

std::vector<reservation_id> room_book::future_bookings(instant now) const {
  std::vector<reservation_id> out;
  for (const auto* entry : calendar_.ending_after(now)) {
    const auto it = reservations_.find(entry->second.id);
    if (entry->second.what != occupied_slot::kind::reservation || it == reservations_.end()) {
      continue;
    }
    const auto status = it->second.facts.status;
    if (status == reservation_status::confirmed || status == reservation_status::checked_in) {
      out.push_back(it->second.facts.id);
    }
  }
  return out;
}

// ---- state changes -----------------------------------------------------------------------------

void room_book::apply(const event& e, instant at, std::uint64_t seq) {
  forget(at);
  std::visit(
      [&](const auto& what) {
        using type = std::decay_t<decltype(what)>;
        if constexpr (std::is_same_v<type, ev::room_registered> ||
                      std::is_same_v<type, ev::room_changed>) {
          registered_ = what.facts;
          version_ = seq;
        } else if constexpr (std::is_same_v<type, ev::room_retired>) {
          status_ = room_status::retired;
          version_ = seq;
        } else if constexpr (std::is_same_v<type, ev::blackout_added>) {
          add_blackout(what, at);
        } else if constexpr (std::is_same_v<type, ev::blackout_removed>) {
          blackouts_.erase(what.id.text());
          unite_blackouts();
        } else if constexpr (std::is_same_v<type, ev::hold_placed>) {
          place_hold(what);
        } else if constexpr (std::is_same_v<type, ev::hold_released>) {
          end_hold(what, at);
        } else if constexpr (std::is_same_v<type, ev::reservation_held>) {
          hold_slot(what, at);
        } else if constexpr (std::is_same_v<type, ev::reservation_awaiting_payment>) {
          if (auto* b = find_booking(what.id)) {
            b->facts.status = reservation_status::awaiting_payment;
            b->pay_by = what.expires_at;
          }
        } else if constexpr (std::is_same_v<type, ev::reservation_confirmed>) {
          if (auto* b = find_booking(what.id)) {
            b->facts.status = reservation_status::confirmed;
            b->pay_by = {};
            b->no_show_at = what.no_show_at;
          }
        } else if constexpr (std::is_same_v<type, ev::reservation_checked_in>) {
          if (auto* b = find_booking(what.id)) b->facts.status = reservation_status::checked_in;
        } else if constexpr (std::is_same_v<type, ev::reservation_released>) {
          end_booking(what.id, what.status, at);
        } else if constexpr (std::is_same_v<type, ev::reservation_cancelled>) {
          end_booking(what.id, reservation_status::cancelled, at);
          if (auto* b = find_booking(what.id)) b->refunds = refunds_of(what);
        } else if constexpr (std::is_same_v<type, ev::reservation_completed>) {
          end_booking(what.id, reservation_status::completed, at);
        } else if constexpr (std::is_same_v<type, ev::reservation_no_show>) {
          end_booking(what.id, reservation_status::no_show, at);
        } else if constexpr (std::is_same_v<type, ev::reservation_change_held>) {
          hold_change(what);
        } else if constexpr (std::is_same_v<type, ev::reservation_change_released>) {
          end_change(what.change);
        } else if constexpr (std::is_same_v<type, ev::reservation_changed>) {
          change(what);
        } else if constexpr (std::is_same_v<type, ev::reservation_leaving>) {
          if (auto* b = find_booking(what.id)) b->leaving = what.change, b->going_to = what.to;
        } else if constexpr (std::is_same_v<type, ev::reservation_stayed>) {
          if (auto* b = find_booking(what.id)) b->leaving = {}, b->going_to = {};
        } else if constexpr (std::is_same_v<type, ev::reservation_left>) {
          let_go(what, at);
        } else if constexpr (std::is_same_v<type, ev::refund_granted>) {
          grant_refund(what, at);
        } else if constexpr (std::is_same_v<type, ev::refund_withdrawn>) {
          withdraw_refund(what);
        }
      },
      e);
}

void room_book::add_blackout(const ev::blackout_added& e, instant at) {
  std::erase_if(blackouts_,
                [at](const auto& entry) { return entry.second.when.end < at - remember_ended; });
  blackouts_.insert_or_assign(e.id.text(), e);
  unite_blackouts();
}

void room_book::unite_blackouts() {
  std::vector<interval> parts;
  parts.reserve(blackouts_.size());
  for (const auto& [id, b] : blackouts_) parts.push_back(b.when);
  closed_.assign(std::move(parts));
}

void room_book::place_hold(const ev::hold_placed& e) {
  const auto [it, fresh] = holds_.try_emplace(
      e.id.text(),
      hold{e.id, e.customer, e.when, e.party_size, e.price, e.expires_at, e.tax_rate_bp});
  if (fresh) calendar_.insert(e.when, occupied_slot::kind::hold, e.expires_at, e.id.text());
}

void room_book::end_hold(const ev::hold_released& e, instant at) {
  const auto it = holds_.find(e.id.text());
  if (it == holds_.end()) return;
  calendar_.erase(it->second.when.start, e.id.text());
  ended_holds_.insert_or_assign(e.id.text(), ended_hold{std::move(it->second), e.reason, at});
  holds_.erase(it);
  fade({at + remember_given_back, occupied_slot::kind::hold, e.id.text()});
}

void room_book::hold_slot(const ev::reservation_held& e, instant at) {
  booking b;
  b.facts = reservation_of(e, id_, at);
  bury(e.id);
  const auto [it, fresh] = reservations_.try_emplace(e.id.text(), std::move(b));
  if (fresh) calendar_.insert(e.when, occupied_slot::kind::reservation, max_instant, e.id.text());
}

void room_book::bury(const reservation_id& id) {
  const auto* earlier = find_booking(id);
  if (earlier == nullptr || occupies_slot(earlier->facts.status)) return;
  fading_.erase({earlier->ended_at + remembered_for(earlier->facts.status),
                 occupied_slot::kind::reservation, id.text()});
  reservations_.erase(id.text());
}

void room_book::end_booking(const reservation_id& id, reservation_status as, instant at) {
  auto* b = find_booking(id);
  if (b == nullptr || !occupies_slot(b->facts.status)) return;
  calendar_.erase(b->facts.when.start, id.text());
  b->facts.status = as;
  b->ended_at = at;
  b->pay_by = {};
  fade({at + remembered_for(as), occupied_slot::kind::reservation, id.text()});
}

room_book::booking* room_book::find_booking(const reservation_id& id) {
  const auto it = reservations_.find(id.text());
  return it == reservations_.end() ? nullptr : &it->second;
}

void room_book::fade(fading f) {
  fading_.insert(std::move(f));
  if (fading_.size() > most_remembered) forget_first();
}

void room_book::forget(instant at) {
  if (fading_.empty() || fading_.begin()->forget_at >= at) return;
  while (!fading_.empty() && fading_.begin()->forget_at < at) forget_first();
  forget_refunds(at);
}

void room_book::forget_first() {
  const auto first = fading_.begin();
  if (first->what == occupied_slot::kind::hold) {
    ended_holds_.erase(first->id);
  } else {
    reservations_.erase(first->id);
  }
  fading_.erase(first);
}

// ---- snapshots ---------------------------------------------------------------------------------

std::vector<recorded_event> room_book::condense() const {
  std::vector<recorded_event> out;
  if (version_ == 0) return out;
  const auto add = [&](event e, instant at) { out.push_back({std::move(e), at, version_}); };
  add(ev::room_registered{registered_}, {});
  if (status_ == room_status::retired) add(ev::room_retired{}, {});

  std::vector<const ev::blackout_added*> blackouts;
  for (const auto& [id, b] : blackouts_) blackouts.push_back(&b);
  std::sort(blackouts.begin(), blackouts.end(), [](auto* a, auto* b) { return a->id < b->id; });
  for (const auto* b : blackouts) add(*b, {});

  // What lives comes before what has ended, and that in the reverse order of its fading: so no
  // event makes an earlier one fade.
  for (const auto* entry : calendar_.ending_after(instant::min())) {
    const auto& id = entry->second.id;
    if (const auto h = holds_.find(id);
        h != holds_.end() && entry->second.what == occupied_slot::kind::hold) {
      condense_hold(h->second, out);
    } else if (const auto b = reservations_.find(id); b != reservations_.end()) {
      condense_booking(b->second, out);
    }
  }
  for (const auto& [change, offer] : offers_) add(offer, {});
  for (auto f = fading_.rbegin(); f != fading_.rend(); ++f) {
    if (f->what == occupied_slot::kind::reservation) {
      condense_booking(reservations_.at(f->id), out);
    } else {
      const auto& ended = ended_holds_.at(f->id);
      condense_hold(ended.what, out);
      add(ev::hold_released{ended.what.id, ended.reason, ended.what.when, ended.what.expires_at},
          ended.ended_at);
    }
  }
  for (const auto& r : refunds_) add(r.what, r.at);
  return out;
}

void room_book::condense_hold(const hold& h, std::vector<recorded_event>& out) const {
  out.push_back({ev::hold_placed{h.id, h.customer, h.when, h.party_size, h.price, h.expires_at,
                                 h.tax_rate_bp},
                 {},
                 version_});
}

void room_book::condense_booking(const booking& b, std::vector<recorded_event>& out) const {
  const auto& r = b.facts;
  const auto add = [&](event e, instant at) { out.push_back({std::move(e), at, version_}); };
  add(ev::reservation_held{r.id, r.customer, r.when, r.party_size, r.title, r.price, r.policy,
                           r.time_zone, r.payment, r.tax_rate_bp},
      r.created_at);
  switch (r.status) {
    case reservation_status::held:
      return;
    case reservation_status::awaiting_payment:
      return add(ev::reservation_awaiting_payment{r.id, r.when, b.pay_by}, r.created_at);
    case reservation_status::expired:
    case reservation_status::payment_failed:
    case reservation_status::rejected:
      add(ev::reservation_released{r.id, r.status, r.when}, b.ended_at);
      return;
    default:
      break;
  }
  add(ev::reservation_confirmed{r.id, r.when, b.no_show_at}, r.created_at);
  if (!b.changed_by.empty()) {
    auto as_changed = r;
    as_changed.status = reservation_status::confirmed;
    add(ev::reservation_changed{r.id, b.changed_by, id_, r.when, b.no_show_at, as_changed,
                                b.no_show_at},
        r.created_at);
  }
  if (!b.going_to.empty()) {
    const auto change = b.leaving.empty() ? b.changed_by : b.leaving;
    add(ev::reservation_leaving{r.id, b.leaving, b.going_to}, r.created_at);
    if (b.leaving.empty())
      add(ev::reservation_left{r.id, change, b.going_to, r.when, b.no_show_at}, b.ended_at);
    return;
  }
  if (r.status == reservation_status::checked_in) {
    add(ev::reservation_checked_in{r.id, r.when, b.no_show_at}, r.created_at);
  } else if (r.status == reservation_status::completed) {
    add(ev::reservation_completed{r.id, r.when, ev::completion::by_clock}, b.ended_at);
  } else if (r.status == reservation_status::cancelled) {
    money refund{0, r.price.currency};
    for (const auto& part : b.refunds) refund.amount += part.amount.amount;
    const money fee{r.price.amount - refund.amount, r.price.currency};
    add(
        ev::reservation_cancelled{
            r.id, r.when, b.no_show_at, {}, {}, refund, fee, {}, r.payment, b.refunds},
        b.ended_at);
  } else if (r.status == reservation_status::no_show) {
    add(ev::reservation_no_show{r.id, r.when, b.no_show_at}, b.ended_at);
  }
}

}  // namespace atrium
