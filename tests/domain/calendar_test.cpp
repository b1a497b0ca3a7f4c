#include "domain/calendar.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "domain/zone.hpp"
#include "tests/domain/builders.hpp"

namespace atrium {
namespace {

using testing::at;
using testing::clock;
using ::testing::ElementsAre;
using testing::every_day;
using ::testing::IsEmpty;
using testing::plain_room;
using testing::rules_of;
using testing::slot;
using testing::window;

const instant early = at("2026-01-01T00:00:00Z");

std::vector<std::string> broken(const room_facts& room, const interval& when, int party = 1,
                                instant now = early) {
  return rules_of(check_slot(room, when, party, now));
}

TEST(CalendarTest, APlainSlotIsAllowed) {
  EXPECT_THAT(broken(plain_room(), slot("09:00", "10:00")), IsEmpty());
}

TEST(CalendarTest, StartingNowIsNotInThePastButAMillisecondAgoIs) {
  const auto when = slot("09:00", "10:00");
  EXPECT_THAT(broken(plain_room(), when, 1, when.start), IsEmpty());
  EXPECT_THAT(broken(plain_room(), when, 1, when.start + milliseconds{1}), ElementsAre("past"));
}

TEST(CalendarTest, TheHorizonIncludesItsLastInstant) {
  auto room = plain_room();
  room.horizon_days = 10;
  const auto when = slot("09:00", "10:00");
  EXPECT_THAT(broken(room, when, 1, when.start - std::chrono::days{10}), IsEmpty());
  EXPECT_THAT(broken(room, when, 1, when.start - std::chrono::days{10} - milliseconds{1}),
              ElementsAre("horizon"));
}

TEST(CalendarTest, LimitsOfTimeAreToldInTheRoomsOwnTime) {
  const auto when = slot("09:00", "10:00");
  const auto room = plain_room();
  const auto here = " (" + room.time_zone + ")";
  const auto past = check_slot(room, when, 1, when.start + milliseconds{1});
  ASSERT_EQ(past.size(), 1u);
  EXPECT_EQ(
      past[0].limit,
      "not before now, " + local_text(when.start + std::chrono::minutes{1}, room.time_zone) + here);
  const auto now = when.start - std::chrono::days{room.horizon_days} - milliseconds{1};
  const auto far = check_slot(room, when, 1, now);
  ASSERT_EQ(far.size(), 1u);
  EXPECT_NE(far[0].limit.find(local_text(when.start - milliseconds{1}, room.time_zone) + here),
            std::string::npos)
      << far[0].limit;
}

TEST(CalendarTest, EmptyAndBackwardSlotsBreakTheOrder) {
  EXPECT_THAT(broken(plain_room(), slot("09:00", "09:00")), ElementsAre("order"));
  EXPECT_THAT(broken(plain_room(), slot("10:00", "09:00")), ElementsAre("order"));
}

TEST(CalendarTest, DurationsLieBetweenTheBoundsOnTheStep) {
  EXPECT_THAT(broken(plain_room(), slot("09:00", "09:15")), ElementsAre("min-duration", "step"));
  EXPECT_THAT(broken(plain_room(), slot("09:00", "17:30")), ElementsAre("max-duration"));
  EXPECT_THAT(broken(plain_room(), slot("09:00", "17:00")), IsEmpty());
  EXPECT_THAT(broken(plain_room(), slot("09:00", "10:10")), ElementsAre("step"));
  EXPECT_THAT(broken(plain_room(), {clock("09:00"), clock("10:00") + milliseconds{1}}),
              ElementsAre("step"));
}

TEST(CalendarTest, ThePartyFitsTheRoom) {
  EXPECT_THAT(broken(plain_room(), slot("09:00", "10:00"), 8), IsEmpty());
  EXPECT_THAT(broken(plain_room(), slot("09:00", "10:00"), 9), ElementsAre("capacity"));
  EXPECT_THAT(broken(plain_room(), slot("09:00", "10:00"), 0), ElementsAre("capacity"));
}

TEST(CalendarTest, AViolationNamesLimitActualAndPlace) {
  auto room = plain_room();
  room.time_zone = "Asia/Seoul";
  room.opening_hours = {window({0, 1}, 9 * 60, 22 * 60)};
  const auto found = check_slot(
      room, {at("2026-11-23T09:10:00+09:00"), at("2026-11-23T22:40:00+09:00")}, 12, early);
  ASSERT_THAT(rules_of(found), ElementsAre("max-duration", "capacity", "step"));
  EXPECT_EQ(found[0], (violation{"max-duration", "at most 480 minutes", "810 minutes", "/end"}));
  EXPECT_EQ(found[1], (violation{"capacity", "1 to 8 persons", "12 persons", "/partySize"}));
  EXPECT_EQ(
      found[2],
      (violation{"step", "starts every 30 minutes from local midnight, such as 09:00 or 09:30",
                 "2026-11-23 09:10 (Asia/Seoul)", "/start"}));
  const auto closed = check_slot(
      room, {at("2026-11-23T21:30:00+09:00"), at("2026-11-23T22:30:00+09:00")}, 1, early);
  ASSERT_EQ(closed.size(), 1u);
  EXPECT_EQ(closed[0], (violation{"opening-hours", "09:00-22:00 on Mon, Tue",
                                  "closed at 2026-11-23 22:00 (Asia/Seoul)", "/end"}));
}

TEST(CalendarTest, TheGridStartsAtLocalMidnightAlsoWithOddOffsets) {
  auto room = plain_room();
  room.time_zone = "Asia/Kathmandu";  // +05:45
  EXPECT_THAT(broken(room, {at("2026-11-23T09:00:00+05:45"), at("2026-11-23T10:00:00+05:45")}),
              IsEmpty());
  EXPECT_THAT(broken(room, {at("2026-11-23T09:00:00Z"), at("2026-11-23T10:00:00Z")}),
              ElementsAre("step"));
}

TEST(CalendarTest, AGridOfHoursFollowsTheWallClockThroughAHalfHourChange) {
  auto room = plain_room();
  room.time_zone = "Australia/Lord_Howe";  // +10:30, in summer +11
  room.step_minutes = room.min_duration_minutes = 60;
  EXPECT_THAT(broken(room, {at("2026-07-01T09:00:00+10:30"), at("2026-07-01T10:00:00+10:30")}),
              IsEmpty());
  EXPECT_THAT(broken(room, {at("2026-12-01T09:00:00+11:00"), at("2026-12-01T10:00:00+11:00")}),
              IsEmpty());
  EXPECT_THAT(broken(room, {at("2026-12-01T09:00:00+10:30"), at("2026-12-01T10:00:00+10:30")}),
              ElementsAre("step"));
}

// ---- opening hours -----------------------------------------------------------------------------

TEST(OpeningHoursTest, ASlotMayFillTheWindowButNotLeaveIt) {
  auto room = plain_room();
  room.opening_hours = {window({0}, 9 * 60, 12 * 60)};  // 2026-11-23 is a Monday
  EXPECT_THAT(broken(room, slot("09:00", "12:00")), IsEmpty());
  EXPECT_THAT(broken(room, slot("08:30", "09:30")), ElementsAre("opening-hours"));
  EXPECT_THAT(broken(room, slot("11:30", "12:30")), ElementsAre("opening-hours"));
  EXPECT_THAT(broken(room, {at("2026-11-24T09:00:00Z"), at("2026-11-24T10:00:00Z")}),
              ElementsAre("opening-hours"));
}

TEST(OpeningHoursTest, TouchingAndOverlappingWindowsJoin) {
  auto room = plain_room();
  room.opening_hours = {every_day(9 * 60, 12 * 60), every_day(12 * 60, 14 * 60),
                        every_day(13 * 60, 17 * 60)};
  EXPECT_THAT(broken(room, slot("09:00", "17:00")), IsEmpty());
  room.opening_hours = {every_day(9 * 60, 12 * 60), every_day(12 * 60 + 30, 17 * 60)};
  EXPECT_THAT(broken(room, slot("11:00", "13:00")), ElementsAre("opening-hours"));
}

TEST(OpeningHoursTest, RoundTheClockEveryDayBooksAcrossMidnight) {
  auto room = plain_room();
  room.opening_hours = {every_day(0, 1440)};
  EXPECT_THAT(broken(room, {at("2026-11-23T22:00:00Z"), at("2026-11-24T02:00:00Z")}), IsEmpty());
  room.opening_hours = {every_day(0, 0)};  // closes at the midnight that ends the day
  EXPECT_THAT(broken(room, {at("2026-11-23T22:00:00Z"), at("2026-11-24T02:00:00Z")}), IsEmpty());
}

TEST(OpeningHoursTest, AWindowOverMidnightBelongsToTheDayItOpens) {
  auto room = plain_room();
  room.opening_hours = {window({6}, 22 * 60, 2 * 60)};  // Sunday night
  const interval sunday_night{at("2026-11-22T23:00:00Z"), at("2026-11-23T02:00:00Z")};
  EXPECT_THAT(broken(room, sunday_night), IsEmpty());
  EXPECT_THAT(broken(room, {at("2026-11-23T01:00:00Z"), at("2026-11-23T02:00:00Z")}), IsEmpty());
  EXPECT_THAT(broken(room, {at("2026-11-22T01:00:00Z"), at("2026-11-22T02:00:00Z")}),
              ElementsAre("opening-hours"));
  EXPECT_THAT(broken(room, {sunday_night.start, sunday_night.end + std::chrono::minutes{30}}),
              ElementsAre("opening-hours"));
  EXPECT_THAT(broken(room, {at("2026-11-23T22:00:00Z"), at("2026-11-23T23:00:00Z")}),
              ElementsAre("opening-hours"));
}

TEST(OpeningHoursTest, TheHourThatDoesNotExistIsNotMissed) {
  auto room = plain_room();
  room.time_zone = "Europe/Berlin";
  room.opening_hours = {every_day(1 * 60, 4 * 60)};
  // 2026-03-29: 02:00 jumps to 03:00, so the window lasts two hours.
  EXPECT_THAT(broken(room, {at("2026-03-29T01:00:00+01:00"), at("2026-03-29T04:00:00+02:00")}),
              IsEmpty());
  EXPECT_THAT(broken(room, {at("2026-03-29T01:00:00+01:00"), at("2026-03-29T04:30:00+02:00")}),
              ElementsAre("opening-hours"));
}

TEST(OpeningHoursTest, TheHourThatComesTwiceIsOpenTwice) {
  auto room = plain_room();
  room.time_zone = "Europe/Berlin";
  room.opening_hours = {every_day(2 * 60, 3 * 60)};
  // 2026-10-25: 03:00 falls back to 02:00.
  EXPECT_THAT(broken(room, {at("2026-10-25T02:00:00+02:00"), at("2026-10-25T03:00:00+01:00")}),
              IsEmpty());
  EXPECT_THAT(
      open_intervals(room, {at("2026-10-25T00:00:00+02:00"), at("2026-10-26T00:00:00+01:00")}),
      ElementsAre(interval{at("2026-10-25T02:00:00+02:00"), at("2026-10-25T03:00:00+01:00")}));
}

TEST(OpeningHoursTest, AWindowThatEndsWithinTheRepeatedHourOpensAgain) {
  auto room = plain_room();
  room.time_zone = "Europe/Berlin";
  room.opening_hours = {every_day(1 * 60, 2 * 60 + 30)};
  EXPECT_THAT(
      open_intervals(room, {at("2026-10-25T00:00:00+02:00"), at("2026-10-26T00:00:00+01:00")}),
      ElementsAre(interval{at("2026-10-25T01:00:00+02:00"), at("2026-10-25T02:30:00+02:00")},
                  interval{at("2026-10-25T02:00:00+01:00"), at("2026-10-25T02:30:00+01:00")}));
}

TEST(OpeningHoursTest, OpenIntervalsAreClippedAndMerged) {
  auto room = plain_room();
  room.opening_hours = {every_day(9 * 60, 12 * 60), every_day(12 * 60, 17 * 60)};
  EXPECT_THAT(open_intervals(room, slot("10:00", "18:00")), ElementsAre(slot("10:00", "17:00")));
  EXPECT_THAT(open_intervals(room, slot("18:00", "20:00")), IsEmpty());
  EXPECT_THAT(open_intervals(room, slot("12:00", "12:00")), IsEmpty());
  room.opening_hours.clear();
  EXPECT_THAT(open_intervals(room, slot("10:00", "18:00")), ElementsAre(slot("10:00", "18:00")));
}

// ---- the far ends of the time line -------------------------------------------------------------

TEST(CalendarTest, AbsurdInstantsAreRefusedWithoutOverflow) {
  auto room = plain_room();
  room.opening_hours = {every_day(9 * 60, 17 * 60)};
  EXPECT_THAT(broken(room, {min_instant, max_instant}), ::testing::Contains("max-duration"));
  EXPECT_THAT(broken(room, {instant::min(), instant::max()}),
              ElementsAre("past", "max-duration", "step"));
  EXPECT_THAT(broken(room, {instant::max(), instant::min()}), ElementsAre("horizon", "order"));
  EXPECT_THAT(broken(room, {max_instant - std::chrono::hours{1}, max_instant}),
              ElementsAre("horizon", "step", "opening-hours"));
}

TEST(CalendarTest, ASlotInTheYear9999IsLikeAnyOther) {
  auto room = plain_room();
  room.time_zone = "Europe/Berlin";
  room.opening_hours = {every_day(9 * 60, 17 * 60)};
  const auto now = at("9999-06-30T00:00:00Z");
  EXPECT_THAT(
      broken(room, {at("9999-07-01T09:00:00+02:00"), at("9999-07-01T10:00:00+02:00")}, 1, now),
      IsEmpty());
  EXPECT_THAT(
      broken(room, {at("9999-12-01T16:00:00+01:00"), at("9999-12-01T17:00:00+01:00")}, 1, now),
      IsEmpty());
  EXPECT_THAT(
      broken(room, {at("9999-07-01T08:00:00+02:00"), at("9999-07-01T09:00:00+02:00")}, 1, now),
      ElementsAre("opening-hours"));
}

// ---- zones -------------------------------------------------------------------------------------

TEST(ZoneTest, OnlyIanaNamesAreZones) {
  for (const char* name : {"Asia/Seoul", "Europe/Berlin", "UTC", "Australia/Lord_Howe"}) {
    EXPECT_TRUE(is_known_zone(name)) << name;
  }
  for (const char* name :
       {"", "Asia", "asia/seoul", "localtime", "+09:00", "../etc/passwd", "Asia/Seoul "}) {
    EXPECT_FALSE(is_known_zone(name)) << name;
  }
}

TEST(ZoneTest, DaylightSavingGoesOnAfterTheListedYears) {
  const auto berlin = *zone::find("Europe/Berlin");
  using std::chrono::hours;
  // The last Sundays of March and October, as the rule says.
  EXPECT_EQ(berlin.at(at("2037-12-31T00:00:00Z")).offset, hours{1});
  EXPECT_EQ(berlin.at(at("2038-03-28T00:59:59Z")).offset, hours{1});
  EXPECT_EQ(berlin.at(at("2038-03-28T01:00:00Z")).offset, hours{2});
  EXPECT_EQ(berlin.at(at("2038-10-31T00:59:59Z")).offset, hours{2});
  EXPECT_EQ(berlin.at(at("2038-10-31T01:00:00Z")).offset, hours{1});
  EXPECT_EQ(berlin.at(at("2040-03-25T01:00:00Z")).offset, hours{2});
  EXPECT_EQ(zone::find("Asia/Seoul")->at(at("9999-07-01T00:00:00Z")).offset, hours{9});
  EXPECT_EQ(zone::find("America/New_York")->at(at("2050-07-01T00:00:00Z")).offset, hours{-4});
  EXPECT_EQ(zone::find("Australia/Sydney")->at(at("2050-01-01T00:00:00Z")).offset, hours{11});
}

TEST(ZoneTest, SegmentsFollowEachOtherWithoutGaps) {
  for (const char* name : {"Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Seoul",
                           "Africa/Casablanca"}) {
    const auto tz = *zone::find(name);
    instant t = at("2035-01-01T00:00:00Z");
    int segments = 0;
    while (t < at("2045-01-01T00:00:00Z") && segments++ < 100) {
      const auto segment = tz.at(t);
      ASSERT_LE(segment.when.start, t) << name;
      ASSERT_GT(segment.when.end, t) << name;
      EXPECT_EQ(tz.at(segment.when.end - milliseconds{1}).offset, segment.offset)
          << name << " " << format_instant(segment.when.end);
      t = segment.when.end;
    }
    EXPECT_LT(segments, 100) << name;
  }
}

TEST(ZoneTest, LocalTextIsTheWallClock) {
  EXPECT_EQ(local_text(at("2026-11-22T00:00:00Z"), "Asia/Seoul"), "2026-11-22 09:00");
  EXPECT_EQ(local_text(at("2026-11-22T23:59:59.999Z"), "Asia/Seoul"), "2026-11-23 08:59");
  EXPECT_EQ(local_text(at("2026-07-01T00:30:00Z"), "America/New_York"), "2026-06-30 20:30");
  EXPECT_EQ(local_text(at("2026-11-22T00:00:00Z"), "No/Where"), "2026-11-22 00:00 UTC");
}

TEST(ZoneTest, TheLocalDayBeginsAtLocalMidnight) {
  EXPECT_EQ(local_day_start(at("2026-11-22T20:00:00+09:00"), "Asia/Seoul"),
            at("2026-11-22T00:00:00+09:00"));
  EXPECT_EQ(local_day_start(at("2026-11-22T00:00:00+09:00"), "Asia/Seoul"),
            at("2026-11-22T00:00:00+09:00"));
  // Days with a change of the clock, seen from the evening.
  EXPECT_EQ(local_day_start(at("2026-03-29T20:00:00+02:00"), "Europe/Berlin"),
            at("2026-03-29T00:00:00+01:00"));
  EXPECT_EQ(local_day_start(at("2026-10-25T20:00:00+01:00"), "Europe/Berlin"),
            at("2026-10-25T00:00:00+02:00"));
}

TEST(ZoneTest, ADayWhoseMidnightIsSkippedOrRepeatedStillBegins) {
  // Beirut jumps from 00:00 to 01:00; Havana falls back from 01:00 to 00:00; Sao Paulo fell back
  // from 00:00 to 23:00 of the day before.
  EXPECT_EQ(local_day_start(at("2026-03-29T12:00:00+03:00"), "Asia/Beirut"),
            at("2026-03-29T01:00:00+03:00"));
  EXPECT_EQ(local_day_start(at("2026-11-01T12:00:00-05:00"), "America/Havana"),
            at("2026-11-01T00:00:00-04:00"));
  EXPECT_EQ(local_day_start(at("2018-02-17T23:30:00-03:00"), "America/Sao_Paulo"),
            at("2018-02-17T00:00:00-02:00"));
  EXPECT_EQ(local_day_start(at("2018-02-18T12:00:00-03:00"), "America/Sao_Paulo"),
            at("2018-02-18T00:00:00-03:00"));
}

}  // namespace
}  // namespace atrium
