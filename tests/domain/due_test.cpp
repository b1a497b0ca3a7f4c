#include "domain/due.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "tests/domain/builders.hpp"

namespace atrium {
namespace {

using testing::clock;
using ::testing::IsEmpty;
using testing::live_room;
using testing::plain_room;
using testing::slot;
using ::testing::UnorderedElementsAre;
using kind = due_entry::kind;

/// Keeps the index as the follower would, from a room's journal.
std::vector<due_entry> index_of(const live_room& room) {
  std::set<due_entry> index;
  for (const auto& e : room.journal) {
    auto changes = due_of(e.what, room.book.id(), e.at);
    for (const auto& gone : changes.remove) index.erase(gone);
    for (auto& added : changes.add) index.insert(std::move(added));
  }
  return {index.begin(), index.end()};
}

due_entry entry(instant at, kind what, const std::string& id) {
  return {at, what, room_id{"atelier"}, id};
}

TEST(DueTest, AHoldIsDueWhenItExpiresUntilItEnds) {
  live_room room;
  ASSERT_TRUE(room.run(room.keep("h", slot("09:00", "10:00"))));
  EXPECT_THAT(index_of(room), UnorderedElementsAre(entry(clock("08:10"), kind::expire_hold, "h")));
  room.now = clock("08:10");
  ASSERT_TRUE(room.run(cmd::expire_hold{hold_id{"h"}}));
  EXPECT_THAT(index_of(room), IsEmpty());
}

TEST(DueTest, AConfirmedBookingIsDueAtItsEnd) {
  live_room room;
  ASSERT_TRUE(room.run(live_room::hold("r", slot("09:00", "10:00"))));
  EXPECT_THAT(index_of(room), IsEmpty());
  ASSERT_TRUE(room.run(cmd::confirm{reservation_id{"r"}}));
  EXPECT_THAT(index_of(room), UnorderedElementsAre(entry(clock("10:00"), kind::advance, "r")));
  room.now = clock("10:00");
  ASSERT_TRUE(room.run(cmd::advance{reservation_id{"r"}}));
  EXPECT_THAT(index_of(room), IsEmpty());
}

class DueNoShowTest : public ::testing::Test {
 protected:
  static room_facts strict() {
    auto f = plain_room();
    f.check_in_required = true;
    return f;
  }
  live_room room{strict()};
};

TEST_F(DueNoShowTest, ANoShowIsDueBeforeTheEndAndGoneAfterCheckIn) {
  ASSERT_TRUE(room.reserve("r", slot("09:00", "10:00")));
  EXPECT_THAT(index_of(room), UnorderedElementsAre(entry(clock("09:15"), kind::advance, "r"),
                                                   entry(clock("10:00"), kind::advance, "r")));
  room.now = clock("09:05");
  ASSERT_TRUE(room.run(cmd::check_in{reservation_id{"r"}, account_id{"ann"}, false}));
  EXPECT_THAT(index_of(room), UnorderedElementsAre(entry(clock("10:00"), kind::advance, "r")));
  ASSERT_TRUE(room.run(cmd::check_out{reservation_id{"r"}, account_id{"ann"}, false}));
  EXPECT_THAT(index_of(room), IsEmpty());
}

TEST_F(DueNoShowTest, ANoShowLeavesNothingDue) {
  ASSERT_TRUE(room.reserve("r", slot("09:00", "10:00")));
  room.now = clock("09:15");
  ASSERT_TRUE(room.run(cmd::advance{reservation_id{"r"}}));
  EXPECT_THAT(index_of(room), IsEmpty());
}

TEST_F(DueNoShowTest, ACancellationLeavesNothingDue) {
  ASSERT_TRUE(room.reserve("r", slot("09:00", "10:00")));
  ASSERT_TRUE(room.run(cmd::cancel{reservation_id{"r"}, account_id{"ann"}, false, false, ""}));
  EXPECT_THAT(index_of(room), IsEmpty());
}

TEST_F(DueNoShowTest, AGraceLongerThanTheBookingEndsWithIt) {
  auto f = strict();
  f.grace_minutes = 120;
  live_room slow{f};
  ASSERT_TRUE(slow.reserve("r", slot("09:00", "10:00")));
  EXPECT_THAT(index_of(slow), UnorderedElementsAre(entry(clock("10:00"), kind::advance, "r")));
  slow.now = clock("09:30");
  ASSERT_TRUE(slow.run(cmd::check_in{reservation_id{"r"}, account_id{"ann"}, false}));
  EXPECT_THAT(index_of(slow), UnorderedElementsAre(entry(clock("10:00"), kind::advance, "r")));
}

TEST(DueTest, ARetiredRoomsBookingsAreCancelledAtOnceAndThenForgotten) {
  live_room room;
  ASSERT_TRUE(room.reserve("a", slot("09:00", "10:00")));
  ASSERT_TRUE(room.reserve("b", slot("11:00", "12:00")));
  ASSERT_TRUE(room.run(cmd::retire_room{0, true}));
  EXPECT_THAT(index_of(room), UnorderedElementsAre(entry({}, kind::cancel_for_room, "a"),
                                                   entry({}, kind::cancel_for_room, "b"),
                                                   entry(clock("10:00"), kind::advance, "a"),
                                                   entry(clock("12:00"), kind::advance, "b")));
  ASSERT_TRUE(room.run(cmd::cancel{reservation_id{"a"}, account_id{"op"}, true, true, "retired"}));
  room.now = clock("12:00");
  ASSERT_TRUE(room.run(cmd::advance{reservation_id{"b"}}));
  EXPECT_THAT(index_of(room), IsEmpty());
}

}  // namespace
}  // namespace atrium
