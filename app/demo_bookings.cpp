#include <algorithm>
#include <array>
#include <map>

#include "app/demo_office.hpp"
#include "domain/calendar.hpp"
#include "http/idempotency.hpp"

namespace atrium::demo {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

constexpr std::array<const char*, 12> titles = {
    "Weekly planning", "주간 회의",          "Customer visit", "채용 면접",
    "Design review",   "Steuerberatung",     "Retrospective",  "신제품 기획",
    "Board meeting",   "Sprachkurs Deutsch", "한국어 수업",    "Onboarding",
};

struct opinion {
  int rating;
  const char* text;
};
constexpr std::array<opinion, 6> opinions = {{
    {5, "전망이 좋고 조용합니다. 또 오고 싶어요."},
    {4, "Good light, good table. The door is a little loud."},
    {5, "Everything worked at once, even the video call."},
    {3, "화이트보드 펜이 다 말라 있었어요."},
    {5, "Der Kaffee allein ist die Reise wert."},
    {4, "Comfortable for six, tight for eight."},
}};

/// When meetings usually are: minutes after local midnight, and how long.
struct usual_slot {
  int start;
  int length;
};
constexpr std::array<usual_slot, 5> usual = {
    {{9 * 60, 90}, {11 * 60, 60}, {13 * 60, 60}, {14 * 60 + 30, 120}, {17 * 60, 60}}};

/// Spreads bookings so that rooms differ, the same way on every start.
std::size_t mixed(std::size_t a, std::size_t b, std::size_t c) {
  auto x = a * 0x9E3779B1u + b * 0x85EBCA77u + c * 0xC2B2AE3Du;
  x ^= x >> 15;
  x *= 0x2C1B3C6Du;
  return x ^ (x >> 12);
}

instant next_quarter(instant now) {
  const auto quarter = minutes(15);
  const auto past = now.time_since_epoch() % quarter;
  return past.count() == 0 ? now + quarter : now - past + quarter;
}

class planner {
 public:
  explicit planner(instant now) : now_(now) {}

  /// Adds the booking when the room's rules and the bookings so far allow it.
  booking* add(const office_room& room, const interval& when, std::size_t taste) {
    const int party = std::max(1, room.facts.capacity / 2);
    if (!check_slot(room.facts, when, party, now_).empty()) return nullptr;
    auto& taken = taken_[room.id.str()];
    const minutes gap(room.facts.buffer_minutes);
    for (const auto& other : taken)
      if (when.overlaps({other.start - gap, other.end + gap})) return nullptr;
    taken.push_back(when);

    booking b;
    b.customer = people_[taste % people_.size()].id;
    const auto name = "demo-" + room.id.str() + "-" + format_instant(when.start);
    b.id = http::saga_id_of(b.customer, name);
    b.what.room = room.id;
    b.what.when = when;
    b.what.party_size = party;
    b.what.title = titles[taste % titles.size()];
    b.what.payment = {"card", "pm_card_visa"};
    plan_.push_back(std::move(b));
    return &plan_.back();
  }

  std::vector<booking> plan() { return std::move(plan_); }

 private:
  instant now_;
  std::vector<person> people_ = people();
  std::map<std::string, std::vector<interval>> taken_;
  std::vector<booking> plan_;
};

/// Guests who come within the quarter of an hour: only they can be checked in, and so review.
void plan_arrivals(planner& plan, const std::vector<office_room>& office, instant now) {
  const auto start = next_quarter(now);
  for (std::size_t r = 0; r < office.size(); ++r) {
    auto* b = plan.add(office[r], {start, start + minutes(30)}, r);
    if (b == nullptr) continue;
    b->arrives = true;
    if (r % 4 == 3) continue;  // not everybody writes
    const auto& said = opinions[r % opinions.size()];
    b->rating = said.rating;
    b->review = said.text;
  }
}

void plan_week(planner& plan, const std::vector<office_room>& office, instant now) {
  for (std::size_t r = 0; r < office.size(); ++r) {
    for (std::size_t day = 0; day < 7; ++day) {
      const auto midnight = local_day_start(now + hours(24 * day), office[r].facts.time_zone);
      for (std::size_t s = 0; s < usual.size(); ++s) {
        const auto taste = mixed(r, day, s);
        if (taste % 5 >= 2) continue;  // two of five usual slots are taken
        const auto start = midnight + minutes(usual[s].start);
        auto* b = plan.add(office[r], {start, start + minutes(usual[s].length)}, taste);
        if (b != nullptr && day > 2 && taste % 11 == 0) b->is_cancelled = true;
      }
    }
  }
}

}  // namespace

std::vector<booking> bookings(instant now) {
  const auto office = rooms();
  planner plan(now);
  plan_arrivals(plan, office, now);
  plan_week(plan, office, now);
  return plan.plan();
}

free_slot first_try(instant now) {
  // The usual slots end at 18:00 local time.
  const auto office = rooms();
  const auto& room = office.front();
  const auto midnight = local_day_start(now + hours(24), room.facts.time_zone);
  return {room.id, {midnight + hours(19), midnight + hours(20)}};
}

}  // namespace atrium::demo
