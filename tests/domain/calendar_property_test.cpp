#include <date/tz.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <array>
#include <random>

#include "tests/domain/builders.hpp"

/// check_slot() and open_intervals() against a model that looks at every minute's wall clock by
/// itself, straight from the IANA library, around changes of the clock.
namespace atrium {
namespace {

using std::chrono::minutes;

const std::array<std::string, 6> zones{"Europe/Berlin",       "America/New_York", "Asia/Seoul",
                                       "Australia/Lord_Howe", "Asia/Beirut",      "America/Havana"};

/// Instants close to which something happens: changes of the clock in the zones above, year ends.
const std::array<const char*, 12> interesting{
    "2026-03-29T01:00:00Z", "2026-10-25T01:00:00Z", "2026-03-08T07:00:00Z", "2026-11-01T06:00:00Z",
    "2026-04-04T15:00:00Z", "2026-10-03T15:30:00Z", "2026-03-28T22:00:00Z", "2026-10-24T21:00:00Z",
    "2026-03-08T05:00:00Z", "2026-11-01T05:00:00Z", "2026-12-31T23:00:00Z", "2028-02-29T12:00:00Z"};

struct wall_clock {
  std::size_t weekday;  ///< Monday is 0
  int minute;
};

wall_clock wall_clock_of(instant t, const std::string& zone) {
  const auto local = date::locate_zone(zone)->to_local(t);
  const auto day = std::chrono::floor<date::days>(local);
  return {date::weekday{day}.iso_encoding() - 1,
          static_cast<int>(std::chrono::floor<minutes>(local - day).count())};
}

bool model_open(const room_facts& room, instant t) {
  if (room.opening_hours.empty()) return true;
  const auto [weekday, minute] = wall_clock_of(t, room.time_zone);
  const auto yesterday = (weekday + 6) % 7;
  return std::any_of(room.opening_hours.begin(), room.opening_hours.end(), [&](const auto& w) {
    const bool over_midnight = w.close_minute <= w.open_minute;
    if (w.days[weekday] && minute >= w.open_minute && (over_midnight || minute < w.close_minute)) {
      return true;
    }
    return over_midnight && w.days[yesterday] && minute < w.close_minute;
  });
}

rc::Gen<opening_window> window_gen() {
  return rc::gen::apply(
      [](unsigned days, int open, int close) {
        opening_window w;
        for (std::size_t d = 0; d < 7; ++d) w.days[d] = (days >> d & 1u) != 0;
        w.open_minute = open * 15;
        w.close_minute = close * 15;
        return w;
      },
      rc::gen::inRange(1u, 128u), rc::gen::inRange(0, 96), rc::gen::inRange(0, 97));
}

room_facts arbitrary_room() {
  room_facts room = testing::plain_room();
  room.time_zone = zones[*rc::gen::inRange<std::size_t>(0, zones.size())];
  room.step_minutes = *rc::gen::element(1, 5, 15, 30, 32, 45, 60, 120, 1440);
  room.min_duration_minutes = room.step_minutes;
  room.max_duration_minutes = room.step_minutes * *rc::gen::inRange(1, 8);
  room.opening_hours = *rc::gen::container<std::vector<opening_window>>(window_gen());
  if (room.opening_hours.size() > 5) room.opening_hours.resize(5);
  // Most rooms are open for long, else nearly every slot is refused.
  if (*rc::gen::inRange(0, 2) == 0) room.opening_hours.push_back(testing::every_day(0, 1440));
  return room;
}

instant arbitrary_time() {
  const auto near = testing::at(interesting[*rc::gen::inRange<std::size_t>(0, interesting.size())]);
  return near + minutes{15 * *rc::gen::inRange(-200, 200)};
}

std::vector<std::string> model_rules(const room_facts& room, const interval& when, int party,
                                     instant now) {
  std::vector<std::string> out;
  if (when.start < now) out.push_back("past");
  if (when.start > now + std::chrono::days{room.horizon_days}) out.push_back("horizon");
  if (when.start >= when.end) out.push_back("order");
  const bool ordered = when.start < when.end;
  const auto length = when.end - when.start;
  if (ordered && length < minutes{room.min_duration_minutes}) out.push_back("min-duration");
  const bool long_one = ordered && length > minutes{room.max_duration_minutes};
  if (long_one) out.push_back("max-duration");
  if (ordered && length % minutes{room.step_minutes} != milliseconds{0}) out.push_back("step");
  if (party < 1 || party > room.capacity) out.push_back("capacity");
  if (wall_clock_of(when.start, room.time_zone).minute % room.step_minutes != 0)
    out.push_back("step");
  bool open = true;
  for (auto t = when.start; ordered && !long_one && t < when.end; t += minutes{1}) {
    open = open && model_open(room, t);
  }
  if (!open) out.push_back("opening-hours");
  return out;
}

RC_GTEST_PROP(CalendarProperty, CheckSlotSaysWhatAMinuteByMinuteModelSays, ()) {
  const auto room = arbitrary_room();
  const auto start = arbitrary_time();
  const auto length = minutes{room.step_minutes * *rc::gen::inRange(-1, 9)} +
                      minutes{*rc::gen::element(0, 0, 0, 7)};
  const interval when{start, start + length};
  const int party = *rc::gen::inRange(0, 10);
  const auto now = start - minutes{*rc::gen::element(-1, 0, 60, 1440, 730 * 1440, 730 * 1440 + 1)};
  const auto found = testing::rules_of(check_slot(room, when, party, now));
  RC_CLASSIFY(found.empty());
  RC_ASSERT(found == model_rules(room, when, party, now));
}

RC_GTEST_PROP(CalendarProperty, EveryShortestSlotOfADayIsJudgedAsTheModelDoes, ()) {
  auto room = arbitrary_room();
  room.step_minutes = room.min_duration_minutes = *rc::gen::element(15, 30, 60);
  room.max_duration_minutes = room.step_minutes * 4;
  const instant first = std::chrono::floor<std::chrono::hours>(arbitrary_time());
  int accepted = 0;
  for (auto start = first; start < first + std::chrono::hours{36}; start += minutes{30}) {
    const interval when{start, start + minutes{room.step_minutes}};
    const auto found = testing::rules_of(check_slot(room, when, 1, first));
    accepted += found.empty() ? 1 : 0;
    RC_ASSERT(found == model_rules(room, when, 1, first));
  }
  RC_CLASSIFY(accepted > 0);
}

RC_GTEST_PROP(CalendarProperty, OpenIntervalsAreExactlyTheOpenMinutes, ()) {
  auto room = arbitrary_room();
  const auto start = arbitrary_time();
  const interval range{start, start + minutes{*rc::gen::inRange(0, 3 * 1440)}};
  const auto open = open_intervals(room, range);
  for (std::size_t i = 0; i < open.size(); ++i) {
    RC_ASSERT(!open[i].empty());
    RC_ASSERT(open[i].start >= range.start && open[i].end <= range.end);
    if (i > 0) RC_ASSERT(open[i - 1].end < open[i].start);
  }
  for (auto t = range.start; t < range.end; t += minutes{1}) {
    const bool covered = std::any_of(open.begin(), open.end(),
                                     [t](const interval& o) { return o.start <= t && t < o.end; });
    RC_ASSERT(covered == model_open(room, t));
  }
}

RC_GTEST_PROP(CalendarProperty, TheLocalDayStartsAtItsFirstInstant, ()) {
  const auto zone = zones[*rc::gen::inRange<std::size_t>(0, zones.size())];
  const auto t = arbitrary_time();
  const auto day_of = [&](instant x) {
    return std::chrono::floor<date::days>(date::locate_zone(zone)->to_local(x));
  };
  // The model walks back minute by minute; where a clock change shows the day before once more, the
  // first appearance of the day counts.
  instant first = t;
  for (auto x = t; x > t - std::chrono::hours{30}; x -= minutes{1}) {
    if (day_of(x) == day_of(t)) first = x;
  }
  RC_ASSERT(local_day_start(t, zone) == first);
}

/// The model must be able to disagree: it is asked about rooms that differ by a minute.
TEST(CalendarModel, NoticesAMinute) {
  auto room = testing::plain_room();
  room.opening_hours = {testing::every_day(9 * 60, 17 * 60 - 1)};
  auto claimed = room;
  claimed.opening_hours = {testing::every_day(9 * 60, 17 * 60)};
  const auto when = testing::slot("16:00", "17:00");
  EXPECT_NE(model_rules(room, when, 1, when.start), model_rules(claimed, when, 1, when.start));
}

}  // namespace
}  // namespace atrium
