#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/sagas/simulation.hpp"

namespace atrium::testing {
namespace {

using fate = provider_fate;
using state = payment_record::state;

/// What the payment provider's events bring about, in virtual time.
class NoticeTest : public ::testing::Test {
 protected:
  void SetUp() override { world.register_room(); }
  void TearDown() override {
    world.settle();
    EXPECT_THAT(world.broken_invariants(), ::testing::IsEmpty());
  }

  void run_now() { world.run_now(); }
  void notice(const std::string& reference = {}) {
    world.engine().on(saga_notice{{payment_id{"pay_acc_1-k"}, reference}});
  }
  bool is_booked(const std::shared_ptr<simulation::call>& c) {
    return c->answer && *c->answer &&
           std::holds_alternative<ev::booking_result>((**c->answer).result);
  }

  simulation world;
};

TEST_F(NoticeTest, WhatIsNotKnownIsLookedUpAtOnce) {
  world.provider().script("authorize", {fate::unknown_after});
  world.provider().script("lookup", {fate::retryable});
  auto c = world.submit("k", world.booking());
  const auto asked = world.now();
  run_now();
  ASSERT_FALSE(c->answer);
  notice();
  run_now();
  EXPECT_TRUE(is_booked(c));
  EXPECT_EQ(world.now(), asked) << "no timer had to fire";
}

TEST_F(NoticeTest, ACallThatIsUnderWayIsAwaited) {
  auto c = world.submit("k", world.booking());
  while (world.provider().calls == 0) ASSERT_TRUE(world.step());
  const int calls = world.provider().calls;
  notice();
  EXPECT_EQ(world.provider().calls, calls);
  run_now();
  EXPECT_TRUE(is_booked(c));
  EXPECT_EQ(world.provider().calls, 2) << "authorise and capture, nothing else";
}

TEST_F(NoticeTest, RepeatedNoticesUseUpNoAttempts) {
  // The first authorisation never arrived: looking it up brings no news, however often.
  world.provider().script("authorize", {fate::unknown_before});
  auto c = world.submit("k", world.booking());
  while (world.engine().describe(1).at(0).attempts < 2) ASSERT_TRUE(world.step());
  for (int i = 0; i < 50; ++i) {
    notice();
    run_now();
  }
  ASSERT_EQ(world.engine().describe(1).size(), 1u);
  EXPECT_EQ(world.engine().describe(1)[0].attempts, 2);
  world.settle();
  EXPECT_TRUE(is_booked(c));
}

TEST_F(NoticeTest, ANoticeDuringALookUpMakesAnotherOne) {
  world.provider().script("authorize", {fate::unknown_after});
  world.provider().script("lookup", {fate::retryable});
  auto c = world.submit("k", world.booking());
  while (world.provider().calls < 2) ASSERT_TRUE(world.step());
  const auto asked = world.now();
  notice();  // the look-up has been asked and not answered
  run_now();
  EXPECT_TRUE(is_booked(c));
  EXPECT_EQ(world.now(), asked);
}

TEST_F(NoticeTest, ManyNoticesAtOnceMakeOneLookUp) {
  world.provider().script("authorize", {fate::unknown_after});
  world.provider().script("lookup", {fate::retryable, fate::retryable});
  world.submit("k", world.booking());
  run_now();
  const int calls = world.provider().calls;
  for (int i = 0; i < 50; ++i) notice();
  run_now();
  EXPECT_LE(world.provider().calls, calls + 2 + 1) << "one more because some came meanwhile, "
                                                      "and the capture";
}

TEST_F(NoticeTest, ALateSuccessWhileGivingUpIsTakenBackAtOnce) {
  world.provider().script("authorize", {fate::silent_after});
  world.provider().script("lookup", std::vector<fate>(40, fate::retryable));
  auto c = world.submit("k", world.booking());
  while (world.engine().describe(1).at(0).state != "compensating") ASSERT_TRUE(world.step());
  world.provider().script("lookup", {});
  run_now();
  const auto asked = world.now();
  notice();
  run_now();
  EXPECT_TRUE(world.engine().describe(1).empty()) << "voided and ended";
  EXPECT_EQ(world.now(), asked);
  EXPECT_EQ(world.provider().ledger.begin()->second.is, state::voided);
}

TEST_F(NoticeTest, NobodyIsAskedWhileTheCircuitIsOpen) {
  world.provider().script("authorize", {fate::unknown_after});
  world.provider().script("lookup", {fate::retryable});
  auto c = world.submit("k", world.booking());
  run_now();
  world.refused_for = milliseconds{5'000};
  const int calls = world.provider().calls;
  notice();
  run_now();
  EXPECT_EQ(world.provider().calls, calls);
  world.refused_for = {};
  world.settle();
  EXPECT_TRUE(is_booked(c));
}

TEST_F(NoticeTest, NoticesOfOtherEndedOrUnknownPaymentsChangeNothing) {
  auto c = world.submit("k", world.booking());
  world.settle();
  ASSERT_TRUE(is_booked(c));
  const auto events = world.log().events().size();
  const int calls = world.provider().calls;
  notice("ref");
  world.engine().on(saga_notice{{payment_id{"pay_nobody"}, "pi_1"}});
  world.engine().on(saga_notice{{payment_id{""}, ""}});
  world.settle();
  EXPECT_EQ(world.log().events().size(), events);
  EXPECT_EQ(world.provider().calls, calls);
}

TEST_F(NoticeTest, TheReferenceOfANoticeSparesTheSearch) {
  world.provider().script("authorize", {fate::unknown_after});
  world.provider().script("lookup", {fate::retryable});
  world.submit("k", world.booking());
  run_now();
  notice("pi_from_the_event");
  EXPECT_EQ(world.last_reference, "");
  run_now();
  EXPECT_EQ(world.last_reference, "pi_from_the_event");
}

TEST_F(NoticeTest, ARefundThatIsNotKnownIsSettled) {
  world.submit("k", world.booking());
  world.settle();
  world.provider().script("refund", {fate::unknown_after});
  world.provider().script("lookup", {fate::retryable});
  auto c = world.submit(
      "c", ev::cancel_request{reservation_id{"acc_1-k"}, room_id{"rm"}, "", false, true});
  run_now();
  ASSERT_FALSE(c->answer);
  notice();
  run_now();
  ASSERT_TRUE(c->answer && *c->answer);
  EXPECT_TRUE(std::holds_alternative<ev::cancel_result>((**c->answer).result));
}

}  // namespace
}  // namespace atrium::testing
