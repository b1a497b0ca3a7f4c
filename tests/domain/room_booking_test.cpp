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
using ::testing::Not;
using testing::plain_room;
using testing::rules_of;
using testing::slot;

TEST(RoomTest, AHeldSlotIsConfirmed) {
  live_room room;
  const auto held = room.run(live_room::hold("r", slot("09:00", "10:30")));
  ASSERT_TRUE(held);
  ASSERT_EQ(held->size(), 1u);
  const auto& e = std::get<ev::reservation_held>(held->front());
  EXPECT_EQ(e.price, (money{1500, "EUR"}));
  EXPECT_EQ(e.policy, plain_room().cancellation);
  EXPECT_EQ(e.time_zone, "UTC");
  EXPECT_EQ(e.payment, payment_id{"pay-r"});
  EXPECT_EQ(room.status_of("r"), reservation_status::held);
  ASSERT_TRUE(room.run(cmd::confirm{reservation_id{"r"}}));
  EXPECT_EQ(room.status_of("r"), reservation_status::confirmed);
  const auto* r = room.book.find(reservation_id{"r"});
  EXPECT_EQ(r->room, room_id{"atelier"});
  EXPECT_EQ(r->created_at, room.now);
  EXPECT_EQ(r->title, "stand-up");
}

TEST(RoomTest, ASlotIsKeptWhileItsCustomerActsAndConfirmedOrGivenBack) {
  live_room room;
  const reservation_id r{"r"}, gone{"gone"};
  const auto until = room.now + std::chrono::minutes{15};
  EXPECT_EQ(room.run(cmd::await_payment{r, until}).error().code, ec::not_found);
  ASSERT_TRUE(room.run(live_room::hold("r", slot("09:00", "10:00"))));
  const auto asked = room.run(cmd::await_payment{r, until});
  ASSERT_TRUE(asked);
  EXPECT_EQ(std::get<ev::reservation_awaiting_payment>(asked->front()).expires_at, until);
  EXPECT_EQ(room.status_of("r"), reservation_status::awaiting_payment);
  EXPECT_THAT(*room.run(cmd::await_payment{r, until}), IsEmpty()) << "repeating changes nothing";
  room.now = until + std::chrono::minutes{1};
  EXPECT_EQ(room.run(live_room::hold("other", slot("09:00", "10:00"), "bob")).error().code,
            ec::slot_taken)
      << "its saga gives the slot back, not the time";
  const auto cancelled = room.run(cmd::cancel{r, account_id{"ann"}, false, false, ""});
  ASSERT_FALSE(cancelled);
  EXPECT_THAT(cancelled.error().detail, HasSubstr("Nothing is charged"));
  EXPECT_EQ(testing::replayed(room.book.condense()), room.book);
  ASSERT_TRUE(room.run(cmd::confirm{r}));
  EXPECT_EQ(room.status_of("r"), reservation_status::confirmed);
  EXPECT_EQ(room.run(cmd::await_payment{r, until}).error().code, ec::illegal_transition);

  ASSERT_TRUE(room.run(live_room::hold("gone", slot("14:00", "15:00"))));
  ASSERT_TRUE(room.run(cmd::await_payment{gone, room.now + std::chrono::minutes{15}}));
  ASSERT_TRUE(room.run(cmd::release_slot{gone, reservation_status::expired}));
  EXPECT_TRUE(room.run(live_room::hold("next", slot("14:00", "15:00"), "bob")));
}

TEST(RoomTest, OverlappingHoldIsRefusedWithSlotTaken) {
  live_room room;
  ASSERT_TRUE(room.reserve("r", slot("09:00", "10:00")));
  for (const auto& when : {slot("09:00", "10:00"), slot("08:30", "09:30"), slot("09:30", "11:00"),
                           slot("08:30", "11:00")}) {
    const auto refused = room.run(live_room::hold("other", when, "bob"));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ec::slot_taken);
    EXPECT_THAT(refused.error().detail, Not(HasSubstr("ann")));
    EXPECT_THAT(refused.error().conflicting, IsEmpty());
  }
  EXPECT_TRUE(room.run(live_room::hold("before", slot("08:30", "09:00"), "bob")));
  EXPECT_TRUE(room.run(live_room::hold("after", slot("10:00", "11:00"), "bob")));
}

TEST(RoomTest, ATakenSlotComesWithTheNearestFreeOnes) {
  live_room room;
  ASSERT_TRUE(room.reserve("r", slot("10:00", "11:00")));
  const auto refused = room.run(live_room::hold("other", slot("10:00", "11:00"), "bob"));
  ASSERT_FALSE(refused);
  const room_id id{"atelier"};
  EXPECT_THAT(refused.error().alternatives, ElementsAre(alternative{id, slot("11:00", "12:00")},
                                                        alternative{id, slot("09:00", "10:00")},
                                                        alternative{id, slot("11:30", "12:30")}));
  EXPECT_EQ(refused.error().detail,
            "\"Atelier\" is not free from 2026-11-23 10:00 to 11:00 (UTC). Free nearby: 2026-11-23 "
            "11:00 to 12:00 (UTC); 2026-11-23 09:00 to 10:00 (UTC). Choose one of "
            "these or another room.");
}

TEST(RoomTest, ARoomBookedOutForWeeksSaysSo) {
  auto facts = plain_room();
  facts.max_duration_minutes = 10080;
  live_room room{facts, at("2026-11-23T00:00:00Z")};
  for (int week = 0; week < 4; ++week) {
    const auto from = room.now + std::chrono::days{7 * week};
    ASSERT_TRUE(room.reserve("w" + std::to_string(week), {from, from + std::chrono::days{7}}));
  }
  const auto refused = room.run(live_room::hold("other", slot("10:00", "11:00"), "bob"));
  EXPECT_THAT(refused.error().alternatives, IsEmpty());
  EXPECT_THAT(refused.error().detail, HasSubstr("Try another room or a shorter time."));
}

TEST(RoomTest, TheBufferIsOneGapNotTwo) {
  auto facts = plain_room();
  facts.buffer_minutes = 30;
  live_room room{facts};
  ASSERT_TRUE(room.reserve("r", slot("10:00", "11:00")));
  EXPECT_EQ(room.run(live_room::hold("x", slot("11:00", "12:00"))).error().code, ec::slot_taken);
  EXPECT_EQ(room.run(live_room::hold("x", slot("09:00", "10:00"))).error().code, ec::slot_taken);
  EXPECT_TRUE(room.run(live_room::hold("after", slot("11:30", "12:30"))));
  EXPECT_TRUE(room.run(room.keep("before", slot("08:30", "09:30"))));
}

TEST(RoomTest, ABrokenRuleIsExplained) {
  live_room room;
  const auto refused = room.run(live_room::hold("r", slot("09:10", "09:20")));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ec::rule_violation);
  EXPECT_THAT(rules_of(refused.error().violations), ElementsAre("min-duration", "step", "step"));
  EXPECT_EQ(refused.error().detail,
            "\"Atelier\" cannot be booked from 2026-11-23 09:10 to 09:20 (UTC): too short "
            "(allowed: at least "
            "30 minutes; asked: 10 minutes); off the room's time grid (allowed: durations are "
            "multiples of 30 "
            "minutes; asked: 10 minutes); off the room's time grid (allowed: starts every 30 "
            "minutes from "
            "local midnight, such as 09:00 or 09:30; asked: 2026-11-23 09:10 (UTC)). Choose a time "
            "within "
            "these limits.");
}

TEST(RoomTest, ABrokenRuleWinsOverATakenSlot) {
  live_room room;
  ASSERT_TRUE(room.reserve("r", slot("09:00", "10:00")));
  auto crowd = live_room::hold("x", slot("09:00", "10:00"));
  crowd.party_size = 99;
  EXPECT_EQ(room.run(crowd).error().code, ec::rule_violation);
}

TEST(RoomTest, HoldingTwiceUnderOneIdIsHoldingOnce) {
  live_room room;
  const auto hold = live_room::hold("r", slot("09:00", "10:00"));
  ASSERT_TRUE(room.run(hold));
  EXPECT_THAT(*room.run(hold), IsEmpty());
  ASSERT_TRUE(room.run(cmd::confirm{reservation_id{"r"}}));
  EXPECT_THAT(*room.run(cmd::confirm{reservation_id{"r"}}), IsEmpty());
  EXPECT_THAT(*room.run(hold), IsEmpty());
}

TEST(RoomTest, AReleasedSlotIsFreeAndItsIdIsSpent) {
  live_room room;
  const auto hold = live_room::hold("r", slot("09:00", "10:00"));
  ASSERT_TRUE(room.run(hold));
  const cmd::release_slot release{reservation_id{"r"}, reservation_status::payment_failed};
  ASSERT_EQ(room.run(release)->size(), 1u);
  EXPECT_THAT(*room.run(release), IsEmpty());
  EXPECT_EQ(room.run(cmd::confirm{reservation_id{"r"}}).error().code, ec::illegal_transition);
  EXPECT_EQ(room.run(hold).error().code, ec::illegal_transition);
  EXPECT_TRUE(room.reserve("next", slot("09:00", "10:00")));
}

TEST(RoomTest, WhatWasNeverHeldIsReleasedButNotConfirmed) {
  live_room room;
  EXPECT_THAT(*room.run(cmd::release_slot{reservation_id{"r"}, reservation_status::rejected}),
              IsEmpty());
  EXPECT_EQ(room.run(cmd::confirm{reservation_id{"r"}}).error().code, ec::not_found);
}

TEST(RoomTest, AConfirmedBookingIsNotSimplyReleased) {
  live_room room;
  ASSERT_TRUE(room.reserve("r", slot("09:00", "10:00")));
  const cmd::release_slot release{reservation_id{"r"}, reservation_status::rejected};
  EXPECT_EQ(room.run(release).error().code, ec::illegal_transition);
  ASSERT_TRUE(room.run(live_room::hold("s", slot("10:00", "11:00"))));
  EXPECT_EQ(
      room.run(cmd::release_slot{reservation_id{"s"}, reservation_status::completed}).error().code,
      ec::validation);
}

TEST(RoomTest, AnUnknownRoomHasNoSlots) {
  const room_book nowhere{room_id{"nowhere"}};
  EXPECT_FALSE(nowhere.exists());
  EXPECT_EQ(
      nowhere.decide(live_room::hold("r", slot("09:00", "10:00")), clock("08:00")).error().code,
      ec::not_found);
  EXPECT_THAT(nowhere.nearest_free(slot("09:00", "10:00"), 1, clock("08:00"), 3), IsEmpty());
}

TEST(RoomTest, AnOverlongTitleIsRefused) {
  live_room room;
  auto hold = live_room::hold("r", slot("09:00", "10:00"));
  hold.title = std::string(201, 'x');
  EXPECT_EQ(room.run(hold).error().violations.at(0).pointer, "/title");
}

// ---- holds of customers ------------------------------------------------------------------------

TEST(HoldTest, AHoldKeepsOthersOutUntilItExpires) {
  live_room room;
  ASSERT_TRUE(room.run(room.keep("h", slot("09:00", "10:00"))));
  EXPECT_EQ(room.run(live_room::hold("r", slot("09:00", "10:00"), "bob")).error().code,
            ec::slot_taken);
  room.now = clock("08:10") - milliseconds{1};
  EXPECT_EQ(room.run(live_room::hold("r", slot("09:00", "10:00"), "bob")).error().code,
            ec::slot_taken);
  room.now = clock("08:10");
  const auto taken = room.run(live_room::hold("r", slot("09:00", "10:00"), "bob"));
  ASSERT_TRUE(taken);
  ASSERT_EQ(taken->size(), 2u);
  EXPECT_EQ(std::get<ev::hold_released>(taken->at(0)).reason, ev::hold_end::expired);
  EXPECT_THAT(*room.run(cmd::expire_hold{hold_id{"h"}}), IsEmpty());
}

TEST(HoldTest, OnesOwnHoldIsPointedOut) {
  live_room room;
  ASSERT_TRUE(room.run(room.keep("h1", slot("09:00", "10:00"))));
  EXPECT_THAT(
      room.run(live_room::hold("r", slot("09:30", "10:30"))).error().detail,
      HasSubstr("You hold 2026-11-23 09:00 to 10:00 (UTC) yourself: book it with holdId \"h1\""));
  EXPECT_THAT(room.run(live_room::hold("r", slot("09:30", "10:30"), "bob")).error().detail,
              Not(HasSubstr("h1")));
}

TEST(HoldTest, TheClockExpiresAHoldOnlyWhenItIsTime) {
  live_room room;
  ASSERT_TRUE(room.run(room.keep("h", slot("09:00", "10:00"))));
  EXPECT_THAT(*room.run(cmd::expire_hold{hold_id{"h"}}), IsEmpty());
  EXPECT_NE(room.book.find_hold(hold_id{"h"}), nullptr);
  room.now = clock("08:10");
  ASSERT_EQ(room.run(cmd::expire_hold{hold_id{"h"}})->size(), 1u);
  EXPECT_EQ(room.book.find_hold(hold_id{"h"}), nullptr);
}

TEST(HoldTest, BookingFromAHoldKeepsItsPrice) {
  live_room room;
  ASSERT_TRUE(room.run(room.keep("h", slot("09:00", "10:00"))));
  auto dearer = plain_room();
  dearer.price_per_hour.amount = 9999;
  ASSERT_TRUE(room.run(cmd::change_room{dearer, 0}));
  auto hold = live_room::hold("r", slot("09:00", "10:00"));
  hold.from_hold = hold_id{"h"};
  const auto booked = room.run(hold);
  ASSERT_TRUE(booked);
  ASSERT_EQ(booked->size(), 2u);
  EXPECT_EQ(std::get<ev::hold_released>(booked->at(0)).reason, ev::hold_end::booked);
  EXPECT_EQ(std::get<ev::reservation_held>(booked->at(1)).price.amount, 1000);
}

class FromHoldTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(room.run(room.keep("h", slot("09:00", "10:00")))); }
  failure refused(const interval& when, const std::string& customer = "ann",
                  const std::string& hold = "h") {
    auto c = live_room::hold("r", when, customer);
    c.from_hold = hold_id{hold};
    const auto answer = room.run(c);
    EXPECT_FALSE(answer);
    return answer ? failure{} : answer.error();
  }
  live_room room;
};

TEST_F(FromHoldTest, SomeoneElsesHoldIsNotFound) {
  EXPECT_EQ(refused(slot("09:00", "10:00"), "bob").code, ec::not_found);
  EXPECT_EQ(refused(slot("09:00", "10:00"), "ann", "nope").code, ec::not_found);
}

TEST_F(FromHoldTest, AnotherTimeThanHeldIsRefused) {
  const auto f = refused(slot("09:00", "10:30"));
  EXPECT_EQ(f.code, ec::rule_violation);
  ASSERT_THAT(rules_of(f.violations), ElementsAre("hold-interval"));
  EXPECT_EQ(f.violations[0].pointer, "/end");
}

TEST_F(FromHoldTest, AnExpiredHoldIsGoneBeforeAndAfterTheClockNoticed) {
  room.now = clock("08:10");
  EXPECT_EQ(refused(slot("09:00", "10:00")).code, ec::hold_expired);
  ASSERT_TRUE(room.run(cmd::expire_hold{hold_id{"h"}}));
  EXPECT_EQ(refused(slot("09:00", "10:00")).code, ec::hold_expired);
  EXPECT_EQ(refused(slot("09:00", "10:00"), "bob").code, ec::not_found);
}

TEST_F(FromHoldTest, AReleasedHoldIsGone) {
  EXPECT_EQ(room.run(cmd::release_hold{hold_id{"h"}, account_id{"bob"}}).error().code,
            ec::not_found);
  ASSERT_EQ(room.run(cmd::release_hold{hold_id{"h"}, account_id{"ann"}})->size(), 1u);
  EXPECT_THAT(*room.run(cmd::release_hold{hold_id{"h"}, account_id{"ann"}}), IsEmpty());
  EXPECT_THAT(refused(slot("09:00", "10:00")).detail, HasSubstr("was given up"));
}

TEST_F(FromHoldTest, ALargerPartyThanTheRoomIsRefused) {
  auto c = live_room::hold("r", slot("09:00", "10:00"));
  c.from_hold = hold_id{"h"};
  c.party_size = 9;
  EXPECT_THAT(rules_of(room.run(c).error().violations), ElementsAre("capacity"));
}

TEST_F(FromHoldTest, APromiseIsKeptWhenTheStartHasPassedMeanwhile) {
  room.now = clock("08:55");
  ASSERT_TRUE(room.run(room.keep("soon", slot("10:00", "10:30"))));
  room.now = clock("09:59");
  auto c = live_room::hold("r", slot("10:30", "11:00"));
  ASSERT_TRUE(room.run(room.keep("late", slot("10:30", "11:00"))));
  c.from_hold = hold_id{"late"};
  room.now = clock("10:09") - milliseconds{1};
  ASSERT_TRUE(room.run(c));
}

TEST(HoldTest, PlacingTwiceUnderOneIdIsPlacingOnce) {
  live_room room;
  const auto keep = room.keep("h", slot("09:00", "10:00"));
  ASSERT_TRUE(room.run(keep));
  EXPECT_THAT(*room.run(keep), IsEmpty());
  ASSERT_TRUE(room.run(cmd::release_hold{hold_id{"h"}, {}}));
  EXPECT_EQ(room.run(keep).error().code, ec::hold_expired);
}

TEST(HoldTest, AHoldLastsAtMostADay) {
  live_room room;
  auto keep = room.keep("h", slot("09:00", "10:00"));
  keep.expires_at = room.now;
  EXPECT_THAT(rules_of(room.run(keep).error().violations), ElementsAre("hold-ttl"));
  keep.expires_at = room.now + std::chrono::hours{24} + milliseconds{1};
  EXPECT_THAT(rules_of(room.run(keep).error().violations), ElementsAre("hold-ttl"));
  keep.expires_at = room.now + std::chrono::hours{24};
  EXPECT_TRUE(room.run(keep));
}

// ---- alternatives ------------------------------------------------------------------------------

TEST(NearestFreeTest, ClosedNightsAreSkipped) {
  auto facts = plain_room();
  facts.opening_hours = {testing::every_day(9 * 60, 11 * 60)};
  live_room room{facts};
  ASSERT_TRUE(room.reserve("r", slot("09:00", "11:00")));
  EXPECT_THAT(
      room.book.nearest_free(slot("09:00", "10:00"), 1, room.now, 2),
      ElementsAre(
          alternative{room.book.id(), {at("2026-11-24T09:00:00Z"), at("2026-11-24T10:00:00Z")}},
          alternative{room.book.id(), {at("2026-11-24T09:30:00Z"), at("2026-11-24T10:30:00Z")}}));
}

TEST(NearestFreeTest, AGridThatAClockChangeShiftsIsSearchedOnBothSides) {
  auto facts = plain_room();
  facts.time_zone = "America/New_York";
  facts.step_minutes = facts.min_duration_minutes = 32;
  facts.max_duration_minutes = 320;
  live_room room{facts, at("2026-11-01T00:00:00Z")};
  // 02:00 falls back to 01:00 at 06:00Z: 01:36 summer time, then 01:04 winter time.
  const auto minutes32 = [](const char* start) {
    return interval{at(start), at(start) + std::chrono::minutes{32}};
  };
  EXPECT_THAT(room.book.nearest_free(minutes32("2026-11-01T06:01:00Z"), 1, room.now, 2),
              ElementsAre(alternative{room.book.id(), minutes32("2026-11-01T06:04:00Z")},
                          alternative{room.book.id(), minutes32("2026-11-01T05:36:00Z")}));
}

TEST(NearestFreeTest, WhatNoTimeCanHealHasNoAlternatives) {
  live_room room;
  EXPECT_THAT(room.book.nearest_free(slot("09:00", "10:00"), 99, room.now, 3), IsEmpty());
  EXPECT_THAT(room.book.nearest_free(slot("09:00", "09:10"), 1, room.now, 3), IsEmpty());
  EXPECT_THAT(room.book.nearest_free(slot("09:00", "18:00"), 1, room.now, 3), IsEmpty());
  EXPECT_THAT(room.book.nearest_free({instant::min(), instant::max()}, 1, room.now, 3), IsEmpty());
}

TEST(NearestFreeTest, NothingIsOfferedInThePastOrBeyondTheHorizon) {
  auto facts = plain_room();
  facts.horizon_days = 1;
  live_room room{facts, clock("09:00")};
  ASSERT_TRUE(room.reserve("r", slot("09:00", "10:00")));
  for (const auto& a : room.book.nearest_free(slot("09:00", "10:00"), 1, room.now, 100)) {
    EXPECT_THAT(check_slot(facts, a.when, 1, room.now), IsEmpty());
  }
}

}  // namespace
}  // namespace atrium
