#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/domain/builders.hpp"

namespace atrium {
namespace {

using testing::at;
using testing::clock;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::live_room;
using testing::plain_room;
using testing::rules_of;
using testing::slot;

TEST(RoomAdminTest, RegisteringTwiceTheSameIsOnce) {
  live_room room;
  EXPECT_THAT(*room.run(cmd::register_room{plain_room()}), IsEmpty());
  auto other = plain_room();
  other.capacity = 2;
  EXPECT_EQ(room.run(cmd::register_room{other}).error().code, ec::already_exists);
}

TEST(RoomAdminTest, ChangingNeedsTheVersionOnesSaw) {
  live_room room;
  EXPECT_EQ(room.book.version(), 1u);
  auto larger = plain_room();
  larger.capacity = 20;
  EXPECT_EQ(room.run(cmd::change_room{larger, 9}).error().code, ec::precondition_failed);
  ASSERT_EQ(room.run(cmd::change_room{larger, 1})->size(), 1u);
  EXPECT_EQ(room.book.version(), 2u);
  EXPECT_EQ(room.book.facts().capacity, 20);
  EXPECT_THAT(*room.run(cmd::change_room{larger, 2}), IsEmpty());
}

TEST(RoomAdminTest, BookingsDoNotChangeTheVersion) {
  live_room room;
  ASSERT_TRUE(room.reserve("r", slot("09:00", "10:00")));
  EXPECT_EQ(room.book.version(), 1u);
}

TEST(RoomAdminTest, BadFactsAreRefused) {
  live_room room;
  auto bad = plain_room();
  bad.capacity = 0;
  EXPECT_EQ(room.run(cmd::change_room{bad, 0}).error().code, ec::validation);
  const room_book nowhere{room_id{"x"}};
  EXPECT_EQ(nowhere.decide(cmd::register_room{bad}, clock("08:00")).error().code, ec::validation);
  EXPECT_EQ(nowhere.decide(cmd::change_room{plain_room(), 0}, clock("08:00")).error().code,
            ec::not_found);
}

// ---- retiring ----------------------------------------------------------------------------------

TEST(RetireTest, ARoomWithFutureBookingsIsNotRetiredButNamesThem) {
  live_room room;
  ASSERT_TRUE(room.reserve("b", slot("11:00", "12:00")));
  ASSERT_TRUE(room.reserve("a", slot("09:00", "10:00")));
  ASSERT_TRUE(room.run(live_room::hold("paying", slot("13:00", "14:00"))));
  const auto refused = room.run(cmd::retire_room{0, false});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ec::room_has_bookings);
  EXPECT_THAT(refused.error().conflicting, ElementsAre("a", "b", "paying"));
  EXPECT_THAT(refused.error().detail, HasSubstr("3 bookings still to come"));
}

TEST(RetireTest, BookingsThatHaveEndedDoNotStandInTheWay) {
  live_room room;
  ASSERT_TRUE(room.reserve("a", slot("09:00", "10:00")));
  room.now = clock("10:00");
  EXPECT_THAT(room.book.future_bookings(room.now), IsEmpty());
  EXPECT_TRUE(room.run(cmd::retire_room{0, false}));
  ASSERT_EQ(room.run(cmd::advance{reservation_id{"a"}})->size(), 1u);
}

TEST(RetireTest, WithCancelBookingsEverythingAheadIsEnded) {
  live_room room;
  ASSERT_TRUE(room.reserve("inside", slot("08:30", "09:30")));
  ASSERT_TRUE(room.reserve("ahead", slot("10:00", "11:00")));
  ASSERT_TRUE(room.run(live_room::hold("paying", slot("11:00", "12:00"))));
  ASSERT_TRUE(room.run(room.keep("kept", slot("12:00", "13:00"))));
  room.now = clock("08:30");
  ASSERT_TRUE(room.run(cmd::check_in{reservation_id{"inside"}, account_id{"ann"}, false}));
  const auto retired = room.run(cmd::retire_room{1, true});
  ASSERT_TRUE(retired);
  ASSERT_EQ(retired->size(), 3u);
  EXPECT_EQ(std::get<ev::reservation_released>(retired->at(0)).id, reservation_id{"paying"});
  EXPECT_EQ(std::get<ev::hold_released>(retired->at(1)).id, hold_id{"kept"});
  EXPECT_THAT(std::get<ev::room_retired>(retired->at(2)).cancelling,
              ElementsAre(reservation_id{"ahead"}));

  EXPECT_EQ(room.book.status(), room_status::retired);
  EXPECT_EQ(room.run(cmd::confirm{reservation_id{"paying"}}).error().code, ec::illegal_transition);
  EXPECT_TRUE(
      room.run(cmd::cancel{reservation_id{"ahead"}, account_id{"op"}, true, true, "retired"}));
  EXPECT_TRUE(room.run(cmd::check_out{reservation_id{"inside"}, account_id{"ann"}, false}));
}

TEST(RetireTest, ARetiredRoomTakesNothingNew) {
  live_room room;
  ASSERT_TRUE(room.run(cmd::retire_room{0, false}));
  EXPECT_THAT(*room.run(cmd::retire_room{1, false}), IsEmpty());
  const auto refused = room.run(live_room::hold("r", slot("09:00", "10:00")));
  EXPECT_EQ(refused.error().code, ec::rule_violation);
  EXPECT_THAT(rules_of(refused.error().violations), ElementsAre("room-retired"));
  EXPECT_EQ(room.run(room.keep("h", slot("09:00", "10:00"))).error().code, ec::rule_violation);
  EXPECT_EQ(room.run(cmd::add_blackout{blackout_id{"b"}, slot("09:00", "10:00"), ""}).error().code,
            ec::rule_violation);
  auto larger = plain_room();
  larger.capacity = 20;
  EXPECT_EQ(room.run(cmd::change_room{larger, 0}).error().code, ec::illegal_transition);
  EXPECT_EQ(room.run(cmd::register_room{plain_room()}).error().code, ec::already_exists);
  EXPECT_THAT(room.book.nearest_free(slot("09:00", "10:00"), 1, room.now, 3), IsEmpty());
}

TEST(RetireTest, AStaleVersionIsRefused) {
  live_room room;
  EXPECT_EQ(room.run(cmd::retire_room{5, true}).error().code, ec::precondition_failed);
}

// ---- blackouts ---------------------------------------------------------------------------------

class BlackoutTest : public ::testing::Test {
 protected:
  static room_facts with_buffer() {
    auto f = plain_room();
    f.buffer_minutes = 30;
    return f;
  }
  result<std::vector<event>> block(const std::string& id, const interval& when) {
    return room.run(cmd::add_blackout{blackout_id{id}, when, "painting"});
  }
  live_room room{with_buffer()};
};

TEST_F(BlackoutTest, BlocksItsTimeAndNeedsNoBuffer) {
  ASSERT_TRUE(block("b", slot("10:00", "12:00")));
  EXPECT_EQ(room.run(live_room::hold("r", slot("11:30", "12:30"))).error().code, ec::slot_taken);
  EXPECT_TRUE(room.run(live_room::hold("before", slot("09:00", "10:00"))));
  EXPECT_TRUE(room.run(live_room::hold("after", slot("12:00", "13:00"))));
}

TEST_F(BlackoutTest, RemovedItBlocksNoMore) {
  ASSERT_TRUE(block("b", slot("10:00", "12:00")));
  EXPECT_THAT(*block("b", slot("10:00", "12:00")), IsEmpty());
  ASSERT_TRUE(room.run(cmd::remove_blackout{blackout_id{"b"}}));
  EXPECT_EQ(room.run(cmd::remove_blackout{blackout_id{"b"}}).error().code, ec::not_found);
  EXPECT_TRUE(room.run(live_room::hold("r", slot("11:30", "12:30"))));
}

TEST_F(BlackoutTest, OverlappingBlackoutsStandForThemselves) {
  ASSERT_TRUE(block("a", slot("10:00", "12:00")));
  ASSERT_TRUE(block("b", slot("11:00", "13:00")));
  ASSERT_TRUE(room.run(cmd::remove_blackout{blackout_id{"a"}}));
  EXPECT_TRUE(room.run(live_room::hold("r", slot("10:00", "11:00"))));
  EXPECT_EQ(room.run(live_room::hold("s", slot("11:30", "12:30"))).error().code, ec::slot_taken);
}

TEST_F(BlackoutTest, OverCustomersBookingsItIsRefusedNamingThem) {
  ASSERT_TRUE(room.reserve("a", slot("10:00", "11:00")));
  ASSERT_TRUE(room.reserve("b", slot("11:30", "12:30")));
  ASSERT_TRUE(room.run(room.keep("h", slot("13:00", "14:00"))));
  const auto refused = block("x", slot("10:30", "13:30"));
  EXPECT_EQ(refused.error().code, ec::slot_taken);
  EXPECT_THAT(refused.error().conflicting, ElementsAre("a", "b", "h"));
  EXPECT_TRUE(block("between", slot("11:00", "11:30")));
  room.now = clock("08:10");
  const auto over_expired = block("y", slot("13:00", "14:00"));
  ASSERT_EQ(over_expired->size(), 2u);
  EXPECT_EQ(std::get<ev::hold_released>(over_expired->at(0)).reason, ev::hold_end::expired);
}

TEST_F(BlackoutTest, IsBounded) {
  const auto rule = [this](const interval& when) {
    const auto answer = block("x", when);
    return answer ? std::string{} : answer.error().violations.at(0).rule;
  };
  EXPECT_EQ(rule(slot("10:00", "10:00")), "order");
  EXPECT_EQ(rule(slot("07:00", "08:00")), "past");
  EXPECT_EQ(rule({clock("10:00"), clock("10:01") + std::chrono::days{366}}), "max-duration");
  EXPECT_EQ(rule({instant::min(), instant::max()}), "range");
  EXPECT_EQ(rule({clock("10:00"), clock("10:00") + std::chrono::days{366}}), "");
}

TEST_F(BlackoutTest, AThousandAreEnoughUntilOldOnesHaveEnded) {
  for (int i = 0; i < 1000; ++i) {
    ASSERT_TRUE(block("b" + std::to_string(i), slot("10:00", "11:00")));
  }
  EXPECT_EQ(block("more", slot("10:00", "11:00")).error().code, ec::validation);
  room.now = clock("11:00") + std::chrono::days{7} + milliseconds{1};
  EXPECT_TRUE(block("more", {room.now, room.now + std::chrono::hours{1}}));
  EXPECT_EQ(room.run(cmd::remove_blackout{blackout_id{"b1"}}).error().code, ec::not_found);
}

}  // namespace
}  // namespace atrium
