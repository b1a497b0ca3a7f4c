#include "outbound/retry_budget.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <random>

namespace atrium {
namespace {

using namespace std::chrono_literals;

class RetryBudgetTest : public ::testing::Test {
 protected:
  int take_all(retry_budget& b) {
    int n = 0;
    while (b.take(now)) {
      b.called(now);
      ++n;
    }
    return n;
  }
  instant now{1'000'000s};
};

TEST_F(RetryBudgetTest, AFewASecondAreAllowedWithoutCalls) {
  retry_budget b({.percent = 20, .least_per_s = 3});
  EXPECT_EQ(take_all(b), 30);
  EXPECT_FALSE(b.take(now));
  EXPECT_EQ(b.postponed(), 2u);
  now += std::chrono::seconds(retry_budget::window_s);
  EXPECT_EQ(b.left(now), 30u);
}

TEST_F(RetryBudgetTest, FirstCallsEarnTheirShareAndRepetitionsNothing) {
  retry_budget b({.percent = 20, .least_per_s = 0});
  EXPECT_EQ(take_all(b), 0);
  for (int i = 0; i < 1000; ++i) b.called(now);
  EXPECT_EQ(b.left(now), 200u);
  EXPECT_EQ(take_all(b), 200) << "what they call themselves earns nothing";
}

TEST_F(RetryBudgetTest, WhateverComesAWindowHoldsNoMoreThanItsShare) {
  for (unsigned seed = 0; seed < 20; ++seed) {
    std::mt19937 random(seed);
    retry_budget b({.percent = 50, .least_per_s = 2});
    std::deque<instant> first, repeated;
    for (int ms = 0; ms < 60'000; ms += 10) {
      now += 10ms;
      for (auto n = random() % 4; n > 0; --n) b.called(now), first.push_back(now);
      for (auto n = random() % 20; n > 0; --n)
        if (b.take(now)) b.called(now), repeated.push_back(now);
      while (!first.empty() && first.front() + 10s <= now) first.pop_front();
      while (!repeated.empty() && repeated.front() + 9s <= now) repeated.pop_front();
      ASSERT_LE(repeated.size(), first.size() / 2 + 20 + 2) << "seed " << seed;
    }
    ASSERT_GT(repeated.size(), 100u) << "the budget is used";
  }
}

}  // namespace
}  // namespace atrium
