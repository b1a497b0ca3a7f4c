#include <gmock/gmock.h>

#include "tests/persistence/view_fixture.hpp"

namespace atrium::test {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

class AvailabilityViewTest : public testing::Test {
 protected:
  availability find(interval when, int capacity = 1, std::vector<std::string> amenities = {},
                    std::optional<std::chrono::minutes> duration = std::nullopt) {
    views.follow(story);
    availability_query q;
    q.when = when;
    q.capacity = capacity;
    q.amenities = std::move(amenities);
    q.duration = duration;
    q.now = at_hour(0);
    return views->find_available(q);
  }
  static std::vector<std::string> free_rooms(const availability& a) {
    std::vector<std::string> ids;
    for (const auto& f : a.free) ids.push_back(f.room.str());
    return ids;
  }
  std::vector<std::string> others(const std::string& room, interval when, std::size_t most = 3) {
    views.follow(story);
    std::vector<std::string> ids;
    for (const alternative& a : views->other_free_rooms(room_id(room), when, 2, at_hour(0), most))
      ids.push_back(a.room.str());
    return ids;
  }

  script story;
  fed_views views;
};

TEST_F(AvailabilityViewTest, FreeRoomHasItsPriceAndTakenRoomItsReason) {
  story.room("rm_1", script::plain_room("Han"));
  story.room("rm_2", script::plain_room("Nam"));
  story.booked("rm_1", "rs_1", "ac_1", hours(9, 11));
  const availability a = find(hours(10, 12));
  ASSERT_THAT(free_rooms(a), ElementsAre("rm_2"));
  EXPECT_EQ(a.free[0].price, (money{20'000, "KRW"}));
  EXPECT_EQ(a.free[0].when, hours(10, 12));
  ASSERT_EQ(a.unavailable.size(), 1U);
  EXPECT_EQ(a.unavailable[0].why.code, ec::slot_taken);
  EXPECT_STREQ(parse(a.unavailable[0].room_json)["id"].GetString(), "rm_1");
  EXPECT_THAT(free_rooms(find(hours(11, 12))), ElementsAre("rm_1", "rm_2"));
}

TEST_F(AvailabilityViewTest, RulesCapacityAndAmenitiesAreNamed) {
  room_facts f = script::plain_room("Han");
  f.amenities = {"screen"};
  f.min_duration_minutes = 120;
  story.room("rm_1", f);
  const availability a = find(hours(10, 11), 7, {"screen", "piano"});
  ASSERT_EQ(a.unavailable.size(), 1U);
  EXPECT_EQ(a.unavailable[0].why.code, ec::rule_violation);
  std::vector<std::string> rules;
  for (const violation& v : a.unavailable[0].why.violations) rules.push_back(v.rule);
  EXPECT_EQ(rules.size(), 3U) << "duration, capacity and amenities";
  EXPECT_THAT(rules, testing::Contains("amenities"));
}

TEST_F(AvailabilityViewTest, BufferKeepsRoomBetweenBookingsButNotBesideBlackouts) {
  room_facts f = script::plain_room("Han");
  f.buffer_minutes = 30;
  story.room("rm_1", f);
  story.booked("rm_1", "rs_1", "ac_1", hours(9, 11));
  story.add("room/rm_1", ev::blackout_added{blackout_id("bo_1"), hours(14, 16), ""});
  EXPECT_THAT(free_rooms(find(hours(11, 12))), ElementsAre());
  EXPECT_THAT(free_rooms(find({at_hour(11, 30), at_hour(12)})), ElementsAre("rm_1"));
  EXPECT_THAT(free_rooms(find(hours(13, 14))), ElementsAre("rm_1"));
  EXPECT_THAT(free_rooms(find(hours(13, 15))), ElementsAre());
}

TEST_F(AvailabilityViewTest, HoldKeepsOthersOutUntilItExpires) {
  story.room("rm_1", script::plain_room("Han"));
  ev::hold_placed hold;
  hold.id = hold_id("hd_1");
  hold.when = hours(9, 10);
  hold.expires_at = at_hour(0, 10);
  story.add("room/rm_1", hold);
  EXPECT_THAT(free_rooms(find(hours(9, 10))), ElementsAre());
  availability_query q;
  q.when = hours(9, 10);
  q.now = at_hour(0, 10);
  EXPECT_THAT(free_rooms(views->find_available(q)), ElementsAre("rm_1"));
}

TEST_F(AvailabilityViewTest, CancelledAndRetiredDoNotCount) {
  story.room("rm_1", script::plain_room("Han"));
  story.room("rm_2", script::plain_room("Nam"));
  story.booked("rm_1", "rs_1", "ac_1", hours(9, 11));
  story.cancelled("rm_1", "rs_1", hours(9, 11), 0);
  story.add("room/rm_2", ev::room_retired{});
  const availability a = find(hours(9, 11));
  EXPECT_THAT(free_rooms(a), ElementsAre("rm_1"));
  EXPECT_TRUE(a.unavailable.empty());
}

TEST_F(AvailabilityViewTest, WindowFindsTheEarliestSlotOfTheLength) {
  room_facts f = script::plain_room("Han");
  f.opening_hours = {{{true, true, true, true, true, true, true}, 9 * 60, 18 * 60}};
  story.room("rm_1", f);
  story.booked("rm_1", "rs_1", "ac_1", hours(9, 11));
  story.booked("rm_1", "rs_2", "ac_1", hours(12, 17));
  EXPECT_EQ(find(hours(0, 24), 1, {}, 60min).free.at(0).when, hours(11, 12));
  EXPECT_EQ(find(hours(0, 48), 1, {}, 90min).free.at(0).when,
            (interval{at_hour(33), at_hour(34, 30)}));
  const availability none = find(hours(0, 24), 1, {}, 90min);
  ASSERT_EQ(none.unavailable.size(), 1U);
  EXPECT_EQ(none.unavailable[0].why.code, ec::slot_taken);
  const availability closed = find(hours(19, 24), 1, {}, 60min);
  ASSERT_EQ(closed.unavailable.size(), 1U);
  EXPECT_EQ(closed.unavailable[0].why.code, ec::rule_violation);
  EXPECT_FALSE(closed.unavailable[0].why.violations.empty());
}

TEST_F(AvailabilityViewTest, OtherRoomsComeFromTheSameSiteFirst) {
  story.room("rm_1", script::plain_room("One", "B"));
  story.room("rm_2", script::plain_room("Two", "A"));
  story.room("rm_3", script::plain_room("Three", "B"));
  story.room("rm_4", script::plain_room("Four", "C"));
  room_facts tiny = script::plain_room("Tiny", "B");
  tiny.capacity = 1;
  story.room("rm_5", tiny);
  EXPECT_THAT(others("rm_1", hours(9, 10)), ElementsAre("rm_3", "rm_2", "rm_4"));
  EXPECT_THAT(others("rm_1", hours(9, 10), 2), ElementsAre("rm_3", "rm_2"));
  story.booked("rm_3", "rs_1", "ac_1", hours(9, 10));
  EXPECT_THAT(others("rm_1", hours(9, 10)), ElementsAre("rm_2", "rm_4"));
  EXPECT_THAT(others("rm_1", hours(-9, -8)), ElementsAre()) << "the past is not offered";
}

TEST_F(AvailabilityViewTest, SearchIsBounded) {
  for (int i = 0; i < 230; ++i) story.room("rm_" + std::to_string(i), script::plain_room("Room"));
  views.follow(story);
  availability_query q;
  q.when = hours(9, 10);
  q.now = at_hour(0);
  q.limit = 1'000;
  EXPECT_EQ(views->find_available(q).free.size(), 200U);
}

}  // namespace
}  // namespace atrium::test
