#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/sagas/simulation.hpp"

/// Refunds that an operator gives by hand.
namespace atrium::testing {
namespace {

using fate = provider_fate;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

const ev::refund_result* refunded(const simulation::call& c) {
  return c.answer && *c.answer ? std::get_if<ev::refund_result>(&(**c.answer).result) : nullptr;
}
std::string told(const simulation::call& c) {
  if (!c.answer) return "no answer";
  if (!*c.answer) return c.answer->error().detail;
  const auto* f = std::get_if<failure>(&(**c.answer).result);
  return (**c.answer).still_running ? "still running" : f != nullptr ? f->detail : "another result";
}
const failure* refused(const simulation::call& c) {
  return c.answer && *c.answer ? std::get_if<failure>(&(**c.answer).result) : nullptr;
}

class RefundSagaTest : public ::testing::Test {
 protected:
  void SetUp() override { prepare(world); }
  void TearDown() override {
    world.settle();
    EXPECT_THAT(world.broken_invariants(), IsEmpty());
  }

  static void prepare(simulation& w) {
    w.register_room();
    w.submit("k", w.booking());
    w.settle();
  }
  static ev::refund_request request(std::int64_t amount, std::int64_t left = 10'000) {
    return {reservation_id{"acc_1-k"},
            room_id{simulation::room()},
            payment_id{"pay_acc_1-k"},
            {amount, "KRW"},
            {left, "KRW"},
            "broken screen"};
  }
  std::shared_ptr<simulation::call> refund(const std::string& key, std::int64_t amount) {
    return world.submit(key, request(amount), "op");
  }
  std::int64_t given_back() { return world.provider().ledger["pay_acc_1-k"].refunded.amount; }

  simulation world;
};

TEST_F(RefundSagaTest, ThePromiseIsDurableBeforeTheProviderIsAsked) {
  const auto c = refund("r", 3'000);
  world.settle();
  ASSERT_NE(refunded(*c), nullptr);
  EXPECT_EQ(refunded(*c)->amount, (money{3'000, "KRW"}));
  EXPECT_EQ(given_back(), 3'000);
  std::vector<std::string> types;
  for (const auto& e : world.log().events())
    if (e.position > 6) types.push_back(e.type);
  EXPECT_THAT(types, ElementsAre("saga.started.v1", "reservation.refund_granted.v1",
                                 "payment.refunded.v1", "saga.completed.v2"));
}

TEST_F(RefundSagaTest, TwoAtOnceGiveBackNoMoreThanWasPaid) {
  const auto first = refund("a", 6'000), second = refund("b", 6'000);
  world.settle();
  ASSERT_NE(refunded(*first), nullptr);
  ASSERT_NE(refused(*second), nullptr);
  EXPECT_EQ(refused(*second)->code, ec::validation);
  EXPECT_EQ(given_back(), 6'000);
}

TEST_F(RefundSagaTest, ACancellationAfterwardsPaysTheRest) {
  refund("r", 3'000);
  world.submit("c", ev::cancel_request{reservation_id{"acc_1-k"}, room_id{"rm"}, "", true, true},
               "op");
  world.settle();
  EXPECT_EQ(given_back(), 10'000);
}

/// The ledger has one sum of refunds: another's must not pass for this one's.
TEST_F(RefundSagaTest, AnotherRefundOfThePaymentDoesNotPassForOneThatGotLost) {
  refund("a", 6'000);
  world.settle();
  world.provider().script("refund", {fate::unknown_before});
  const auto second = refund("b", 4'000);
  world.settle();
  ASSERT_NE(refunded(*second), nullptr);
  EXPECT_EQ(given_back(), 10'000);
}

TEST_F(RefundSagaTest, WhatTheProviderRefusesIsLeftToAnOperator) {
  world.provider().script("refund", {fate::rejected});
  const auto c = refund("r", 3'000);
  world.settle();
  ASSERT_TRUE(c->answer && *c->answer);
  EXPECT_TRUE((**c->answer).still_running);
  EXPECT_EQ(world.engine().describe(10).at(0).state, "parked");
  EXPECT_EQ(given_back(), 0);
}

TEST_F(RefundSagaTest, EveryAnswerAndEveryCrashEndsWithTheMoneyGivenBackOnce) {
  for (const auto f :
       {fate::ok, fate::retryable, fate::unknown_before, fate::unknown_after, fate::silent_before,
        fate::silent_after, fate::late, fate::twice, fate::not_sent})
    for (const bool kept : {false, true})
      for (std::size_t crash_at = 0; crash_at < 12; ++crash_at) {
        simulation w;
        prepare(w);
        w.provider().script("refund", {f});
        w.submit("r", request(3'000), "op");
        for (std::size_t i = 0; i < crash_at && w.step(); ++i) {
        }
        w.crash(kept);
        w.settle();
        auto again = w.submit("r", request(3'000), "op");
        w.settle();
        // While the breaker is open the caller is told that it is on its way.
        if (told(*again) == "still running")
          again = w.submit("r", request(3'000), "op"), w.settle();
        SCOPED_TRACE(static_cast<int>(f));
        SCOPED_TRACE(crash_at);
        SCOPED_TRACE(kept);
        ASSERT_NE(refunded(*again), nullptr) << told(*again);
        EXPECT_EQ(w.provider().ledger["pay_acc_1-k"].refunded.amount, 3'000);
        EXPECT_EQ(w.events_of("payment.refunded.v1"), 1u);
        EXPECT_THAT(w.broken_invariants(), IsEmpty());
      }
}

}  // namespace
}  // namespace atrium::testing
