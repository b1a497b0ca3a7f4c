#include "app/demo_office.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "domain/account.hpp"
#include "domain/calendar.hpp"

namespace atrium::demo {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

/// Quarter-hour moments over some days, a change to winter time in Berlin among them.
std::vector<instant> moments() {
  std::vector<instant> all;
  const auto from = *parse_instant("2026-10-22T00:00:00Z");
  for (int i = 0; i < 24 * 6; ++i) all.push_back(from + minutes(61 * i) + std::chrono::seconds(i));
  return all;
}

TEST(DemoOfficeTest, ADozenValidRoomsOnTwoSites) {
  std::set<std::string> sites, zones;
  for (const auto& room : rooms()) {
    EXPECT_TRUE(validate(room.facts).empty())
        << room.id.str() << ": " << validate(room.facts)[0].rule;
    sites.insert(room.facts.site);
    zones.insert(room.facts.time_zone);
  }
  EXPECT_EQ(rooms().size(), 12u);
  EXPECT_EQ(sites.size(), 2u);
  EXPECT_EQ(zones, (std::set<std::string>{"Asia/Seoul", "Europe/Berlin"}));
}

TEST(DemoOfficeTest, PeopleAreValidAndTwoGetKeys) {
  int keys = 0;
  for (const auto& p : people()) {
    EXPECT_TRUE(validate(p.facts).empty()) << p.facts.name;
    keys += p.gets_key ? 1 : 0;
  }
  EXPECT_EQ(keys, 2);
}

TEST(DemoOfficeTest, BookingsObeyTheRulesAndDoNotOverlap) {
  for (const auto now : moments()) {
    SCOPED_TRACE(format_instant(now));
    std::map<std::string, room_facts> facts;
    for (auto& r : rooms()) facts[r.id.str()] = r.facts;
    std::map<std::string, std::vector<interval>> taken;
    std::set<std::string> ids;
    for (const auto& b : bookings(now)) {
      const auto& room = facts.at(b.what.room.str());
      ASSERT_TRUE(check_slot(room, b.what.when, b.what.party_size, now).empty()) << room.name;
      const minutes gap(room.buffer_minutes);
      for (const auto& other : taken[b.what.room.str()])
        ASSERT_FALSE(b.what.when.overlaps({other.start - gap, other.end + gap})) << room.name;
      taken[b.what.room.str()].push_back(b.what.when);
      ASSERT_TRUE(ids.insert(b.id.str()).second);
    }
    ASSERT_GT(ids.size(), 60u);
  }
}

TEST(DemoOfficeTest, ArrivalsCanCheckInNow) {
  for (const auto now : moments()) {
    int arrivals = 0, reviews = 0;
    for (const auto& b : bookings(now)) {
      if (!b.arrives) continue;
      ++arrivals;
      reviews += b.rating > 0 ? 1 : 0;
      ASSERT_GT(b.what.when.start, now);
      ASSERT_LE(b.what.when.start - now, minutes(15));
    }
    ASSERT_GE(arrivals, 8) << format_instant(now);
    ASSERT_GE(reviews, 5);
  }
}

TEST(DemoOfficeTest, TheFirstTryIsFreeForAWeek) {
  for (const auto now : moments()) {
    const auto plan = bookings(now);
    for (int day = 0; day < 7; ++day) {
      const auto slot = first_try(now + hours(24 * day));
      EXPECT_TRUE(check_slot(rooms().front().facts, slot.when, 2, now).empty());
      for (const auto& b : plan)
        ASSERT_FALSE(b.what.room == slot.room && b.what.when.overlaps(slot.when))
            << format_instant(now);
    }
  }
}

TEST(DemoOfficeTest, TheSameMomentGivesTheSameOffice) {
  const auto now = moments().front();
  const auto a = bookings(now);
  const auto b = bookings(now);
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    EXPECT_EQ(a[i].id, b[i].id);
    EXPECT_EQ(a[i].what, b[i].what);
  }
}

}  // namespace
}  // namespace atrium::demo
