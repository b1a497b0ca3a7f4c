#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/sagas/simulation.hpp"

namespace atrium::testing {
namespace {

using fate = provider_fate;

std::optional<failure> refusal(const simulation::call& c) {
  if (!c.answer) return std::nullopt;
  if (!*c.answer) return c.answer->error();
  const auto* f = std::get_if<failure>(&(**c.answer).result);
  return f == nullptr ? std::nullopt : std::optional{*f};
}

const ev::booking_result* booked(const simulation::call& c) {
  return c.answer && *c.answer ? std::get_if<ev::booking_result>(&(**c.answer).result) : nullptr;
}

class RunnerTest : public ::testing::Test {
 protected:
  void SetUp() override { world.register_room(); }
  void TearDown() override {
    world.settle();
    EXPECT_THAT(world.broken_invariants(), ::testing::IsEmpty());
  }
  simulation world;
};

TEST_F(RunnerTest, BookingIsConfirmedAndCapturedInOneBatch) {
  auto c = world.submit("k", world.booking());
  world.settle();
  ASSERT_NE(booked(*c), nullptr);
  EXPECT_EQ(booked(*c)->captured, (money{10'000, "KRW"}));
  std::vector<std::string> types;
  for (const auto& e : world.log().events()) types.push_back(e.type);
  EXPECT_THAT(types, ::testing::ElementsAre("room.registered.v1", "saga.started.v1",
                                            "reservation.held.v1", "payment.captured.v1",
                                            "reservation.confirmed.v1", "saga.completed.v2"));
  const auto captured = std::get<ev::payment_captured>(world.log().events()[3].what);
  EXPECT_EQ(captured.customer, account_id{"acc_1"});
  EXPECT_EQ(captured.reference, "ref-" + captured.id.str());
}

TEST_F(RunnerTest, ABookingTakesTwoDurableBarriers) {
  auto c = world.submit("k", world.booking());
  std::size_t barriers = 0;
  const auto before = world.log().durable_position();
  auto seen = before;
  while (world.step()) {
    if (world.log().durable_position() != seen) ++barriers, seen = world.log().durable_position();
  }
  EXPECT_EQ(barriers, 2u);
}

TEST_F(RunnerTest, DuplicateWhileRunningAttachesAndGetsTheSameAnswer) {
  auto first = world.submit("k", world.booking());
  auto second = world.submit("k", world.booking());
  world.settle();
  ASSERT_NE(booked(*second), nullptr);
  EXPECT_FALSE((**first->answer).replayed);
  EXPECT_TRUE((**second->answer).replayed);
  EXPECT_EQ(booked(*first)->booked, booked(*second)->booked);
  EXPECT_EQ(world.events_of("reservation.held.v1"), 1u);
}

TEST_F(RunnerTest, DuplicateAfterARestartGetsTheStoredAnswer) {
  auto first = world.submit("k", world.booking());
  world.settle();
  world.crash(false);
  auto second = world.submit("k", world.booking());
  world.settle();
  ASSERT_NE(booked(*second), nullptr);
  EXPECT_TRUE((**second->answer).replayed);
  EXPECT_EQ(booked(*first)->booked, booked(*second)->booked);
  EXPECT_EQ((**first->answer).position, (**second->answer).position);
}

/// Whoever reads at the position of the answer sees the money given back.
TEST_F(RunnerTest, CancellationIsAnsweredAtAPositionThatHoldsItsRefund) {
  using fate = provider_fate;
  int day = 0;
  for (const auto f : {fate::ok, fate::retryable, fate::unknown_before, fate::unknown_after,
                       fate::silent_after, fate::late, fate::twice, fate::not_sent}) {
    const auto key = "k" + std::to_string(++day);
    world.submit(key, world.booking(12 + 24 * day));
    world.settle();
    world.provider().script("refund", {f});
    const ev::cancel_request cancel{reservation_id{"acc_1-" + key}, room_id{world.room()}, "", true,
                                    true};
    const auto first = world.submit("c" + key, cancel);
    world.settle();
    world.crash(false);
    const auto again = world.submit("c" + key, cancel);
    world.settle();
    std::uint64_t refunded = 0;
    for (const auto& e : world.log().events())
      if (e.type == "payment.refunded.v1") refunded = e.position;
    ASSERT_EQ(world.events_of("payment.refunded.v1"), static_cast<std::size_t>(day));
    for (const auto& c : {first, again}) {
      ASSERT_TRUE(c->answer && *c->answer);
      const auto& answer = **c->answer;
      if (answer.still_running) continue;
      EXPECT_GT(answer.position, refunded) << static_cast<int>(f);
    }
    EXPECT_FALSE((**again->answer).still_running);
  }
}

TEST_F(RunnerTest, SameKeyWithAnotherBodyIsRefusedWhileRunningAndAfter) {
  const auto other = [&] {
    auto c = std::make_shared<simulation::call>();
    world.engine().submit({{saga_id{"acc_1-k"}, "another", world.booking(15)},
                           {account_id{"acc_1"}, "", world.now() + std::chrono::seconds{10}},
                           [c](result<saga_answer> a) { c->answer = std::move(a); }});
    return c;
  };
  world.submit("k", world.booking());
  auto during = other();
  world.settle();
  auto after = other();
  world.settle();
  ASSERT_TRUE(refusal(*during));
  EXPECT_EQ(refusal(*during)->code, ec::idempotency_conflict);
  ASSERT_TRUE(refusal(*after));
  EXPECT_EQ(refusal(*after)->code, ec::idempotency_conflict);
}

TEST_F(RunnerTest, TakenSlotIsRefusedAndTheRefusalOutlivesTheOtherBooking) {
  world.submit("a", world.booking(), "acc_1");
  world.settle();
  auto loser = world.submit("b", world.booking(), "acc_2");
  world.settle();
  ASSERT_TRUE(refusal(*loser));
  EXPECT_EQ(refusal(*loser)->code, ec::slot_taken);
  EXPECT_FALSE(refusal(*loser)->alternatives.empty());
  world.submit("c", ev::cancel_request{reservation_id{"acc_1-a"}, room_id{"rm"}, "", false, false},
               "acc_1");
  world.settle();
  // The slot is free now, but the refused request stays refused: one key, one effect.
  auto late = world.submit("b", world.booking(), "acc_2");
  world.settle();
  ASSERT_TRUE(refusal(*late));
  EXPECT_EQ(refusal(*late)->code, ec::slot_taken);
  EXPECT_TRUE((**late->answer).replayed);
}

TEST_F(RunnerTest, DeclinedPaymentFreesTheSlotAndIsToldAsSuch) {
  world.provider().script("authorize", {fate::rejected});
  auto c = world.submit("k", world.booking());
  world.settle();
  ASSERT_TRUE(refusal(*c));
  EXPECT_EQ(refusal(*c)->code, ec::payment_declined);
  EXPECT_EQ(refusal(*c)->reason, "card_declined");
  auto next = world.submit("k2", world.booking(), "acc_2");
  world.settle();
  EXPECT_NE(booked(*next), nullptr);
}

TEST_F(RunnerTest, ProviderThatIsDownRefusesTransientlyAndTheSameKeyMayBookLater) {
  world.provider().script("authorize", std::vector<fate>(4, fate::retryable));
  auto c = world.submit("k", world.booking());
  world.settle();
  ASSERT_TRUE(refusal(*c));
  EXPECT_EQ(refusal(*c)->code, ec::dependency_unavailable);
  EXPECT_GT(refusal(*c)->retry_after_ms, 0);
  auto again = world.submit("k", world.booking());
  world.settle();
  ASSERT_NE(booked(*again), nullptr);
  EXPECT_FALSE((**again->answer).replayed);
}

TEST_F(RunnerTest, CallerIsToldThatItStillRunsWhenTheProviderIsSilent) {
  world.provider().script("authorize", {fate::silent_after});
  world.provider().script("lookup", std::vector<fate>(6, fate::retryable));
  auto c = world.submit("k", world.booking());
  world.settle();
  ASSERT_TRUE(c->answer && *c->answer);
  EXPECT_TRUE((**c->answer).still_running);
  auto later = world.submit("k", world.booking());
  world.settle();
  EXPECT_NE(booked(*later), nullptr);
  EXPECT_EQ(world.events_of("payment.unknown.v1"), 1u);
}

TEST_F(RunnerTest, NewBookingIsRefusedAtOnceWhilePaymentsAre) {
  world.refused_for = milliseconds{4'200};
  const auto before = world.log().events().size();
  auto c = world.submit("k", world.booking());
  ASSERT_TRUE(c->answer) << "answered without a step";
  ASSERT_FALSE(*c->answer);
  EXPECT_EQ(c->answer->error().code, ec::dependency_unavailable);
  EXPECT_EQ(c->answer->error().retry_after_ms, 5'000);
  EXPECT_THAT(c->answer->error().detail, ::testing::HasSubstr("in 5 seconds"));
  world.settle();
  EXPECT_EQ(world.log().events().size(), before);
  world.refused_for = {};
  auto again = world.submit("k", world.booking());
  world.settle();
  EXPECT_NE(booked(*again), nullptr);
}

TEST_F(RunnerTest, AuthorisationThatWasNotSentEndsWithoutAskingTheProviderAgain) {
  world.provider().script("authorize", {fate::not_sent});
  auto c = world.submit("k", world.booking());
  world.settle();
  ASSERT_TRUE(c->answer && *c->answer);
  EXPECT_EQ(std::get<failure>((**c->answer).result).code, ec::dependency_unavailable);
  EXPECT_EQ(world.provider().calls, 1);
  EXPECT_TRUE(world.provider().ledger.empty());
}

TEST_F(RunnerTest, RefundWaitsForTheCircuitHoweverLongItIsOpen) {
  world.submit("k", world.booking());
  world.settle();
  world.provider().script("refund", std::vector<fate>(100, fate::not_sent));
  auto c = world.submit(
      "c", ev::cancel_request{reservation_id{"acc_1-k"}, room_id{"rm"}, "", false, true});
  const auto asked = world.now();
  while (!c->answer) ASSERT_TRUE(world.step());
  EXPECT_TRUE((**c->answer).still_running);
  EXPECT_LT(world.now() - asked, milliseconds{100}) << "nobody waits for the circuit";
  world.settle();
  EXPECT_TRUE(world.engine().describe(10).empty()) << "neither parked nor waiting";
  EXPECT_EQ(world.provider().ledger.begin()->second.refunded, (money{10'000, "KRW"}));
}

TEST_F(RunnerTest, WhatWasTakenInDoubtIsGivenBackOnceTheCircuitCloses) {
  world.provider().script("authorize", {fate::unknown_after});
  world.provider().script("lookup", std::vector<fate>(60, fate::not_sent));
  auto c = world.submit("k", world.booking());
  world.settle();
  ASSERT_TRUE(c->answer && *c->answer);
  EXPECT_TRUE(world.engine().describe(10).empty());
}

TEST_F(RunnerTest, ARepeatedCallWaitsForTheRetryBudgetWithoutUsingUpItsAttempts) {
  world.submit("k", world.booking());
  world.settle();
  world.provider().script("refund", std::vector<fate>(5, fate::retryable));
  world.repeats_left = 2;
  world.submit("cancel",
               ev::cancel_request{reservation_id{"acc_1-k"}, room_id{"rm"}, "", false, false});
  const int before = world.provider().calls;
  const auto is_postponed = [&] {
    const auto waiting = world.engine().describe(10);
    return waiting.size() == 1 && waiting[0].waiting_for.find("retry budget") != std::string::npos;
  };
  while (!is_postponed()) ASSERT_TRUE(world.step());
  EXPECT_EQ(world.provider().calls - before, 3) << "the first call and two repeats";
  const auto since = world.now();
  while (world.now() < since + std::chrono::seconds{10} && world.step())
    EXPECT_EQ(world.engine().describe(10).at(0).attempts, 4) << "the fourth waits";
  EXPECT_EQ(world.provider().calls - before, 3);
  world.repeats_left.reset();
  world.settle();
  EXPECT_EQ(world.provider().ledger.begin()->second.refunded.amount, 10'000);
}

TEST_F(RunnerTest, WhatHasWaitedHalfAMinuteForTheBudgetGoesWithoutIt) {
  world.submit("k", world.booking());
  world.settle();
  world.provider().script("refund", {fate::retryable});
  world.repeats_left = 0;
  world.submit("cancel",
               ev::cancel_request{reservation_id{"acc_1-k"}, room_id{"rm"}, "", false, false});
  const auto asked = world.now();
  world.settle();
  EXPECT_EQ(world.provider().ledger.begin()->second.refunded.amount, 10'000);
  EXPECT_GE(world.now() - asked, std::chrono::seconds{20}) << "held back first";
  EXPECT_LE(world.now() - asked, std::chrono::seconds{32});
}

TEST_F(RunnerTest, LookingAgainAtWhatIsUnknownWaitsForTheRetryBudgetAndEndsWithoutIt) {
  world.provider().script("authorize", {fate::silent_after});
  world.provider().script("lookup", std::vector<fate>(3, fate::retryable));
  world.repeats_left = 1;
  auto c = world.submit("k", world.booking());
  world.settle();
  EXPECT_EQ(world.repeats_left, 0) << "one look was repeated";
  ASSERT_TRUE(c->answer && *c->answer);
  EXPECT_TRUE(world.engine().describe(10).empty()) << "every saga ends, whatever the budget says";
}

TEST_F(RunnerTest, RefundThatTheProviderRefusesIsParkedWithItsReason) {
  world.submit("k", world.booking());
  world.settle();
  world.provider().script("refund", {fate::rejected});
  auto c = world.submit(
      "c", ev::cancel_request{reservation_id{"acc_1-k"}, room_id{"rm"}, "", false, false});
  world.settle();
  ASSERT_TRUE(c->answer && *c->answer);
  EXPECT_TRUE((**c->answer).still_running);
  const auto sagas = world.engine().describe(10);
  ASSERT_EQ(sagas.size(), 1u);
  EXPECT_EQ(sagas[0].state, "parked");
  EXPECT_THAT(sagas[0].waiting_for, ::testing::HasSubstr("refuses the refund"));
  world.crash(false);
  EXPECT_EQ(world.engine().describe(10).at(0).state, "parked");
  world.provider().ledger.begin()->second.refunded.amount =
      10'000;  // what the operator then did by hand
}

TEST_F(RunnerTest, FreeRoomIsBookedWithoutAskingTheProvider) {
  simulation free_world;
  free_world.register_room(0);
  auto c = free_world.submit("k", free_world.booking());
  free_world.settle();
  EXPECT_NE(booked(*c), nullptr);
  EXPECT_EQ(free_world.provider().calls, 0);
}

TEST_F(RunnerTest, BookingFromAHoldTakesItsSlotAndPrice) {
  auto h = world.submit("h", ev::hold_request{room_id{"rm"}, world.booking().when, 2, 600'000});
  world.settle();
  ASSERT_TRUE(h->answer && *h->answer);
  const auto* held = std::get_if<ev::hold_result>(&(**h->answer).result);
  ASSERT_NE(held, nullptr);
  EXPECT_EQ(held->price, (money{10'000, "KRW"}));
  auto rq = world.booking();
  rq.from_hold = held->id;
  auto c = world.submit("k", rq);
  world.settle();
  EXPECT_NE(booked(*c), nullptr);
}

TEST_F(RunnerTest, UnknownRoomIsNotFoundAndJournalledAsRefused) {
  auto rq = world.booking();
  rq.room = room_id{"nowhere"};
  auto c = world.submit("k", rq);
  world.settle();
  ASSERT_TRUE(refusal(*c));
  EXPECT_EQ(refusal(*c)->code, ec::not_found);
  EXPECT_EQ(world.events_of("saga.completed.v2"), 1u);
}

TEST_F(RunnerTest, FencedAppendIsAnsweredOnceTheTruthIsKnown) {
  world.log().plant_fencing(1);
  auto c = world.submit("k", world.booking());
  world.settle();
  EXPECT_TRUE(c->answer.has_value());
}

TEST(PauseTest, GrowsToItsBoundWithJitter) {
  const retry_policy p{.attempts = 9,
                       .first = std::chrono::milliseconds{100},
                       .most = std::chrono::milliseconds{1000}};
  EXPECT_GE(pause_before(p, 2, 1).count(), 100);
  EXPECT_LE(pause_before(p, 2, 1).count(), 125);
  EXPECT_GE(pause_before(p, 9, 1).count(), 1000);
  EXPECT_LE(pause_before(p, 9, 1).count(), 1250);
  EXPECT_NE(pause_before(p, 9, 1), pause_before(p, 9, 2));
}

}  // namespace
}  // namespace atrium::testing
