#include "persistence/view_waiters.hpp"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "tests/persistence/view_fixture.hpp"

namespace atrium::test {
namespace {

TEST(ViewWaitersTest, CallsAtOnceWhenThePositionIsThere) {
  view::waiters w;
  bool called = false;
  EXPECT_TRUE(w.when_reached(
      3, [] { return std::uint64_t{3}; }, [&] { called = true; }));
  EXPECT_TRUE(called);
}

TEST(ViewWaitersTest, CallsThoseWhosePositionIsReachedAndNoOthers) {
  view::waiters w;
  std::uint64_t position = 0;
  std::vector<int> called;
  const auto now = [&] { return position; };
  std::vector<result<view::waiters::place>> waiting;
  for (const int wanted : {2, 1, 5})
    waiting.push_back(w.when_reached(static_cast<std::uint64_t>(wanted), now,
                                     [&called, wanted] { called.push_back(wanted); }));
  position = 2;
  w.reached(position);
  EXPECT_EQ(called, (std::vector<int>{1, 2}));
  position = 9;
  w.reached(position);
  EXPECT_EQ(called, (std::vector<int>{1, 2, 5}));
}

TEST(ViewWaitersTest, TenThousandWaitAndNoMore) {
  view::waiters w;
  std::vector<view::waiters::place> waiting;
  std::size_t called = 0;
  const auto wait = [&] {
    return w.when_reached(
        1, [] { return std::uint64_t{0}; }, [&] { ++called; });
  };
  while (waiting.size() < view::waiters::most) waiting.push_back(std::move(wait()).value());
  const auto refused = wait();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ec::overloaded);
  EXPECT_GT(refused.error().retry_after_ms, 0);
  w.reached(1);
  EXPECT_EQ(called, view::waiters::most);
  EXPECT_TRUE(wait());
}

TEST(ViewWaitersTest, WhoeverLetsGoOfThePlaceWaitsNoLonger) {
  view::waiters w;
  std::vector<view::waiters::place> waiting;
  int called = 0;
  const auto wait = [&] {
    return w.when_reached(
        UINT64_MAX, [] { return std::uint64_t{0}; }, [&] { ++called; });
  };
  while (waiting.size() < view::waiters::most) waiting.push_back(std::move(wait()).value());
  waiting.pop_back();
  EXPECT_TRUE(wait());  // and gives it up again
  waiting.clear();
  EXPECT_FALSE(w.anyone());
  w.reached(UINT64_MAX);
  EXPECT_EQ(called, 0);
}

TEST(ViewWaitersTest, NobodyIsForgottenBetweenLookingAndWaiting) {
  view::waiters w;
  std::atomic<std::uint64_t> position{0};
  std::atomic<int> called{0};
  constexpr int rounds = 2'000;
  std::thread follower([&] {
    for (std::uint64_t p = 1; p <= rounds; ++p) {
      position.store(p);
      w.reached(p);
      while (called.load() < static_cast<int>(p) - 1) std::this_thread::yield();
    }
  });
  std::vector<result<view::waiters::place>> waiting;
  for (std::uint64_t p = 1; p <= rounds; ++p)
    waiting.push_back(w.when_reached(
        p, [&] { return position.load(); }, [&] { ++called; }));
  follower.join();
  // Whoever registered after the last commit saw its position and was called on this thread.
  EXPECT_EQ(called.load(), rounds);
}

TEST(ViewWaitersTest, SubscribersHearOfEveryCommit) {
  script story;
  fed_views views;
  std::vector<std::uint64_t> heard;
  bool reached = false;
  views->subscribe([&](std::uint64_t p) { heard.push_back(p); });
  const auto place = views->when_reached(2, [&] { reached = true; });
  story.account("ac_1", "Ann");
  views.follow(story);
  EXPECT_FALSE(reached);
  story.account("ac_2", "Ben");
  views.follow(story);
  EXPECT_TRUE(reached);
  EXPECT_EQ(heard, (std::vector<std::uint64_t>{1, 2}));
  EXPECT_EQ(views->position(), 2U);
}

}  // namespace
}  // namespace atrium::test
