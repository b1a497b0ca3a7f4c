#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/sagas/simulation.hpp"

/// What administrators tell parked and waiting sagas, and what reconciliation has settled.
namespace atrium::testing {
namespace {

using fate = provider_fate;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

using orders = std::vector<saga_order>;

struct told {
  std::optional<result<saga_info>> answer;
};

class InstructionTest : public ::testing::Test {
 protected:
  void SetUp() override { book(world); }

  static void book(simulation& w) {
    w.register_room();
    w.submit("k", w.booking());
    w.settle();
  }

  std::shared_ptr<told> tell(const std::string& saga, saga_order order,
                             const std::string& note = "") {
    auto t = std::make_shared<told>();
    world.engine().instruct({{saga_id{saga}, order, note},
                             {account_id{"root"}, "trace", world.now() + std::chrono::seconds{10}},
                             [t](result<saga_info> s) { t->answer = std::move(s); }});
    return t;
  }
  /// A cancellation whose refund the provider refuses.
  void park_cancellation() {
    world.provider().script("refund", {fate::rejected});
    world.submit("c", ev::cancel_request{booking, room_id{"rm"}, "", true, true}, "op");
    world.settle();
    ASSERT_EQ(seen().at(0).state, "parked");
  }
  void park_refund() { ask_for_refund(world); }
  /// Books, and gives a refund by hand that the provider refuses.
  void park_refund(simulation& w) {
    book(w);
    ask_for_refund(w);
  }
  void ask_for_refund(simulation& w) {
    w.provider().script("refund", {fate::rejected});
    w.submit("r",
             ev::refund_request{
                 booking, room_id{"rm"}, payment, {3'000, "KRW"}, {10'000, "KRW"}, "noise"},
             "op");
    w.settle();
    ASSERT_EQ(w.engine().describe(1).at(0).state, "parked");
  }
  std::vector<saga_info> seen() { return world.engine().describe(10); }
  std::int64_t given_back() { return world.provider().ledger[payment.str()].refunded.amount; }
  void settle_soundly() {
    world.settle();
    EXPECT_THAT(world.broken_invariants(), IsEmpty());
  }

  const reservation_id booking{"acc_1-k"};
  const payment_id payment{"pay_acc_1-k"};
  simulation world;
};

TEST_F(InstructionTest, RetryOfARefusedRefundIsMadeUnderAnotherKey) {
  park_cancellation();
  EXPECT_EQ(seen().at(0).orders, (orders{saga_order::retry, saga_order::resolve}));
  const auto t = tell("op-c", saga_order::retry, "they lifted it");
  EXPECT_FALSE(t->answer) << "answered before it was durable";
  settle_soundly();
  ASSERT_TRUE(t->answer && *t->answer);
  EXPECT_EQ(given_back(), 10'000);
  EXPECT_THAT(seen(), IsEmpty());
  EXPECT_EQ(world.events_of("operator.acted.v1"), 1u);
}

TEST_F(InstructionTest, ACrashBeforeOrAfterTheOrderLosesNothing) {
  for (const auto order : {saga_order::retry, saga_order::compensate, saga_order::resolve})
    for (const bool kept : {false, true})
      for (std::size_t crash_at = 0; crash_at < 10; ++crash_at) {
        SCOPED_TRACE(std::string(to_string(order)));
        SCOPED_TRACE(crash_at);
        simulation w;
        park_refund(w);
        const auto tell_it = [&] {
          w.engine().instruct({{saga_id{"op-r"}, order, "so"},
                               {account_id{"root"}, "trace", w.now() + std::chrono::seconds{10}},
                               [](const auto&) {}});
        };
        tell_it();
        for (std::size_t i = 0; i < crash_at && w.step(); ++i) {
        }
        w.crash(kept);
        w.settle();
        if (!w.engine().describe(1).empty()) {
          // The order was not durable yet; its caller got no answer and gives it again.
          ASSERT_EQ(w.engine().describe(1)[0].state, "parked");
          tell_it();
          w.settle();
        }
        EXPECT_THAT(w.engine().describe(1), IsEmpty());
        EXPECT_EQ(w.provider().ledger[payment.str()].refunded.amount,
                  order == saga_order::retry ? 3'000 : 0);
        EXPECT_EQ(w.events_of("operator.acted.v1"), 1u);
      }
}

TEST_F(InstructionTest, CompensateWithdrawsWhatWasRefused) {
  park_refund();
  EXPECT_EQ(seen().at(0).orders,
            (orders{saga_order::retry, saga_order::compensate, saga_order::resolve}));
  tell("op-r", saga_order::compensate);
  settle_soundly();
  EXPECT_EQ(world.events_of("reservation.refund_withdrawn.v1"), 1u);
  EXPECT_EQ(given_back(), 0);
}

TEST_F(InstructionTest, ResolveRecordsWhatTheLedgerShowsAndNothingElse) {
  park_cancellation();
  tell("op-c", saga_order::resolve, "paid in cash");
  world.settle();
  EXPECT_THAT(seen(), IsEmpty());
  EXPECT_EQ(world.events_of("payment.refunded.v1"), 0u);
}

TEST_F(InstructionTest, ResolveRecordsARefundMadeByHandAtTheProvider) {
  park_cancellation();
  world.provider().ledger[payment.str()].refunded.amount = 10'000;
  tell("op-c", saga_order::resolve, "refunded in the dashboard");
  settle_soundly();
  EXPECT_EQ(world.events_of("payment.refunded.v1"), 1u);
}

TEST_F(InstructionTest, ResolveWaitsForAProviderThatDoesNotAnswer) {
  park_cancellation();
  world.provider().script("lookup", {fate::retryable, fate::retryable});
  tell("op-c", saga_order::resolve, "paid in cash");
  world.settle();
  EXPECT_THAT(seen(), IsEmpty());
}

TEST_F(InstructionTest, WhatIsNotPossibleIsRefusedInWordsAndChangesNothing) {
  park_cancellation();
  const auto t = tell("op-c", saga_order::compensate);
  ASSERT_TRUE(t->answer);
  EXPECT_EQ(t->answer->error().code, ec::illegal_transition);
  EXPECT_THAT(t->answer->error().detail, HasSubstr("Possible now is retry, resolve"));
  EXPECT_EQ(tell("acc_1-k", saga_order::retry)->answer->error().code, ec::illegal_transition);
  EXPECT_EQ(tell("nobody", saga_order::retry)->answer->error().code, ec::not_found);
  EXPECT_EQ(world.events_of("operator.acted.v1"), 0u);
}

TEST_F(InstructionTest, WhatCouldNotBeGivenBackIsRetriedToTheEnd) {
  simulation w;
  w.register_room();
  w.provider().script("capture", {fate::rejected});
  w.provider().script("void", std::vector<fate>(12, fate::retryable));
  w.submit("k", w.booking());
  w.settle();
  const auto parked = w.engine().describe(10);
  ASSERT_EQ(parked.size(), 1u);
  EXPECT_EQ(parked[0].orders, (orders{saga_order::retry, saga_order::resolve}));
  w.engine().instruct({{saga_id{"acc_1-k"}, saga_order::retry, ""},
                       {account_id{"root"}, "trace", w.now() + std::chrono::seconds{10}},
                       [](const auto&) {}});
  w.settle();
  EXPECT_THAT(w.engine().describe(10), IsEmpty());
  EXPECT_EQ(w.provider().ledger["pay_acc_1-k"].is, payment_record::state::voided);
  EXPECT_EQ(w.events_of("saga.completed.v2"), 1u);
}

TEST_F(InstructionTest, ABookingThatWaitsForItsPaymentMayBeEnded) {
  simulation w;
  w.register_room();
  w.provider().script("authorize", {fate::unknown_before});
  w.provider().script("lookup", {fate::retryable});
  w.submit("k", w.booking());
  while (w.engine().describe(1).empty() || w.engine().describe(1)[0].orders.empty())
    ASSERT_TRUE(w.step());
  EXPECT_EQ(w.engine().describe(1)[0].orders, (orders{saga_order::retry, saga_order::compensate}));
  w.engine().instruct({{saga_id{"acc_1-k"}, saga_order::compensate, ""},
                       {account_id{"root"}, "trace", w.now() + std::chrono::seconds{10}},
                       [](const auto&) {}});
  w.settle();
  EXPECT_THAT(w.engine().describe(10), IsEmpty());
  EXPECT_EQ(w.events_of("reservation.confirmed.v1"), 0u);
  EXPECT_THAT(w.broken_invariants(), IsEmpty());
}

TEST_F(InstructionTest, ASagaAtOneStepForTooLongIsStuckAndComesFirst) {
  world.provider().script("refund", std::vector<fate>(400, fate::silent_before));
  world.provider().script("lookup", std::vector<fate>(400, fate::retryable));
  world.submit("c", ev::cancel_request{booking, room_id{"rm"}, "", true, true}, "op");
  for (int i = 0; i < 40; ++i) ASSERT_TRUE(world.step());
  EXPECT_FALSE(seen().at(0).is_stuck);
  const auto start = world.now();
  while (world.now() < start + std::chrono::minutes{3}) ASSERT_TRUE(world.step());
  const auto s = seen().at(0);
  EXPECT_TRUE(s.is_stuck);
  EXPECT_THAT(s.waiting_for, HasSubstr("payment provider"));
  EXPECT_GE(s.until, world.now());
  desk_census all;
  world.engine().count(all);
  EXPECT_EQ(all.stuck, 1u);
}

// ---- what reconciliation found -----------------------------------------------------------------

class SettlementTest : public InstructionTest {
 protected:
  void settle(const std::string& difference, std::int64_t amount) {
    world.submit(
        "s",
        ev::settle_request{
            payment, booking, room_id{"rm"}, difference, {amount, "KRW"}, "ref-" + payment.str()},
        "reconciliation");
    world.settle();
  }
};

TEST_F(SettlementTest, WhatIsOwedIsMadeGoodOnceWithoutAWordInTheBooks) {
  world.provider().ledger[payment.str()].amount.amount = 10'700;
  world.provider().script("refund", {fate::unknown_after, fate::retryable});
  settle("refund-owed", 700);
  EXPECT_EQ(given_back(), 700);
  EXPECT_THAT(seen(), IsEmpty());
  EXPECT_EQ(world.events_of("payment.refunded.v1"), 0u);
  world.crash(false);
  settle("refund-owed", 700);
  EXPECT_EQ(given_back(), 700);
}

TEST_F(SettlementTest, WhatTakesAPersonIsParkedAndEndsWithANote) {
  settle("short", 500);
  ASSERT_EQ(seen().size(), 1u);
  EXPECT_EQ(seen()[0].state, "parked");
  EXPECT_THAT(seen()[0].waiting_for, HasSubstr("journal and provider differ: short of 500 KRW"));
  EXPECT_EQ(seen()[0].orders, orders{saga_order::resolve});
  world.crash(false);
  EXPECT_EQ(seen().at(0).orders, orders{saga_order::resolve});
  tell("reconciliation-s", saga_order::resolve, "asked the bank");
  settle_soundly();
  EXPECT_THAT(seen(), IsEmpty());
}

TEST_F(SettlementTest, WhatTheProviderRefusesIsParkedAndMayBeRetried) {
  world.provider().ledger[payment.str()].amount.amount = 10'700;
  world.provider().script("refund", {fate::rejected});
  settle("refund-owed", 700);
  EXPECT_EQ(seen().at(0).orders, (orders{saga_order::retry, saga_order::resolve}));
  tell("reconciliation-s", saga_order::retry);
  world.settle();
  EXPECT_EQ(given_back(), 700);
  EXPECT_THAT(seen(), IsEmpty());
}

}  // namespace
}  // namespace atrium::testing
