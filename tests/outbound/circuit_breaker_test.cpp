#include "outbound/circuit_breaker.hpp"

#include <gtest/gtest.h>

namespace atrium {
namespace {

using namespace std::chrono_literals;
using state = circuit_breaker::state;

class CircuitBreakerTest : public testing::Test {
 protected:
  static circuit_breaker::options settings() {
    circuit_breaker::options o;
    o.least_calls = 10;
    o.failed_percent = 50;
    o.slow_percent = 80;
    o.slow_call = 1s;
    o.open_for = 5s;
    return o;
  }
  /// So many calls, each answered after `took`.
  void calls(int n, bool failed, milliseconds took = 0ms) {
    for (int i = 0; i != n; ++i) {
      const auto p = breaker.ask(now);
      ASSERT_TRUE(p.granted);
      breaker.record(p, failed, now + took);
    }
  }
  state is() const { return breaker.describe(now).is; }

  circuit_breaker breaker{settings()};
  instant now{1'000'000s};
};

TEST_F(CircuitBreakerTest, FewFailuresDoNotOpenIt) {
  calls(9, true);
  EXPECT_EQ(is(), state::closed) << "too few calls";
  now += std::chrono::seconds(circuit_breaker::window_s);
  calls(9, false);
  calls(8, true);
  EXPECT_EQ(is(), state::closed) << "8 of 17 failed";
}

TEST_F(CircuitBreakerTest, OpensAtTheShareOfFailuresAndRefusesAtOnce) {
  calls(5, false);
  calls(5, true);
  EXPECT_EQ(is(), state::open);
  now += 2s;
  const auto p = breaker.ask(now);
  EXPECT_FALSE(p.granted);
  EXPECT_EQ(p.retry_after, 3s);
  EXPECT_EQ(breaker.refuses_for(now), 3s);
  EXPECT_EQ(breaker.describe(now).refused, 1u);
}

TEST_F(CircuitBreakerTest, SlowCallsOpenItThoughTheySucceed) {
  calls(2, false);
  calls(8, false, 1s);
  EXPECT_EQ(is(), state::open);
}

TEST_F(CircuitBreakerTest, FailuresOlderThanTheWindowDoNotCount) {
  calls(9, true);
  now += std::chrono::seconds(circuit_breaker::window_s);
  calls(9, true);
  EXPECT_EQ(is(), state::closed);
  EXPECT_EQ(breaker.describe(now).calls, 9u);
}

TEST_F(CircuitBreakerTest, OneProbeDecides) {
  calls(10, true);
  now += 5s;
  auto probe = breaker.ask(now);
  EXPECT_TRUE(probe.granted);
  EXPECT_EQ(is(), state::half_open);
  EXPECT_FALSE(breaker.ask(now).granted) << "only one";
  EXPECT_TRUE(breaker.record(probe, true, now));
  EXPECT_EQ(is(), state::open);
  EXPECT_FALSE(breaker.ask(now + 4s).granted);
  now += 5s;
  probe = breaker.ask(now);
  EXPECT_TRUE(breaker.record(probe, false, now));
  EXPECT_EQ(is(), state::closed);
  EXPECT_EQ(breaker.describe(now).calls, 0u) << "the old failures are forgotten";
  EXPECT_EQ(breaker.describe(now).opened, 2u);
}

TEST_F(CircuitBreakerTest, AProbeThatIsNeverAnsweredIsReplaced) {
  calls(10, true);
  now += 5s;
  ASSERT_TRUE(breaker.ask(now).granted);
  now += 49s;
  EXPECT_FALSE(breaker.ask(now).granted);
  now += 1s;
  EXPECT_TRUE(breaker.ask(now).granted);
}

TEST_F(CircuitBreakerTest, LateAnswersOfCallsBeforeDoNotCloseIt) {
  const auto early = breaker.ask(now);
  calls(10, true);
  EXPECT_FALSE(breaker.record(early, false, now));
  EXPECT_EQ(is(), state::open);
}

TEST_F(CircuitBreakerTest, ARowOfFailuresOpensWhatIsCalledTooRarelyForARate) {
  auto o = settings();
  o.failures_in_a_row = 3;
  circuit_breaker rare{o};
  const auto call = [&](circuit_breaker::outcome how) {
    now += 1h;
    rare.record(rare.ask(now), how, now);
    return rare.describe(now).is;
  };
  using outcome = circuit_breaker::outcome;
  EXPECT_EQ(call(outcome::failed), state::closed);
  EXPECT_EQ(call(outcome::failed), state::closed);
  EXPECT_EQ(call(outcome::ok), state::closed);
  EXPECT_EQ(call(outcome::failed), state::closed);
  EXPECT_EQ(call(outcome::failed), state::closed);
  EXPECT_EQ(call(outcome::failed), state::open);
  EXPECT_EQ(call(outcome::ok), state::closed);
  EXPECT_EQ(call(outcome::unreachable), state::open) << "one is enough when nothing was reached";
}

TEST_F(CircuitBreakerTest, EachFailedProbeKeepsItOpenFourTimesAsLongUpToTheBound) {
  auto o = settings();
  o.failures_in_a_row = 1;
  o.open_for = 1s;
  o.most_open_for = 10s;
  circuit_breaker growing{o};
  for (const milliseconds wait : {1s, 4s, 10s, 10s}) {
    growing.record(growing.ask(now), true, now);
    EXPECT_EQ(growing.refuses_for(now), wait);
    now += wait;
  }
  growing.record(growing.ask(now), false, now);
  growing.record(growing.ask(now), circuit_breaker::outcome::failed, now, 0.5);
  EXPECT_EQ(growing.refuses_for(now), 750ms) << "short again, and shortened by chance";
}

TEST_F(CircuitBreakerTest, AProbeThatWasWithdrawnMakesRoomForAnother) {
  calls(10, true);
  now += 5s;
  const auto probe = breaker.ask(now);
  ASSERT_TRUE(probe.granted);
  breaker.withdraw(probe);
  EXPECT_TRUE(breaker.ask(now).granted);
}

TEST_F(CircuitBreakerTest, TrippedUntilReset) {
  breaker.trip(now);
  now += 24h;
  EXPECT_FALSE(breaker.ask(now).granted);
  EXPECT_GT(breaker.refuses_for(now), 0ms);
  breaker.reset(now);
  EXPECT_TRUE(breaker.ask(now).granted);
}

}  // namespace
}  // namespace atrium
