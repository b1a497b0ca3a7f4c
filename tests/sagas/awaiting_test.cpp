#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/sagas/simulation.hpp"

/// 3-D Secure: the customer has to act before the money is there. In virtual time; the crashes are
/// in awaiting_matrix_test.cpp.
namespace atrium::testing {
namespace {

using fate = provider_fate;
using state = payment_record::state;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr const char* payment = "pay_acc_1-k";

const failure* refusal(const simulation::call& c) {
  return c.answer && *c.answer ? std::get_if<failure>(&(**c.answer).result) : nullptr;
}
bool is_booked(const simulation::call& c) {
  return c.answer && *c.answer && !(**c.answer).still_running &&
         std::holds_alternative<ev::booking_result>((**c.answer).result);
}

class AwaitingTest : public ::testing::Test {
 protected:
  void SetUp() override {
    world.register_room();
    world.provider().script("authorize", {fate::asks});
  }
  void TearDown() override {
    world.settle();
    EXPECT_THAT(world.broken_invariants(), ::testing::IsEmpty());
  }

  std::shared_ptr<simulation::call> submit() { return world.submit("k", world.booking()); }
  std::shared_ptr<simulation::call> ask() {
    auto c = submit();
    world.run_now();
    return c;
  }
  void notice() { world.engine().on(saga_notice{{payment_id{payment}, {}}}); }
  reservation_status status() { return world.book().find(reservation_id{"acc_1-k"})->status; }
  /// Steps until the clock has reached `t`, or there is nothing left to wait for.
  void pass_until(instant t) {
    while (world.now() < t && world.step()) {
    }
    world.run_now();
  }

  simulation world;
};

TEST_F(AwaitingTest, TheCallerIsToldAtOnceWhatTheCustomerHasToDo) {
  const auto asked = world.now();
  auto c = ask();
  ASSERT_TRUE(c->answer && *c->answer);
  const auto& a = **c->answer;
  EXPECT_TRUE(a.still_running);
  ASSERT_TRUE(a.action);
  EXPECT_EQ(a.action->type, "redirect");
  EXPECT_EQ(a.action->url, std::string("https://bank.example/") + payment);
  EXPECT_EQ(a.action->client_secret, "secret");
  EXPECT_EQ(a.action->expires_at, asked + minutes{15});
  EXPECT_EQ(status(), reservation_status::awaiting_payment);
  const auto sagas = world.engine().describe(10);
  ASSERT_EQ(sagas.size(), 1u);
  EXPECT_EQ(sagas[0].state, "awaiting-payment");
  EXPECT_EQ(sagas[0].until, asked + minutes{15});
  for (const auto& e : world.log().events())
    EXPECT_EQ(encode_data(e.what).find("\"secret\""), std::string::npos) << e.type;
}

TEST_F(AwaitingTest, ANoticeCarriesTheBookingOnAtOnce) {
  ask();
  const auto asked = world.now();
  ASSERT_TRUE(world.provider().act(payment, true));
  notice();
  world.run_now();
  EXPECT_EQ(status(), reservation_status::confirmed);
  EXPECT_EQ(world.now(), asked);
  EXPECT_EQ(world.provider().ledger[payment].is, state::captured);
  auto again = submit();
  world.run_now();
  EXPECT_TRUE(is_booked(*again)) << "the key's stored answer is the booking";
}

TEST_F(AwaitingTest, WithoutANoticeALookUpFindsOut) {
  ask();
  const auto asked = world.now();
  ASSERT_TRUE(world.provider().act(payment, true));
  while (status() == reservation_status::awaiting_payment) ASSERT_TRUE(world.step());
  EXPECT_LE(world.now() - asked, seconds{7});
  world.settle();
  EXPECT_EQ(status(), reservation_status::confirmed);
}

TEST_F(AwaitingTest, LookUpsBecomeRare) {
  ask();
  const int calls = world.provider().calls;
  pass_until(world.now() + minutes{14});
  EXPECT_LE(world.provider().calls - calls, 20);
  EXPECT_GE(world.provider().calls - calls, 10);
}

TEST_F(AwaitingTest, NobodyActsAndTheSlotIsGivenBackInTime) {
  ask();
  const auto asked = world.now();
  world.settle();
  EXPECT_EQ(status(), reservation_status::expired);
  EXPECT_EQ(world.provider().ledger[payment].is, state::voided) << "nobody can pay for it later";
  EXPECT_LE(world.now() - asked, minutes{15} + seconds{5});
  auto again = submit();
  world.run_now();
  ASSERT_NE(refusal(*again), nullptr);
  EXPECT_EQ(refusal(*again)->code, ec::payment_declined);
  EXPECT_EQ(refusal(*again)->reason, ev::authentication_expired);
  auto other = world.submit("other", world.booking(), "acc_2");
  world.settle();
  EXPECT_TRUE(is_booked(*other)) << "the slot is free";
}

TEST_F(AwaitingTest, ActingInTheLastMomentCounts) {
  ask();
  const auto expires = world.now() + minutes{15};
  while (world.engine().next_wake() && *world.engine().next_wake() < expires) world.step();
  ASSERT_TRUE(world.provider().act(payment, true));
  world.settle();
  EXPECT_EQ(status(), reservation_status::confirmed);
}

TEST_F(AwaitingTest, FailingToActIsADeclineAndLeavesNothingToBePaid) {
  ask();
  ASSERT_TRUE(world.provider().act(payment, false));
  notice();
  world.run_now();
  EXPECT_EQ(status(), reservation_status::payment_failed);
  EXPECT_EQ(world.provider().ledger[payment].is, state::voided);
  auto again = submit();
  world.run_now();
  ASSERT_NE(refusal(*again), nullptr);
  EXPECT_EQ(refusal(*again)->reason, "payment_intent_authentication_failure");
}

TEST_F(AwaitingTest, ARepeatedRequestGetsTheSameActionWithoutWaiting) {
  auto first = ask();
  auto second = submit();
  ASSERT_TRUE(second->answer && *second->answer) << "answered before anything else happens";
  EXPECT_EQ((**second->answer).action, (**first->answer).action);
  world.crash(false);
  auto third = submit();
  world.run_now();
  ASSERT_TRUE(third->answer && *third->answer);
  EXPECT_EQ((**third->answer).action, (**first->answer).action)
      << "found out again at the provider";
}

TEST_F(AwaitingTest, TheExpiryIsTheSameAfterARestart) {
  ask();
  const auto expires = world.now() + minutes{15};
  pass_until(world.now() + minutes{10});
  world.crash(false);
  world.run_now();
  EXPECT_EQ(world.engine().describe(1).at(0).until, expires);
  pass_until(expires + seconds{5});
  EXPECT_EQ(status(), reservation_status::expired);
}

TEST_F(AwaitingTest, AServerThatWasDownTooLongStillLooksBeforeItGivesUp) {
  ask();
  ASSERT_TRUE(world.provider().act(payment, true));
  world.clock().set(world.now() + minutes{20});
  world.crash(false);
  world.settle();
  EXPECT_EQ(status(), reservation_status::confirmed);
}

TEST_F(AwaitingTest, AProviderThatIsDownAtTheExpiryIsVoidedWhenItIsBack) {
  ask();
  const auto expires = world.now() + minutes{15};
  world.provider().script("lookup", std::vector<fate>(400, fate::not_sent));
  world.provider().script("void", std::vector<fate>(20, fate::not_sent));
  pass_until(expires + seconds{10});
  EXPECT_EQ(world.engine().describe(1).at(0).state, "compensating");
  world.provider().script("lookup", {});
  world.settle();
  EXPECT_EQ(world.provider().ledger[payment].is, state::voided);
  EXPECT_EQ(status(), reservation_status::expired);
}

TEST_F(AwaitingTest, NoticesWithoutNewsChangeNothing) {
  ask();
  const auto wake = world.engine().next_wake();
  const auto events = world.log().events().size();
  for (int i = 0; i < 30; ++i) {
    notice();
    world.run_now();
  }
  EXPECT_EQ(world.engine().next_wake(), wake);
  EXPECT_EQ(world.log().events().size(), events);
}

TEST_F(AwaitingTest, AnAnswerThatWasLostIsFoundWithTheAction) {
  world.provider().script("authorize", {fate::asks_unknown});
  auto c = ask();
  ASSERT_TRUE(c->answer && *c->answer);
  EXPECT_TRUE((**c->answer).action);
  EXPECT_EQ(status(), reservation_status::awaiting_payment);
}

TEST_F(AwaitingTest, TheBookingsEndBoundsTheWaiting) {
  world.options.action_ttl = std::chrono::hours{24};
  world.crash(false);
  auto soon = world.booking();
  soon.when = {world.now() + minutes{15}, world.now() + minutes{45}};
  world.submit("k", soon);
  world.run_now();
  ASSERT_EQ(world.engine().describe(1).size(), 1u);
  EXPECT_EQ(world.engine().describe(1)[0].until, soon.when.end);
}

TEST_F(AwaitingTest, TooManyWaitingAtOnceAreRefusedAndVoided) {
  world.options.most_awaiting = 1;
  world.options.most_running = 2;
  world.crash(false);
  world.provider().script("authorize", {fate::asks, fate::asks});
  auto first = world.submit("k", world.booking(10));
  world.run_now();
  auto second = world.submit("k2", world.booking(14));
  world.run_now();
  ASSERT_NE(refusal(*second), nullptr);
  EXPECT_EQ(refusal(*second)->code, ec::overloaded);
  EXPECT_EQ(world.provider().ledger["pay_acc_1-k2"].is, state::voided);
  auto third = world.submit("k3", world.booking(16));
  auto fourth = world.submit("k4", world.booking(18));
  world.run_now();
  EXPECT_TRUE(is_booked(*third) && is_booked(*fourth)) << "those that wait do not count as running";
}

TEST_F(AwaitingTest, ARoomRetiredMeanwhileLeavesNothingCharged) {
  for (const bool confirms : {true, false}) {
    SCOPED_TRACE(confirms);
    simulation there;
    there.register_room();
    there.provider().script("authorize", {fate::asks});
    there.submit("k", there.booking());
    there.run_now();
    EXPECT_FALSE(there.tell_room(simulation::room(), cmd::retire_room{0, false}))
        << "its bookings are in the way";
    ASSERT_TRUE(there.tell_room(simulation::room(), cmd::retire_room{0, true}));
    ASSERT_EQ(there.provider().act(confirms ? payment : "", true), confirms);
    there.settle();
    EXPECT_EQ(there.book().find(reservation_id{"acc_1-k"})->status, reservation_status::rejected);
    const auto& p = there.provider().ledger[payment];
    EXPECT_EQ(p.is == state::captured ? p.amount.amount - p.refunded.amount : 0, 0);
    EXPECT_THAT(there.broken_invariants(), ::testing::IsEmpty());
  }
}

TEST_F(AwaitingTest, ARoomThatDoesNotKeepTheSlotMakesItARefusalWithoutMoney) {
  world.script_room(saga_action::authorize, {fate::rejected});
  auto c = ask();
  ASSERT_NE(refusal(*c), nullptr);
  EXPECT_EQ(world.events_of("payment.action_required.v1"), 0u);
  EXPECT_EQ(world.provider().ledger[payment].is, state::voided);
}

TEST_F(AwaitingTest, ALateNoticeAfterTheExpiryMovesNothing) {
  ask();
  world.settle();
  ASSERT_EQ(status(), reservation_status::expired);
  const auto events = world.log().events().size();
  const int calls = world.provider().calls;
  EXPECT_FALSE(world.provider().act(payment, true)) << "it is voided";
  notice();
  world.settle();
  EXPECT_EQ(world.log().events().size(), events);
  EXPECT_EQ(world.provider().calls, calls);
}

TEST_F(AwaitingTest, ABookingThatAwaitsItsCustomerIsNotChanged) {
  ask();
  auto c = world.submit("change", world.change("k", simulation::room(), 15));
  world.run_now();
  ASSERT_NE(refusal(*c), nullptr);
  EXPECT_EQ(refusal(*c)->code, ec::illegal_transition);
  EXPECT_THAT(refusal(*c)->detail, ::testing::HasSubstr("Confirm the payment first"));
  EXPECT_EQ(status(), reservation_status::awaiting_payment);
}

TEST_F(AwaitingTest, TheRoomNotesItTogetherWithTheMoney) {
  ask();
  const auto& events = world.log().events();
  ASSERT_GE(events.size(), 2u);
  EXPECT_EQ(events[events.size() - 2].type, "payment.action_required.v1");
  EXPECT_EQ(events[events.size() - 1].type, "reservation.awaiting_payment.v1");
}

}  // namespace
}  // namespace atrium::testing
