#include "persistence/view_waiters.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "tests/persistence/view_fixture.hpp"

namespace atrium::test {
namespace {

TEST(ViewWaitersTest, CallsAtOnceWhenThePositionIsThere) {
  view::waiters w;
  bool called = false;
  w.when_reached(
      3, [] { return std::uint64_t{3}; }, [&] { called = true; });
  EXPECT_TRUE(called);
}

TEST(ViewWaitersTest, CallsThoseWhosePositionIsReachedAndNoOthers) {
  view::waiters w;
  std::uint64_t position = 0;
  std::vector<int> called;
  const auto now = [&] { return position; };
  w.when_reached(2, now, [&] { called.push_back(2); });
  w.when_reached(1, now, [&] { called.push_back(1); });
  w.when_reached(5, now, [&] { called.push_back(5); });
  position = 2;
  w.reached(position);
  EXPECT_EQ(called, (std::vector<int>{1, 2}));
  position = 9;
  w.reached(position);
  EXPECT_EQ(called, (std::vector<int>{1, 2, 5}));
}

TEST(ViewWaitersTest, TenThousandWaitAndNoMore) {
  view::waiters w;
  std::size_t called = 0;
  for (std::size_t i = 0; i < view::waiters::most + 5; ++i)
    w.when_reached(
        1, [] { return std::uint64_t{0}; }, [&] { ++called; });
  w.reached(1);
  EXPECT_EQ(called, view::waiters::most);
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
  for (std::uint64_t p = 1; p <= rounds; ++p)
    w.when_reached(
        p, [&] { return position.load(); }, [&] { ++called; });
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
  views->when_reached(2, [&] { reached = true; });
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
