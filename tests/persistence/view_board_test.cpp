#include <gmock/gmock.h>

#include "tests/persistence/view_fixture.hpp"

namespace atrium::test {
namespace {

using testing::ElementsAre;

class BoardViewTest : public testing::Test {
 protected:
  BoardViewTest() {
    story.room("rm_1", script::plain_room("Han", "A"));
    story.room("rm_2", script::plain_room("Nam", "B"));
    story.booked("rm_1", "rs_1", "ac_1", hours(9, 11), "Board \"meeting\"");
    story.booked("rm_1", "rs_2", "ac_2", hours(12, 13), "Secret");
    story.hold("rm_2", "hd_1", "ac_2", hours(10, 12));
    story.add("room/rm_2", ev::blackout_added{blackout_id("bo_1"), hours(-100, 10), "Paint"});
    story.booked("rm_2", "rs_3", "ac_1", hours(14, 15));
    story.cancelled("rm_2", "rs_3", hours(14, 15), 0);
    views.follow(story);
  }

  rapidjson::Document board(const board_query& q, const std::string& viewer,
                            bool as_operator = false) {
    return parse(views->board_json(q, account_id(viewer), as_operator).value());
  }

  static std::vector<std::string> lines(const rapidjson::Value& room) {
    std::vector<std::string> found;
    for (const auto& b : room["bookings"].GetArray())
      found.push_back(std::string(b["id"].GetString()) + " " + b["status"].GetString() + " " +
                      b["title"].GetString());
    return found;
  }

  const board_query day{.range = hours(0, 24)};
  script story;
  fed_views views;
};

TEST_F(BoardViewTest, OwnersReadTheirOwnTitlesAndNobodyElses) {
  const auto json = board(day, "ac_1");
  EXPECT_STREQ(json["from"].GetString(), "2026-11-23T00:00:00Z");
  EXPECT_STREQ(json["to"].GetString(), "2026-11-24T00:00:00Z");
  EXPECT_EQ(json["position"].GetUint64(), story.events().size());
  EXPECT_TRUE(json["nextCursor"].IsNull());
  ASSERT_EQ(json["rooms"].Size(), 2U);
  EXPECT_STREQ(json["rooms"][0]["room"]["id"].GetString(), "rm_1");
  EXPECT_TRUE(json["rooms"][0]["room"]["rating"].IsObject());
  EXPECT_THAT(lines(json["rooms"][0]),
              ElementsAre("rs_1 confirmed Board \"meeting\"", "rs_2 confirmed busy"));
  EXPECT_THAT(lines(json["rooms"][1]), ElementsAre("bo_1 blackout busy", "hd_1 hold busy"));
  const auto& bookings = json["rooms"][0]["bookings"];
  EXPECT_STREQ(bookings[0]["customerId"].GetString(), "ac_1");
  EXPECT_FALSE(bookings[1].HasMember("customerId"));
  EXPECT_STREQ(bookings[0]["paymentStatus"].GetString(), "captured");
  EXPECT_STREQ(bookings[0]["start"].GetString(), "2026-11-23T09:00:00Z");
  EXPECT_STREQ(bookings[0]["end"].GetString(), "2026-11-23T11:00:00Z");
}

TEST_F(BoardViewTest, NothingOfOthersIsInTheBytes) {
  const std::string json = views->board_json(day, account_id("ac_3"), false).value();
  for (const char* secret : {"Secret", "meeting", "Paint", "ac_1", "ac_2"})
    EXPECT_EQ(json.find(secret), std::string::npos) << secret;
}

TEST_F(BoardViewTest, OperatorsReadEverything) {
  const auto json = board(day, "ac_9", true);
  EXPECT_THAT(lines(json["rooms"][0]),
              ElementsAre("rs_1 confirmed Board \"meeting\"", "rs_2 confirmed Secret"));
  EXPECT_THAT(lines(json["rooms"][1]), ElementsAre("bo_1 blackout Paint", "hd_1 hold "));
}

TEST_F(BoardViewTest, FiltersByRoomSiteAndStatus) {
  EXPECT_EQ(board({.range = hours(0, 24), .room = room_id("rm_2")}, "ac_1")["rooms"].Size(), 1U);
  EXPECT_EQ(board({.range = hours(0, 24), .room = room_id("rm_9")}, "ac_1")["rooms"].Size(), 0U);
  const auto site = board({.range = hours(0, 24), .site = "B"}, "ac_1");
  ASSERT_EQ(site["rooms"].Size(), 1U);
  EXPECT_STREQ(site["rooms"][0]["room"]["id"].GetString(), "rm_2");
  const auto cancelled = board({.range = hours(0, 24), .status = "cancelled"}, "ac_1");
  EXPECT_THAT(lines(cancelled["rooms"][1]), ElementsAre("rs_3 cancelled Standup"));
  EXPECT_THAT(lines(cancelled["rooms"][0]), ElementsAre());
  const auto holds = board({.range = hours(0, 24), .status = "hold"}, "ac_2");
  EXPECT_THAT(lines(holds["rooms"][1]), ElementsAre("hd_1 hold "));
}

TEST_F(BoardViewTest, BookingThatBeganLongBeforeTheRangeIsShown) {
  story.booked("rm_1", "rs_long", "ac_1", hours(-150, 3));
  views.follow(story);
  EXPECT_THAT(lines(board({.range = hours(2, 4)}, "ac_1")["rooms"][0]),
              ElementsAre("rs_long confirmed Standup"));
  views.reopen();
  EXPECT_THAT(lines(board({.range = hours(2, 4)}, "ac_1")["rooms"][0]),
              ElementsAre("rs_long confirmed Standup"));
}

TEST_F(BoardViewTest, PagesShowEveryRoomOnce) {
  for (int i = 3; i < 10; ++i)
    story.room("rm_" + std::to_string(i), script::plain_room("Room", "C"));
  views.follow(story);
  std::vector<std::string> seen;
  board_query q{.range = hours(0, 24), .limit = 4};
  for (;;) {
    const auto json = board(q, "ac_1");
    for (const auto& r : json["rooms"].GetArray()) seen.emplace_back(r["room"]["id"].GetString());
    if (json["nextCursor"].IsNull()) break;
    q.cursor = json["nextCursor"].GetString();
  }
  EXPECT_THAT(seen,
              ElementsAre("rm_1", "rm_2", "rm_3", "rm_4", "rm_5", "rm_6", "rm_7", "rm_8", "rm_9"));
}

TEST_F(BoardViewTest, SpanAndCursorAreChecked) {
  for (const interval& bad : {hours(5, 5), hours(6, 5), hours(0, 24 * 35 + 1)}) {
    const auto refused = views->board_json({.range = bad}, account_id("ac_1"), false);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().violations.at(0).pointer, "/to");
  }
  EXPECT_TRUE(views->board_json({.range = hours(0, 24 * 35)}, account_id("ac_1"), false));
  const auto refused =
      views->board_json({.range = hours(0, 1), .cursor = "zzz"}, account_id("ac_1"), false);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().violations.at(0).pointer, "?cursor");
}

TEST_F(BoardViewTest, ValuesAndBytesTellTheSame) {
  const auto page = views->board(day).value();
  const auto json = board(day, "ac_9", true);
  ASSERT_EQ(page.rooms.size(), json["rooms"].Size());
  for (std::size_t r = 0; r < page.rooms.size(); ++r) {
    std::vector<std::string> from_values;
    for (const board_booking& b : page.rooms[r].bookings)
      from_values.push_back(b.id + " " + b.status + " " + b.title);
    EXPECT_EQ(from_values, lines(json["rooms"][static_cast<rapidjson::SizeType>(r)]));
  }
}

}  // namespace
}  // namespace atrium::test
