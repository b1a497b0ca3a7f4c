#include "payments/timer.hpp"

#include <gtest/gtest.h>

#include <future>
#include <vector>

namespace atrium {
namespace {

using std::chrono::milliseconds;

TEST(TimerThreadTest, FirstFunctionOfAnIdleThreadRuns) {
  timer_thread timers;
  for (int i = 0; i < 20; ++i) {
    std::promise<void> ran;
    timers.delay(milliseconds(1), [&] { ran.set_value(); });
    ASSERT_EQ(ran.get_future().wait_for(std::chrono::seconds(10)), std::future_status::ready)
        << "function " << i;
  }
}

TEST(TimerThreadTest, FunctionsRunInTheOrderTheyFallDue) {
  timer_thread timers;
  std::vector<int> order;
  std::promise<void> all;
  timers.delay(milliseconds(60), [&] {
    order.push_back(2);
    all.set_value();
  });
  timers.delay(milliseconds(5), [&] { order.push_back(1); });
  ASSERT_EQ(all.get_future().wait_for(std::chrono::seconds(10)), std::future_status::ready);
  EXPECT_EQ(order, (std::vector<int>{1, 2}));
}

TEST(TimerThreadTest, WhatStillWaitsIsDropped) {
  auto held = std::make_shared<int>(1);
  {
    timer_thread timers;
    timers.delay(std::chrono::hours(1), [held] { ADD_FAILURE(); });
    EXPECT_EQ(held.use_count(), 2);
  }
  EXPECT_EQ(held.use_count(), 1);
}

}  // namespace
}  // namespace atrium
