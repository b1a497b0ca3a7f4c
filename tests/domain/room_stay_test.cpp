#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/domain/builders.hpp"

namespace atrium {
namespace {

using testing::at;
using testing::clock;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::live_room;
using testing::plain_room;
using testing::slot;

class StayTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(room.reserve("r", slot("09:00", "10:00"))); }

  result<std::vector<event>> cancel(const std::string& by = "ann", bool as_operator = false,
                                    bool full = false) {
    return room.run(cmd::cancel{reservation_id{"r"}, account_id{by}, as_operator, full, "ill"});
  }
  result<std::vector<event>> check_in(const std::string& by = "ann", bool as_operator = false) {
    return room.run(cmd::check_in{reservation_id{"r"}, account_id{by}, as_operator});
  }
  result<std::vector<event>> check_out(const std::string& by = "ann") {
    return room.run(cmd::check_out{reservation_id{"r"}, account_id{by}, false});
  }
  result<std::vector<event>> advance() { return room.run(cmd::advance{reservation_id{"r"}}); }

  live_room room;
};

TEST_F(StayTest, CancellingRefundsByTheFrozenPolicyAndFreesTheSlot) {
  auto stricter = plain_room();
  stricter.cancellation.clear();
  ASSERT_TRUE(room.run(cmd::change_room{stricter, 0}));
  const auto cancelled = cancel();
  ASSERT_TRUE(cancelled);
  const auto& e = std::get<ev::reservation_cancelled>(cancelled->at(0));
  EXPECT_EQ(e.refund, (money{500, "EUR"}));
  EXPECT_EQ(e.fee, (money{500, "EUR"}));
  EXPECT_EQ(e.rule, (cancellation_rule{1, 50}));
  EXPECT_EQ(e.by, account_id{"ann"});
  EXPECT_EQ(e.payment, payment_id{"pay-r"});
  EXPECT_EQ(room.status_of("r"), reservation_status::cancelled);
  EXPECT_TRUE(room.reserve("next", slot("09:00", "10:00")));
}

TEST_F(StayTest, CancellingTwiceIsRefused) {
  ASSERT_TRUE(cancel());
  const auto again = cancel();
  EXPECT_EQ(again.error().code, ec::illegal_transition);
  EXPECT_THAT(again.error().detail, HasSubstr("already cancelled"));
  EXPECT_EQ(room.run(cmd::confirm{reservation_id{"r"}}).error().code, ec::illegal_transition);
}

TEST_F(StayTest, OthersDoNotEvenSeeTheBooking) {
  for (const auto& answer : {cancel("bob"), check_in("bob"), check_out("bob")}) {
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, ec::not_found);
  }
  const auto unknown =
      room.run(cmd::cancel{reservation_id{"x"}, account_id{"bob"}, true, true, ""});
  EXPECT_EQ(unknown.error().code, ec::not_found);
}

TEST_F(StayTest, AnOperatorMayRefundInFull) {
  room.now = clock("08:59");
  const auto cancelled = cancel("op", true, true);
  ASSERT_TRUE(cancelled);
  const auto& e = std::get<ev::reservation_cancelled>(cancelled->at(0));
  EXPECT_EQ(e.refund.amount, 1000);
  EXPECT_EQ(e.fee, (money{0, "EUR"}));
  EXPECT_EQ(e.rule, (cancellation_rule{0, 100}));
}

TEST_F(StayTest, CancellingAfterTheStartPaysNothingBack) {
  room.now = clock("09:30");
  const auto cancelled = cancel();
  ASSERT_TRUE(cancelled);
  const auto& e = std::get<ev::reservation_cancelled>(cancelled->at(0));
  EXPECT_EQ(e.refund.amount, 0);
  EXPECT_EQ(e.fee.amount, 1000);
  EXPECT_FALSE(e.rule);
}

TEST_F(StayTest, AfterTheEndOnlyAnOperatorCancelsUntilItIsCompleted) {
  room.now = clock("10:00");
  EXPECT_EQ(cancel().error().code, ec::illegal_transition);
  EXPECT_TRUE(room.book.decide(cmd::cancel{reservation_id{"r"}, account_id{"op"}, true, true, ""},
                               room.now));
  ASSERT_TRUE(advance());
  EXPECT_EQ(cancel("op", true, true).error().code, ec::illegal_transition);
}

TEST_F(StayTest, WhatIsStillBeingPaidCannotBeCancelled) {
  ASSERT_TRUE(room.run(live_room::hold("h", slot("11:00", "12:00"))));
  const auto f =
      room.run(cmd::cancel{reservation_id{"h"}, account_id{"ann"}, false, false, ""}).error();
  EXPECT_EQ(f.code, ec::illegal_transition);
  EXPECT_THAT(f.detail, HasSubstr("waiting for its payment"));
}

TEST_F(StayTest, ALongReasonIsRefused) {
  const auto answer = room.run(
      cmd::cancel{reservation_id{"r"}, account_id{"ann"}, false, false, std::string(501, 'x')});
  EXPECT_EQ(answer.error().violations.at(0).pointer, "/reason");
}

TEST_F(StayTest, CheckInOpensFifteenMinutesBeforeTheStart) {
  room.now = clock("08:45") - milliseconds{1};
  const auto early = check_in();
  EXPECT_EQ(early.error().code, ec::illegal_transition);
  EXPECT_THAT(early.error().detail, HasSubstr("from 2026-11-23 08:45 to 10:00 (UTC)"));
  room.now = clock("08:45");
  EXPECT_EQ(check_in()->size(), 1u);
  EXPECT_THAT(*check_in(), IsEmpty());
  EXPECT_EQ(room.status_of("r"), reservation_status::checked_in);
}

TEST_F(StayTest, CheckInClosesAtTheEnd) {
  room.now = clock("10:00");
  EXPECT_EQ(check_in().error().code, ec::illegal_transition);
  room.now = clock("10:00") - milliseconds{1};
  EXPECT_TRUE(check_in("op", true));
}

TEST_F(StayTest, ACheckedInGuestChecksOutOnceAndCannotCancel) {
  EXPECT_THAT(check_out().error().detail, HasSubstr("Check in first"));
  room.now = clock("09:00");
  ASSERT_TRUE(check_in());
  EXPECT_EQ(cancel().error().code, ec::illegal_transition);
  EXPECT_EQ(cancel("op", true, true).error().code, ec::illegal_transition);
  const auto out = check_out();
  ASSERT_TRUE(out);
  EXPECT_EQ(std::get<ev::reservation_completed>(out->at(0)).how, ev::completion::checked_out);
  EXPECT_EQ(check_out().error().code, ec::illegal_transition);
  EXPECT_EQ(check_in().error().code, ec::illegal_transition);
}

TEST_F(StayTest, AnEarlyCheckOutFreesTheRestOfTheTime) {
  room.now = clock("09:00");
  ASSERT_TRUE(check_in());
  room.now = clock("09:20");
  ASSERT_TRUE(check_out());
  EXPECT_TRUE(room.reserve("next", slot("09:30", "10:00")));
}

TEST_F(StayTest, TheClockCompletesAtTheEndAndOnlyThen) {
  room.now = clock("10:00") - milliseconds{1};
  EXPECT_THAT(*advance(), IsEmpty());
  room.now = clock("10:00");
  const auto done = advance();
  ASSERT_EQ(done->size(), 1u);
  EXPECT_EQ(std::get<ev::reservation_completed>(done->at(0)).how, ev::completion::by_clock);
  EXPECT_THAT(*advance(), IsEmpty());
  EXPECT_THAT(*room.run(cmd::advance{reservation_id{"unknown"}}), IsEmpty());
}

TEST_F(StayTest, TheClockCompletesACheckedInGuestToo) {
  room.now = clock("09:00");
  ASSERT_TRUE(check_in());
  room.now = clock("10:00");
  EXPECT_EQ(advance()->size(), 1u);
  EXPECT_EQ(room.status_of("r"), reservation_status::completed);
}

class NoShowTest : public StayTest {
 protected:
  void SetUp() override {
    auto strict = plain_room();
    strict.check_in_required = true;
    ASSERT_TRUE(room.run(cmd::change_room{strict, 0}));
    StayTest::SetUp();
  }
};

TEST_F(NoShowTest, WhoDoesNotCheckInWithinTheGraceIsANoShow) {
  room.now = clock("09:15") - milliseconds{1};
  EXPECT_THAT(*advance(), IsEmpty());
  room.now = clock("09:15");
  EXPECT_EQ(check_in().error().code, ec::illegal_transition);
  ASSERT_EQ(advance()->size(), 1u);
  EXPECT_EQ(room.status_of("r"), reservation_status::no_show);
  EXPECT_EQ(cancel().error().code, ec::illegal_transition);
  EXPECT_TRUE(room.reserve("next", slot("09:30", "10:00")));
}

TEST_F(NoShowTest, WhoChecksInStays) {
  room.now = clock("09:15") - milliseconds{1};
  ASSERT_TRUE(check_in());
  room.now = clock("09:15");
  EXPECT_THAT(*advance(), IsEmpty());
}

TEST_F(NoShowTest, TheGraceIsFrozenWhenTheBookingIsConfirmed) {
  auto longer = room.book.facts();
  longer.grace_minutes = 45;
  ASSERT_TRUE(room.run(cmd::change_room{longer, 0}));
  room.now = clock("09:15");
  EXPECT_EQ(advance()->size(), 1u);
}

// ---- what is remembered ------------------------------------------------------------------------

TEST_F(StayTest, AnEndedBookingFadesAfterAWeek) {
  ASSERT_TRUE(cancel());
  room.now += std::chrono::days{7};
  ASSERT_TRUE(room.reserve("later", {at("2026-11-30T12:00:00Z"), at("2026-11-30T13:00:00Z")}));
  EXPECT_NE(room.book.find(reservation_id{"r"}), nullptr);
  room.now += milliseconds{1};
  ASSERT_TRUE(
      room.reserve("still later", {at("2026-11-30T14:00:00Z"), at("2026-11-30T15:00:00Z")}));
  EXPECT_EQ(room.book.find(reservation_id{"r"}), nullptr);
  EXPECT_EQ(cancel().error().code, ec::not_found);
}

TEST_F(StayTest, EndlessBookingAndReleasingDoesNotGrowTheRoom) {
  for (int i = 0; i < 5000; ++i) {
    const auto id = "try" + std::to_string(i);
    ASSERT_TRUE(room.run(live_room::hold(id, slot("11:00", "12:00"))));
    ASSERT_TRUE(room.run(cmd::release_slot{reservation_id{id}, reservation_status::rejected}));
  }
  EXPECT_LT(room.book.condense().size(), 2 * 4096u + 10);
  EXPECT_EQ(room.book.find(reservation_id{"try0"}), nullptr);
  EXPECT_NE(room.book.find(reservation_id{"try4999"}), nullptr);
  EXPECT_EQ(testing::replayed(room.book.condense()), room.book);
}

}  // namespace
}  // namespace atrium
