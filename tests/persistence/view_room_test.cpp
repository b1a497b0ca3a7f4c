#include <gmock/gmock.h>

#include "tests/persistence/view_fixture.hpp"

namespace atrium::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class RoomViewTest : public testing::Test {
 protected:
  std::vector<std::string> ids(const room_filter& f) {
    std::vector<std::string> found;
    const auto page = views->rooms(f, 200, "");
    for (const stored_doc& d : page->items) found.emplace_back(parse(d.json)["id"].GetString());
    return found;
  }

  script story;
  fed_views views;
};

TEST_F(RoomViewTest, RoomIsServedAsItWasRegistered) {
  story.room("rm_1", script::plain_room("Han"));
  views.follow(story);
  const room_doc d = views->room(room_id("rm_1")).value();
  EXPECT_EQ(d.facts, script::plain_room("Han"));
  EXPECT_EQ(d.version, 1U);
  const stored_doc served = views->room_json(room_id("rm_1")).value();
  EXPECT_EQ(served.json, render(d));
  EXPECT_EQ(served.version, 1U);
  EXPECT_FALSE(views->room_json(room_id("rm_2")));
}

TEST_F(RoomViewTest, EveryFactSurvivesTheStore) {
  room_facts f = script::plain_room("한강", "서울");
  f.description = std::string(4'000, 'd');
  f.amenities = {"screen", "phone"};
  f.time_zone = "Asia/Seoul";
  f.opening_hours = {{{true, false, true, false, true, false, true}, 540, 1440}, {{}, 0, 60}};
  f.min_duration_minutes = 30;
  f.max_duration_minutes = 480;
  f.step_minutes = 30;
  f.buffer_minutes = 10;
  f.horizon_days = 3'650;
  f.check_in_required = true;
  f.grace_minutes = 45;
  story.room("rm_1", f);
  views.follow(story);
  EXPECT_EQ(views->room(room_id("rm_1"))->facts, f);
}

TEST_F(RoomViewTest, ChangeAndRetirementChangeTheVersion) {
  story.room("rm_1", script::plain_room("Han"));
  story.booked("rm_1", "rs_1", "ac_1", hours(9, 10));
  story.add("room/rm_1", ev::room_changed{script::plain_room("Nam")});
  views.follow(story);
  const std::uint64_t changed = views->room(room_id("rm_1"))->version;
  EXPECT_EQ(changed, 4U) << "the number of room.changed in the room's stream";
  story.add("room/rm_1", ev::room_retired{});
  views.follow(story);
  EXPECT_GT(views->room(room_id("rm_1"))->version, changed);
  EXPECT_EQ(views->room(room_id("rm_1"))->status, room_status::retired);
}

TEST_F(RoomViewTest, ListsAreOrderedBySiteNameAndId) {
  story.room("rm_4", script::plain_room("Beta", "Busan"));
  story.room("rm_3", script::plain_room("Alpha", "Seoul"));
  story.room("rm_2", script::plain_room("Alpha", "Seoul"));
  story.room("rm_1", script::plain_room("Gamma", "Busan"));
  views.follow(story);
  EXPECT_THAT(ids({}), ElementsAre("rm_4", "rm_1", "rm_2", "rm_3"));
  story.add("room/rm_4", ev::room_changed{script::plain_room("Zeta", "Seoul")});
  views.follow(story);
  EXPECT_THAT(ids({}), ElementsAre("rm_1", "rm_2", "rm_3", "rm_4"));
  EXPECT_THAT(ids({.site = "Busan"}), ElementsAre("rm_1"));
  EXPECT_THAT(ids({.site = "Bus"}), IsEmpty());
}

TEST_F(RoomViewTest, FiltersLeaveOutWhatDoesNotFit) {
  room_facts big = script::plain_room("Big");
  big.capacity = 20;
  big.amenities = {"screen", "phone"};
  story.room("rm_1", big);
  story.room("rm_2", script::plain_room("Small"));
  story.room("rm_3", script::plain_room("Gone"));
  story.add("room/rm_3", ev::room_retired{});
  views.follow(story);
  EXPECT_THAT(ids({.min_capacity = 7}), ElementsAre("rm_1"));
  EXPECT_THAT(ids({.amenities = {"phone", "screen"}}), ElementsAre("rm_1"));
  EXPECT_THAT(ids({.amenities = {"phone", "piano"}}), IsEmpty());
  EXPECT_THAT(ids({}), ElementsAre("rm_1", "rm_2"));
  EXPECT_THAT(ids({.status = "retired"}), ElementsAre("rm_3"));
  EXPECT_THAT(ids({.status = "all"}), ElementsAre("rm_1", "rm_3", "rm_2"));
}

TEST_F(RoomViewTest, PagesJoinedAreTheWholeList) {
  for (int i = 0; i < 17; ++i)
    story.room("rm_" + std::to_string(i),
               script::plain_room("Room " + std::to_string(i % 5), i % 2 == 0 ? "A" : "B"));
  views.follow(story);
  for (const room_filter& f : {room_filter{}, room_filter{.site = "B"}}) {
    std::vector<std::string> joined;
    std::string cursor;
    do {
      const auto page = views->rooms(f, 3, cursor);
      ASSERT_TRUE(page);
      for (const stored_doc& d : page->items) joined.emplace_back(parse(d.json)["id"].GetString());
      cursor = page->next;
    } while (!cursor.empty());
    EXPECT_EQ(joined, ids(f));
  }
}

TEST_F(RoomViewTest, CursorOfAnotherSiteIsRefused) {
  story.room("rm_1", script::plain_room("One", "A"));
  story.room("rm_2", script::plain_room("Two", "A"));
  views.follow(story);
  const std::string cursor = views->rooms({.site = "A"}, 1, "")->next;
  ASSERT_FALSE(cursor.empty());
  EXPECT_TRUE(views->rooms({.site = "A"}, 1, cursor));
  EXPECT_FALSE(views->rooms({.site = "B"}, 1, cursor));
}

TEST_F(RoomViewTest, VeryLongNamesAndSitesAreStillFound) {
  const std::string site(400, 's');
  story.room("rm_1", script::plain_room(std::string(800, 'n'), site + "1"));
  story.room("rm_2", script::plain_room(std::string(800, 'n'), site + "2"));
  views.follow(story);
  EXPECT_THAT(ids({.site = site + "2"}), ElementsAre("rm_2"));
  EXPECT_EQ(ids({}).size(), 2U);
}

TEST_F(RoomViewTest, BlackoutsAreListedByTimeUntilRemoved) {
  story.room("rm_1", script::plain_room("Han"));
  story.add("room/rm_1", ev::blackout_added{blackout_id("bo_1"), hours(30, 40), "paint"});
  story.add("room/rm_1", ev::blackout_added{blackout_id("bo_2"), hours(10, 12), "clean"});
  views.follow(story);
  const auto listed = views->blackouts(room_id("rm_1"));
  ASSERT_EQ(listed.size(), 2U);
  EXPECT_EQ(listed[0].id, blackout_id("bo_2"));
  EXPECT_EQ(listed[1].reason, "paint");
  story.add("room/rm_1", ev::blackout_removed{blackout_id("bo_2")});
  views.follow(story);
  EXPECT_EQ(views->blackouts(room_id("rm_1")).size(), 1U);
}

TEST_F(RoomViewTest, OccupiedNamesBookingsHoldsAndBlackoutsInOrder) {
  story.room("rm_1", script::plain_room("Han"));
  story.room("rm_10", script::plain_room("Nam"));
  story.booked("rm_1", "rs_1", "ac_1", hours(12, 14), "Plan");
  story.booked("rm_10", "rs_2", "ac_1", hours(9, 10));
  story.hold("rm_1", "hd_1", "ac_2", hours(8, 9));
  story.add("room/rm_1", ev::blackout_added{blackout_id("bo_1"), hours(10, 12), "clean"});
  story.booked("rm_1", "rs_3", "ac_1", hours(15, 16));
  story.cancelled("rm_1", "rs_3", hours(15, 16), 0);
  views.follow(story);
  std::vector<std::string> what;
  for (const board_booking& b : views->occupied(room_id("rm_1"), hours(8, 24)))
    what.push_back(b.status + " " + b.id);
  EXPECT_THAT(what, ElementsAre("hold hd_1", "blackout bo_1", "confirmed rs_1"));
  // Half-open: what ends as the range begins or begins as it ends is not in it.
  EXPECT_THAT(views->occupied(room_id("rm_1"), hours(14, 20)), IsEmpty());
  EXPECT_THAT(views->occupied(room_id("rm_1"), hours(0, 8)), IsEmpty());
  EXPECT_EQ(views->occupied(room_id("rm_1"), hours(13, 20)).size(), 1U);
}

}  // namespace
}  // namespace atrium::test
