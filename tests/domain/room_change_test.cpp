#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "domain/charges.hpp"
#include "domain/due.hpp"
#include "tests/domain/builders.hpp"

namespace atrium {
namespace {

using testing::clock;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::live_room;
using ::testing::SizeIs;
using testing::slot;

cmd::change_terms terms(const live_room& room, const std::string& id, const interval& when,
                        const std::string& change = "chg") {
  const auto& from = *room.book.find(reservation_id{id});
  return {saga_id{change},   from, when, from.party_size, from.title, payment_id{"pay-" + change},
          from.customer,
          /*operator*/ false};
}

/// Moves within the room, as the saga does.
result<std::vector<event>> move(live_room& room, const std::string& id, const interval& when,
                                const std::string& change = "chg") {
  const auto t = terms(room, id, when, change);
  auto held = room.run(cmd::hold_change{t});
  return held ? room.run(cmd::apply_change{t}) : held;
}

class RoomChangeTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(room.reserve("r", slot("10:00", "11:00"))); }
  void TearDown() override {
    EXPECT_EQ(testing::replayed(room.journal), room.book);
    EXPECT_EQ(testing::replayed(room.book.condense()), room.book);
  }
  live_room room;
};

TEST_F(RoomChangeTest, OwnSlotIsNoObstacleAndOnlyTheRestIsLocked) {
  const auto held = room.run(cmd::hold_change{terms(room, "r", slot("10:30", "11:30"))});
  ASSERT_TRUE(held);
  EXPECT_THAT(std::get<ev::reservation_change_held>(held->at(0)).locks,
              ElementsAre(slot("11:00", "11:30")));
  EXPECT_EQ(room.book.find(reservation_id{"r"})->when, slot("10:00", "11:00"));
  for (const auto& wanted :
       {slot("10:00", "10:30"), slot("11:00", "11:30"), slot("11:00", "12:00")})
    EXPECT_EQ(room.run(live_room::hold("x", wanted)).error().code, ec::slot_taken);
  EXPECT_TRUE(room.run(live_room::hold("next", slot("11:30", "12:00"))));
}

TEST_F(RoomChangeTest, BothSidesAreLockedWhenItGrowsBothWays) {
  const auto held = room.run(cmd::hold_change{terms(room, "r", slot("09:00", "12:00"))});
  ASSERT_TRUE(held);
  EXPECT_THAT(std::get<ev::reservation_change_held>(held->at(0)).locks,
              ElementsAre(slot("09:00", "10:00"), slot("11:00", "12:00")));
}

TEST_F(RoomChangeTest, MovedBookingHasItsNewSlotAndNotTheOldOne) {
  ASSERT_TRUE(move(room, "r", slot("10:30", "11:30")));
  EXPECT_EQ(room.book.find(reservation_id{"r"})->when, slot("10:30", "11:30"));
  EXPECT_EQ(room.status_of("r"), reservation_status::confirmed);
  EXPECT_TRUE(room.reserve("before", slot("10:00", "10:30")));
  EXPECT_FALSE(room.reserve("after", slot("11:00", "11:30")));
}

TEST_F(RoomChangeTest, GivenUpChangeLeavesEverythingAsItWas) {
  const auto before = room.book.condense();
  const auto t = terms(room, "r", slot("12:00", "13:00"));
  ASSERT_TRUE(room.run(cmd::hold_change{t}));
  EXPECT_FALSE(room.reserve("x", slot("12:00", "13:00")));
  ASSERT_TRUE(room.run(cmd::release_change{t.change, "payment-declined"}));
  EXPECT_EQ(room.book.condense(), before);
  EXPECT_THAT(*room.run(cmd::release_change{t.change, ""}), IsEmpty()) << "once more";
  EXPECT_TRUE(room.reserve("x", slot("12:00", "13:00")));
}

TEST_F(RoomChangeTest, RepeatingEachCommandChangesNothing) {
  const auto t = terms(room, "r", slot("12:00", "13:00"));
  EXPECT_THAT(*room.run(cmd::hold_change{t}), SizeIs(1));
  EXPECT_THAT(*room.run(cmd::hold_change{t}), IsEmpty());
  EXPECT_THAT(*room.run(cmd::apply_change{t}), SizeIs(1));
  EXPECT_THAT(*room.run(cmd::apply_change{t}), IsEmpty());
}

TEST_F(RoomChangeTest, BufferIsKeptToOthersButNotToItself) {
  auto facts = testing::plain_room();
  facts.buffer_minutes = 30;
  live_room strict{facts};
  ASSERT_TRUE(strict.reserve("r", slot("10:00", "11:00")));
  ASSERT_TRUE(strict.reserve("next", slot("12:00", "13:00")));
  EXPECT_EQ(move(strict, "r", slot("10:30", "12:00")).error().code, ec::slot_taken);
  ASSERT_TRUE(move(strict, "r", slot("10:30", "11:30")));
  EXPECT_FALSE(strict.reserve("x", slot("09:30", "10:30")));
  EXPECT_TRUE(strict.reserve("y", slot("09:00", "10:00")));
}

TEST_F(RoomChangeTest, ExpiredHoldInTheNewSlotGivesWay) {
  ASSERT_TRUE(room.run(room.keep("h", slot("12:00", "13:00"), "bob")));
  EXPECT_EQ(move(room, "r", slot("12:00", "13:00")).error().code, ec::slot_taken);
  room.now += std::chrono::minutes{10};
  EXPECT_TRUE(move(room, "r", slot("12:00", "13:00"), "later"));
}

TEST_F(RoomChangeTest, OnlyItsOwnerOrAnOperatorChangesIt) {
  auto t = terms(room, "r", slot("12:00", "13:00"));
  t.by = account_id{"bob"};
  EXPECT_EQ(room.run(cmd::hold_change{t}).error().code, ec::not_found);
  EXPECT_EQ(room.run(cmd::check_change{t}).error().code, ec::not_found);
  t.as_operator = true;
  EXPECT_TRUE(room.run(cmd::hold_change{t}));
}

TEST_F(RoomChangeTest, WhatWasChangedSinceItWasReadIsStale) {
  const auto old = terms(room, "r", slot("12:00", "13:00"), "old");
  ASSERT_TRUE(move(room, "r", slot("14:00", "15:00")));
  EXPECT_EQ(room.run(cmd::hold_change{old}).error().code, ec::precondition_failed);
}

TEST_F(RoomChangeTest, CheckedInBookingIsNotChangedEvenAtTheLastMoment) {
  const auto t = terms(room, "r", slot("12:00", "13:00"));
  ASSERT_TRUE(room.run(cmd::hold_change{t}));
  room.now = clock("09:50");
  ASSERT_TRUE(room.run(cmd::check_in{reservation_id{"r"}, account_id{"ann"}}));
  EXPECT_EQ(room.run(cmd::apply_change{t}).error().code, ec::illegal_transition);
  EXPECT_EQ(room.run(cmd::check_change{t}).error().code, ec::illegal_transition);
}

TEST_F(RoomChangeTest, SecondChangeAtATimeIsAskedToWait) {
  ASSERT_TRUE(room.run(cmd::hold_change{terms(room, "r", slot("12:00", "13:00"), "a")}));
  const auto no = room.run(cmd::hold_change{terms(room, "r", slot("14:00", "15:00"), "b")});
  EXPECT_TRUE(is_transient(no.error().code));
}

TEST_F(RoomChangeTest, RetiringTheRoomGivesUpWhatWasToMoveIn) {
  live_room other;
  ASSERT_TRUE(other.reserve("guest", slot("10:00", "11:00")));
  auto t = terms(other, "guest", slot("12:00", "13:00"));
  t.from.room = room_id{"elsewhere"};
  ASSERT_TRUE(room.run(cmd::hold_change{t}));
  EXPECT_THAT(room.run(cmd::retire_room{}).error().conflicting, ElementsAre("r", "guest"));
  ASSERT_TRUE(room.run(cmd::retire_room{0, true}));
  EXPECT_EQ(room.run(cmd::apply_change{t}).error().code, ec::illegal_transition);
}

TEST_F(RoomChangeTest, BetweenTwoRoomsTheOldOneKeepsEverythingElseAway) {
  const auto t = terms(room, "r", slot("12:00", "13:00"));
  const reservation_id r{"r"};
  ASSERT_TRUE(room.run(cmd::begin_leaving{t, room_id{"loft"}}));
  EXPECT_THAT(*room.run(cmd::begin_leaving{t, room_id{"loft"}}), IsEmpty());
  room.now = clock("10:00");
  for (const room_command& c : std::vector<room_command>{cmd::cancel{r, account_id{"ann"}},
                                                         cmd::check_in{r, account_id{"ann"}}}) {
    const auto no = room.run(c);
    ASSERT_FALSE(no);
    EXPECT_TRUE(is_transient(no.error().code));
    EXPECT_GT(no.error().retry_after_ms, 0);
  }
  room.now = clock("12:00");
  EXPECT_THAT(*room.run(cmd::advance{r}), IsEmpty());
  ASSERT_TRUE(room.run(cmd::leave{r, t.change}));
  EXPECT_THAT(*room.run(cmd::leave{r, t.change}), IsEmpty());
  EXPECT_TRUE(is_transient(room.run(cmd::cancel{r, account_id{"ann"}}).error().code))
      << "asked of the wrong room for a moment";
}

TEST_F(RoomChangeTest, StayingUndoesLeaving) {
  const auto t = terms(room, "r", slot("12:00", "13:00"));
  ASSERT_TRUE(room.run(cmd::begin_leaving{t, room_id{"loft"}}));
  ASSERT_TRUE(room.run(cmd::stay{t.from.id, t.change}));
  EXPECT_TRUE(room.run(cmd::cancel{t.from.id, account_id{"ann"}}));
}

TEST_F(RoomChangeTest, ArrivalFromAnotherRoomIsABookingLikeAnyOther) {
  live_room other;
  ASSERT_TRUE(other.reserve("guest", slot("10:00", "11:00")));
  auto t = terms(other, "guest", slot("12:00", "14:00"));
  t.from.room = room_id{"elsewhere"};
  ASSERT_TRUE(room.run(cmd::hold_change{t}));
  const auto done = room.run(cmd::apply_change{t});
  ASSERT_TRUE(done);
  const auto& e = std::get<ev::reservation_changed>(done->at(0));
  EXPECT_EQ(e.booked.price, (money{2000, "EUR"}));
  EXPECT_THAT(e.booked.charges, ElementsAre(charge{t.payment, {1000, "EUR"}}));
  EXPECT_EQ(room.book.find(reservation_id{"guest"})->room, room.book.id());
  const auto gone = room.run(cmd::cancel{reservation_id{"guest"}, account_id{"ann"}, false, true});
  ASSERT_TRUE(gone);
  EXPECT_THAT(std::get<ev::reservation_cancelled>(gone->at(0)).refunds,
              ElementsAre(refund_part{t.payment, {1000, "EUR"}, 0},
                          refund_part{payment_id{"pay-guest"}, {1000, "EUR"}, 0}));
}

TEST_F(RoomChangeTest, AnotherCurrencyIsRefused) {
  auto t = terms(room, "r", slot("12:00", "13:00"));
  t.from.room = room_id{"elsewhere"};
  t.from.price.currency = "KRW";
  EXPECT_THAT(testing::rules_of(room.run(cmd::hold_change{t}).error().violations),
              ElementsAre("currency"));
}

TEST_F(RoomChangeTest, DueTimesFollowTheMove) {
  auto facts = testing::plain_room();
  facts.check_in_required = true;
  live_room strict{facts};
  ASSERT_TRUE(strict.reserve("r", slot("10:00", "11:00")));
  const auto moved = move(strict, "r", slot("12:00", "13:00"));
  ASSERT_TRUE(moved);
  const auto changes = due_of(moved->back(), strict.book.id(), strict.now);
  const auto entry = [&](const char* at) {
    return due_entry{clock(at), due_entry::kind::advance, strict.book.id(), "r"};
  };
  EXPECT_THAT(changes.remove, ElementsAre(entry("10:15"), entry("11:00")));
  EXPECT_THAT(changes.add, ElementsAre(entry("12:15"), entry("13:00")));
  // To another room: the old one's entries go with the event of its own stream.
  const ev::reservation_left left{reservation_id{"r"}, saga_id{"c"}, room_id{"loft"},
                                  slot("10:00", "11:00"), clock("10:15")};
  EXPECT_THAT(due_of(left, strict.book.id(), strict.now).remove, SizeIs(3));
}

TEST(ChargesTest, RefundsTakeTheNewestChargeFirst) {
  reservation r;
  r.price = {30, "KRW"};
  r.payment = payment_id{"first"};
  r.charges = {{payment_id{"second"}, {5, "KRW"}}, {payment_id{"third"}, {10, "KRW"}}};
  const auto parts = refund_parts(r, 20);
  EXPECT_THAT(parts, ElementsAre(refund_part{payment_id{"third"}, {10, "KRW"}, 0},
                                 refund_part{payment_id{"second"}, {5, "KRW"}, 0},
                                 refund_part{payment_id{"first"}, {5, "KRW"}, 10}));
  EXPECT_THAT(charges_after(r, parts), IsEmpty());
  EXPECT_THAT(charges_after(r, refund_parts(r, 4)),
              ElementsAre(r.charges[0], charge{payment_id{"third"}, {6, "KRW"}}));
  EXPECT_THAT(refund_parts(r, 0), IsEmpty());
}

}  // namespace
}  // namespace atrium
