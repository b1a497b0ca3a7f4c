#pragma once

#include <stdexcept>
#include <string>
#include <vector>

#include "domain/calendar.hpp"
#include "domain/room_book.hpp"

/// Short ways to write down rooms, times and commands in tests.
namespace atrium::testing {

inline instant at(const std::string& text) {
  const auto t = parse_instant(text);
  if (!t) throw std::invalid_argument("not an instant: " + text);
  return *t;
}
/// A time on the day most tests happen on, in UTC: clock("09:30").
inline instant clock(const std::string& hh_mm) {
  return at("2026-11-23T" + hh_mm + ":00Z");
}
inline interval slot(const std::string& from, const std::string& to) {
  return {clock(from), clock(to)};
}

/// Open round the clock, in UTC, 10.00 EUR an hour, half-hour steps, no buffer.
inline room_facts plain_room() {
  room_facts f;
  f.name = "Atelier";
  f.capacity = 8;
  f.time_zone = "UTC";
  f.step_minutes = 30;
  f.min_duration_minutes = 30;
  f.max_duration_minutes = 480;
  f.price_per_hour = {1000, "EUR"};
  f.cancellation = {{24, 100}, {1, 50}};
  return f;
}

inline opening_window window(std::vector<int> days, int open_minute, int close_minute) {
  opening_window w;
  for (const int d : days) w.days.at(static_cast<std::size_t>(d)) = true;
  w.open_minute = open_minute;
  w.close_minute = close_minute;
  return w;
}
inline opening_window every_day(int open_minute, int close_minute) {
  return window({0, 1, 2, 3, 4, 5, 6}, open_minute, close_minute);
}

inline std::vector<std::string> rules_of(const std::vector<violation>& violations) {
  std::vector<std::string> out;
  for (const auto& v : violations) out.push_back(v.rule);
  return out;
}

/// A room that lives: decides, applies, and keeps its journal.
class live_room {
 public:
  explicit live_room(const room_facts& facts = plain_room(), instant now = clock("08:00"))
      : now(now) {
    if (!run(cmd::register_room{facts})) throw std::invalid_argument("the room is not valid");
  }

  result<std::vector<event>> run(const room_command& command) {
    auto decided = book.decide(command, now);
    if (decided) {
      for (const auto& e : *decided) {
        journal.push_back({e, now, journal.size() + 1});
        book.apply(e, now, journal.size());
      }
    }
    return decided;
  }
  /// Holds and confirms; the way a booking saga does.
  result<std::vector<event>> reserve(const std::string& id, const interval& when,
                                     const std::string& customer = "ann") {
    auto held = run(hold(id, when, customer));
    return held ? run(cmd::confirm{reservation_id{id}}) : held;
  }
  static cmd::hold_slot hold(const std::string& id, const interval& when,
                             const std::string& customer = "ann") {
    return {reservation_id{id},     account_id{customer}, when, 2, "stand-up", {},
            payment_id{"pay-" + id}};
  }
  cmd::place_hold keep(const std::string& id, const interval& when,
                       const std::string& customer = "ann") const {
    return {hold_id{id}, account_id{customer}, when, 2, now + std::chrono::minutes{10}};
  }

  reservation_status status_of(const std::string& id) const {
    const auto* r = book.find(reservation_id{id});
    if (r == nullptr) throw std::invalid_argument("no such reservation: " + id);
    return r->status;
  }

  instant now;
  room_book book{room_id{"atelier"}};
  std::vector<recorded_event> journal;
};

inline room_book replayed(const std::vector<recorded_event>& events) {
  room_book book{room_id{"atelier"}};
  for (const auto& e : events) book.apply(e.what, e.at, e.seq);
  return book;
}

}  // namespace atrium::testing
