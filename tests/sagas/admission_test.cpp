#include "sagas/admission.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <deque>
#include <map>
#include <numeric>
#include <random>
#include <string>
#include <vector>

/// Admission control in virtual time: what bounds the work in flight, and whose work it is.
namespace atrium {
namespace {

using namespace std::chrono_literals;
using verdict = admission::verdict;
using time_point = admission::clock::time_point;

constexpr latency_limit::options small{.least = 16, .most = 2048, .start = 1024};

/// Ends one interval in which the steps took `took`.
void interval(latency_limit& l, time_point& now, std::vector<std::chrono::milliseconds> took,
              bool reached = true) {
  if (reached) l.reached();
  for (const auto t : took) l.sample(t, now);
  now += 100ms;
  l.sample(took.back(), now);  // ends it, and is the next one's
}

class LatencyLimitTest : public ::testing::Test {
 protected:
  LatencyLimitTest() { limit_.sample(1ms, now_); }
  void interval_of(std::vector<std::chrono::milliseconds> took, bool reached = true) {
    interval(limit_, now_, std::move(took), reached);
  }
  latency_limit limit_{small};
  time_point now_{1h};
};

TEST_F(LatencyLimitTest, FallsWhileStepsAreSlowAndStopsAtTheFloor) {
  std::size_t before = limit_.now();
  EXPECT_EQ(before, small.start);
  interval_of({80ms, 120ms});
  while (before > small.least) {
    // The last into a burst waits for nothing; the queue stands all the same.
    interval_of({1ms, 80ms, 120ms, 120ms});
    EXPECT_LT(limit_.now(), before);
    EXPECT_GE(limit_.now(), std::max(small.least, before / 2));
    before = limit_.now();
  }
  interval_of({10s});
  EXPECT_EQ(limit_.now(), small.least);
}

TEST_F(LatencyLimitTest, RecoversOnceStepsAreQuickAgain) {
  while (limit_.now() > small.least) interval_of({1s});
  interval_of({5ms});  // the slow sample that ended the last interval is among these
  std::size_t before = 0;
  for (int i = 0; i < 100 && limit_.now() < small.most; ++i) {
    before = limit_.now();
    interval_of({5ms});
    EXPECT_EQ(limit_.now(),
              std::min(small.most, before + static_cast<std::size_t>(std::sqrt(before))));
  }
  EXPECT_EQ(limit_.now(), small.most);
}

TEST_F(LatencyLimitTest, AStallAmongQuickStepsIsNoQueue) {
  for (int i = 0; i < 5; ++i) {
    const auto before = limit_.now();
    interval_of({900ms, 2s, 5ms});
    EXPECT_EQ(limit_.now(), before);
    interval_of({5ms});
    EXPECT_GT(limit_.now(), before);
  }
}

TEST_F(LatencyLimitTest, StaysWhereItIsWhileNobodyNeedsMoreOrNothingIsMeasured) {
  interval_of({1s});
  interval_of({1s});
  interval_of({5ms});
  const auto at = limit_.now();
  EXPECT_LT(at, small.start);
  interval_of({5ms}, false);
  EXPECT_EQ(limit_.now(), at);
  latency_limit untouched{small};
  untouched.sample(1h, now_);
  now_ += 10s;
  EXPECT_EQ(untouched.now(), small.start);
  EXPECT_EQ(latency_limit({.least = 256, .most = 300, .start = 150}).now(), 256u);
}

TEST_F(LatencyLimitTest, MovesOnlyAsTheMeanLatencySaysWhateverComes) {
  for (unsigned seed = 0; seed < 50; ++seed) {
    std::mt19937 random(seed);
    latency_limit l{small};
    time_point now{1h};
    std::vector<std::chrono::milliseconds> counted{1ms};
    l.sample(counted.back(), now);
    bool was_slow = false;
    for (int i = 0; i < 200; ++i) {
      std::vector<std::chrono::milliseconds> took(1 + random() % 5);
      for (auto& t : took) t = std::chrono::milliseconds{random() % 100};
      counted.insert(counted.end(), took.begin(), took.end());
      const auto sum = std::accumulate(counted.begin(), counted.end(), 0ms);
      const bool slow = sum > small.target * counted.size();
      const auto before = l.now();
      interval(l, now, took);
      counted = {took.back()};
      ASSERT_GE(l.now(), small.least) << "seed " << seed;
      ASSERT_LE(l.now(), small.most) << "seed " << seed;
      if (slow)
        ASSERT_TRUE(was_slow ? l.now() < before || before == small.least : l.now() == before)
            << "seed " << seed << " interval " << i;
      else
        ASSERT_TRUE(l.now() > before || before == small.most)
            << "seed " << seed << " interval " << i;
      was_slow = slow;
    }
  }
}

/// A desk that does `capacity` steps a second, one after the other, with an admission before it.
class simulated_desk {
 public:
  simulated_desk(latency_limit::options o, int capacity)
      : gate(o), each_(std::chrono::nanoseconds{1s} / capacity) {}

  bool offer(const std::string& customer, bool urgent = false) {
    admission::place p;
    if (gate.enter(customer, urgent, p) != verdict::admitted) return false;
    work_.push_back({p, now_});
    return true;
  }
  void pass(std::chrono::nanoseconds time) {
    const auto until = now_ + time;
    while (!work_.empty() && std::max(free_at_, work_.front().came) + each_ <= until) {
      free_at_ = std::max(free_at_, work_.front().came) + each_;
      slowest = std::max(slowest, std::chrono::nanoseconds{free_at_ - work_.front().came});
      gate.step_took(free_at_ - work_.front().came, free_at_);
      gate.leave(work_.front().place, free_at_);
      work_.pop_front();
      ++done;
    }
    now_ = until;
  }

  admission gate;
  std::uint64_t done = 0;
  std::chrono::nanoseconds slowest{0};

 private:
  struct job {
    admission::place place;
    time_point came;
  };
  std::deque<job> work_;
  const std::chrono::nanoseconds each_;
  time_point now_{1h}, free_at_{1h};
};

struct outcome {
  double goodput = 0;  ///< of the capacity
  std::chrono::nanoseconds slowest{0};
};

/// Three times what can be done, by many customers; measured when the limit has had time to settle.
outcome overload(latency_limit::options o) {
  constexpr int capacity = 1000;
  simulated_desk desk(o, capacity);
  std::mt19937 random(7);
  const auto offer_for = [&](std::chrono::milliseconds time) {
    for (auto ms = time.count(); ms > 0; --ms) {
      for (int i = 0; i < 3; ++i) desk.offer("customer" + std::to_string(random() % 1000));
      desk.pass(1ms);
    }
  };
  offer_for(5s);
  desk.done = 0;
  desk.slowest = 0ns;
  offer_for(10s);
  return {static_cast<double>(desk.done) / (10 * capacity), desk.slowest};
}

TEST(AdmissionTest, ThreeTimesTheCapacityNeitherLowersGoodputNorLetsLatencyGrow) {
  const auto adaptive = overload({.least = 16, .most = 2048});
  EXPECT_GT(adaptive.goodput, 0.98);
  EXPECT_LT(adaptive.slowest, 150ms);
  // The same without a target shows that the limit is what keeps latency down.
  const auto fixed = overload({.least = 16, .most = 2048, .target = 1h});
  EXPECT_GT(fixed.slowest, 1s);
}

TEST(AdmissionTest, SixtyFourClosedLoopClientsOfOneCustomerAreNeverRefused) {
  // Even when the disk takes so long for each step that the limit is at its default floor.
  simulated_desk desk({}, 100);
  std::uint64_t refused = 0, in_flight = 0;
  for (int ms = 0; ms < 60'000; ++ms) {
    for (; in_flight < 64; ++in_flight) refused += desk.offer("one") ? 0 : 1;
    const auto before = desk.done;
    desk.pass(1ms);
    in_flight -= desk.done - before;
  }
  EXPECT_EQ(desk.gate.describe().limit, 256u);
  EXPECT_EQ(refused, 0u);
}

TEST(AdmissionTest, OneCustomersFloodStarvesNobody) {
  simulated_desk desk({.least = 64, .most = 64}, 1000);
  std::map<std::string, int> refused;
  for (int ms = 0; ms < 20'000; ++ms) {
    for (int i = 0; i < 20; ++i) refused["flood"] += desk.offer("flood") ? 0 : 1;
    if (ms % 100 == 0)
      for (const char* modest : {"a", "b", "c", "d", "e"})
        refused[modest] += desk.offer(modest) ? 0 : 1;
    desk.pass(1ms);
  }
  EXPECT_GT(refused["flood"], 100'000);
  for (const char* modest : {"a", "b", "c", "d", "e"}) EXPECT_EQ(refused[modest], 0) << modest;
  // The flood still gets what nobody else wants.
  EXPECT_GT(desk.done, 19'500u);
}

TEST(AdmissionTest, FloodsHoldEqualSharesAndLeaveOneShareFree) {
  for (std::size_t floods : {1, 2, 5, 20}) {
    admission gate({.least = 900, .most = 900});
    std::map<std::size_t, std::size_t> held;
    admission::place p;
    for (int round = 0; round < 2000; ++round)
      for (std::size_t f = 0; f < floods; ++f)
        held[f] += gate.enter("flood" + std::to_string(f), false, p) == verdict::admitted ? 1 : 0;
    const auto share = 900 * fair_share::generosity / (1 + floods * fair_share::generosity);
    for (const auto& [f, n] : held) EXPECT_NEAR(n, share, 2) << floods << " floods, number " << f;
    EXPECT_NEAR(900 - gate.in_flight(), 900 / (1 + floods * fair_share::generosity), floods + 1);
    EXPECT_EQ(gate.enter("somebody else", false, p), verdict::admitted);
  }
}

TEST(AdmissionTest, CancellationsAndOperatorsComeInWhenNewBookingsDoNot) {
  admission gate({.least = 100, .most = 100});
  admission::place p;
  for (int i = 0; i < 1000; ++i) gate.enter("customer" + std::to_string(i), false, p);
  EXPECT_EQ(gate.in_flight(), 112u) << "with newcomers' eighth";
  EXPECT_EQ(gate.enter("new", false, p), verdict::full);
  EXPECT_EQ(gate.ask("new", false), verdict::full);
  std::size_t urgent = 0;
  for (int i = 0; i < 1000; ++i)
    urgent += gate.enter("operator" + std::to_string(i), true, p) == verdict::admitted ? 1 : 0;
  EXPECT_EQ(urgent, 14u);
  gate.leave(p, time_point{1h});
  EXPECT_EQ(gate.enter("new", false, p), verdict::full);
  EXPECT_EQ(gate.ask("operator", true), verdict::admitted);
  const auto seen = gate.describe();
  EXPECT_EQ(seen.limit, 100u);
  EXPECT_EQ(seen.limit_urgent, 126u);
  EXPECT_GE(seen.refused_full, 1000u);
}

TEST(AdmissionTest, RequestsThatWaitToBeReadMakeTheLimitSmallerAndItRecovers) {
  admission gate({});
  time_point now{1h};
  const auto interval_of = [&](std::chrono::milliseconds waited) {
    gate.waited(waited, now);
    now += 100ms;
    gate.waited(waited, now);  // ends the interval, and is the next one's
  };
  gate.waited(1ms, now);
  interval_of(1ms);
  EXPECT_EQ(gate.describe().limit, 2048u);
  for (int i = 0; i < 10; ++i) interval_of(60ms);
  EXPECT_EQ(gate.describe().limit, admission::least_while_waiting);
  EXPECT_EQ(gate.describe().wait_us, 60'000u);
  admission::place p;
  std::size_t in = 0;
  while (gate.enter("one", false, p) == verdict::admitted) ++in;
  EXPECT_GE(in, 64u) << "64 clients of one customer are never refused";
  for (int i = 0; i < 100; ++i) {
    while (gate.enter("one", false, p) == verdict::admitted) continue;
    interval_of(1ms);
  }
  EXPECT_EQ(gate.describe().limit, 2048u);
}

TEST(AdmissionTest, TheRefusalSaysHowLongTheQueueTakesAtTheMeasuredRate) {
  admission gate({.least = 500, .most = 500});
  std::vector<admission::place> in(300);
  for (std::size_t i = 0; i < in.size(); ++i)
    ASSERT_EQ(gate.enter("c" + std::to_string(i), false, in[i]), verdict::admitted);
  time_point now{1h};
  // Fifty a second: 300 - 150 = 150 are left after three seconds, and take three more.
  for (std::size_t i = 0; i < 150; ++i) gate.leave(in[i], now += 20ms);
  EXPECT_NEAR(gate.describe().per_second, 50, 2);
  const auto f = gate.refusal();
  EXPECT_EQ(f.code, ec::overloaded);
  EXPECT_EQ(f.retry_after_ms, 3000);
  EXPECT_EQ(f.detail, "The booking desk is busy, please try again in 3 seconds.");
  // An hour without work says nothing about the rate.
  gate.leave(in[150], now + 1h);
  EXPECT_NEAR(gate.describe().per_second, 50, 2);
}

}  // namespace
}  // namespace atrium
