#include <algorithm>

#include "tests/domain/room_model.hpp"

/// What a room should answer to the commands of changes.
namespace atrium::testing {

namespace {
using expectation = room_model::expectation;
constexpr const char* this_room = "atelier";
}  // namespace

room_model::offer_entry* room_model::offer(const std::string& change) {
  const auto it = std::find_if(offers_.begin(), offers_.end(),
                               [&](const auto& o) { return o.change == change; });
  return it == offers_.end() ? nullptr : &*it;
}

std::optional<ec> room_model::unchangeable(const cmd::change_terms& t) {
  const auto* b = booking(t.from.id.str());
  if (b == nullptr || (!t.as_operator && b->customer != t.by.str())) return ec::not_found;
  if (b->is_away) return ec::overloaded;
  if (b->status != reservation_status::confirmed) return ec::illegal_transition;
  if (t.from.when != b->when) return ec::precondition_failed;
  return std::nullopt;
}

expectation room_model::on(const cmd::check_change& c, instant now) {
  if (const auto no = unchangeable(c.terms)) return {*no, 0};
  if (now >= c.terms.from.when.start) return {ec::illegal_transition, 0};
  return {};
}

expectation room_model::on(const cmd::hold_change& c, instant now) {
  const auto& t = c.terms;
  const auto id = t.from.id.str();
  if (offer(t.change.str()) != nullptr) return {};
  const bool stays = t.from.room.str() == this_room;
  if (stays) {
    if (const auto* b = booking(id); b != nullptr && b->changed_by == t.change.str()) return {};
    if (const auto answer = on(cmd::check_change{t}, now); answer.code) return answer;
  }
  for (const auto& o : offers_)
    if (o.booking == id) return {ec::overloaded, 0};
  std::size_t events = 1;
  if (!stays || t.when != t.from.when) {
    if (retired_ || !check_slot(facts_, t.when, t.party_size, now).empty())
      return {ec::rule_violation, 0};
    const auto released = make_way(t.when, gap(), now, stays ? id : "");
    if (!released) return {ec::slot_taken, 0};
    events += *released;
  }
  // Minute by minute: what of the new slot is not the booking's own.
  std::vector<interval> locks;
  for (auto at = t.when.start; at < t.when.end; at += std::chrono::minutes{1}) {
    if (stays && at >= t.from.when.start && at < t.from.when.end) continue;
    if (locks.empty() || locks.back().end != at) locks.push_back({at, at});
    locks.back().end = at + std::chrono::minutes{1};
  }
  offers_.push_back({t.change.str(), id, t.from.customer.str(), t.when, std::move(locks), stays});
  return {{}, events};
}

expectation room_model::on(const cmd::release_change& c, instant) {
  const auto gone = std::erase_if(offers_, [&](auto& o) { return o.change == c.change.str(); });
  return {{}, gone};
}

expectation room_model::on(const cmd::begin_leaving& c, instant) {
  auto* b = booking(c.terms.from.id.str());
  if (b != nullptr && b->leaving == c.terms.change.str()) return {};
  if (b != nullptr && b->is_away) return {ec::precondition_failed, 0};
  if (const auto no = unchangeable(c.terms)) return {*no, 0};
  b->leaving = c.terms.change.str();
  b->is_away = true;
  return {{}, 1};
}

expectation room_model::on(const cmd::stay& c, instant) {
  auto* b = booking(c.id.str());
  if (b == nullptr || b->leaving != c.change.str()) return {};
  b->leaving.clear();
  b->is_away = false;
  return {{}, 1};
}

expectation room_model::on(const cmd::leave& c, instant now) {
  auto* b = booking(c.id.str());
  if (b == nullptr || b->leaving != c.change.str()) return {};
  b->leaving.clear();
  end(*b, reservation_status::cancelled, now);
  return {{}, 1};
}

expectation room_model::on(const cmd::apply_change& c, instant) {
  auto* b = booking(c.terms.from.id.str());
  if (b != nullptr && b->changed_by == c.terms.change.str()) return {};
  const auto* o = offer(c.terms.change.str());
  if (o == nullptr) return {ec::illegal_transition, 0};
  if (c.terms.from.room.str() == this_room)
    if (const auto no = unchangeable(c.terms)) return {*no, 0};
  if (b == nullptr) b = &bookings_.emplace_back();
  *b = {o->booking, c.terms.from.customer.str(), o->when, reservation_status::confirmed};
  b->no_show_at = no_show_of(b->when);
  b->changed_by = o->change;
  std::erase_if(offers_, [&](auto& e) { return e.change == c.terms.change.str(); });
  return {{}, 1};
}

}  // namespace atrium::testing
