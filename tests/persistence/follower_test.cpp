#include "persistence/follower.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>
#include <stdexcept>

#include "persistence/memory_journal.hpp"
#include "tests/persistence/sample_events.hpp"

namespace atrium {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

/// Keeps the positions it was fed, transaction by transaction.
class recorder final : public projection {
 public:
  explicit recorder(std::string name) : name_(std::move(name)) {}
  std::string_view name() const override { return name_; }
  std::uint64_t position() const override {
    const std::scoped_lock lock(mutex_);
    return position_;
  }
  void begin() override { open_.clear(); }
  void apply(const stored_event& e) override {
    if (failures_left != 0) {
      --failures_left;
      throw std::runtime_error("planted");
    }
    open_.push_back(e.position);
  }
  void commit(std::uint64_t position) override {
    {
      const std::scoped_lock lock(mutex_);
      position_ = position;
      applied_.insert(applied_.end(), open_.begin(), open_.end());
      ++commits_;
    }
    changed_.notify_all();
  }
  void rollback() noexcept override { ++rollbacks; }

  void wait_until(std::uint64_t position) const {
    std::unique_lock lock(mutex_);
    ASSERT_TRUE(changed_.wait_for(lock, 60s, [&] { return position_ >= position; }));
  }
  /// Every position once and in order.
  bool is_gapless() const {
    const std::scoped_lock lock(mutex_);
    for (std::size_t i = 0; i != applied_.size(); ++i)
      if (applied_[i] != i + 1) return false;
    return applied_.size() == position_;
  }
  std::size_t commits() const {
    const std::scoped_lock lock(mutex_);
    return commits_;
  }

  bool is_awaited() const noexcept override { return awaited; }
  void when_awaited(std::function<void()> hurry) override { hurry_ = std::move(hurry); }
  void await() {
    awaited = true;
    hurry_();
  }

  std::atomic<bool> awaited{false};
  std::atomic<int> failures_left{0};
  std::atomic<int> rollbacks{0};

 private:
  const std::string name_;
  std::function<void()> hurry_;
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::uint64_t position_ = 0;
  std::size_t commits_ = 0;
  std::vector<std::uint64_t> open_, applied_;
};

class FollowerTest : public testing::Test {
 protected:
  void add(std::size_t events) {
    for (std::size_t i = 0; i != events; ++i)
      log.append(0, {encode_record(tests::any_event("audit", ++seq_))}, {});
    log.flush();
  }
  memory_journal log;
  recorder index{"index"};
  recorder views{"views"};
  std::uint64_t seq_ = 0;
};

TEST_F(FollowerTest, CatchUpAppliesEverythingInFewTransactions) {
  add(10'000);
  follower f(log, {&index, &views});
  f.catch_up();
  for (const auto* p : {&index, &views}) {
    EXPECT_EQ(p->position(), 10'000u);
    EXPECT_TRUE(p->is_gapless());
    EXPECT_LE(p->commits(), 1u);
  }
}

TEST_F(FollowerTest, ANudgeWakesTheThread) {
  follower f(log, {&index, &views});
  log.subscribe([&](std::uint64_t) { f.nudge(); });
  f.start();
  for (int i = 0; i != 20; ++i) {
    add(1);
    views.wait_until(seq_);
    index.wait_until(seq_);
  }
  add(5000);
  views.wait_until(seq_);
  index.wait_until(seq_);
  f.stop();
  EXPECT_TRUE(index.is_gapless());
  EXPECT_TRUE(views.is_gapless());
}

TEST_F(FollowerTest, AReaderWhoWaitsEndsTheRest) {
  follower f(log, {&index, &views}, {.rests_per_work = 1'000'000'000, .longest_rest = 1h});
  log.subscribe([&](std::uint64_t) { f.nudge(); });
  f.start();
  add(1);
  views.wait_until(1);
  add(1);  // during the rest, which is an hour long
  views.await();
  views.wait_until(2);
  f.stop();
}

TEST_F(FollowerTest, AFailingProjectionIsRolledBackAndRetriedWhileOthersGoOn) {
  views.failures_left = 1;
  add(10);
  follower f(log, {&index, &views});
  f.catch_up();
  EXPECT_EQ(index.position(), 10u);
  EXPECT_EQ(views.position(), 0u);
  EXPECT_EQ(views.rollbacks, 1);
  const auto status = f.describe();
  EXPECT_EQ(status[0].lag, 0u);
  EXPECT_EQ(status[0].events, 10u);
  EXPECT_EQ(status[1].lag, 10u);
  EXPECT_THAT(status[1].last_error, HasSubstr("planted"));
  add(5);
  f.start();
  views.wait_until(15);
  index.wait_until(15);
  f.stop();
  EXPECT_TRUE(views.is_gapless());
  EXPECT_TRUE(index.is_gapless());
  EXPECT_EQ(f.describe()[1].last_error, "");
}

TEST_F(FollowerTest, APausedProjectionWaitsAndCatchesUp) {
  follower f(log, {&index, &views});
  EXPECT_FALSE(f.set_paused("nobody", true));
  EXPECT_TRUE(f.set_paused("views", true));
  log.subscribe([&](std::uint64_t) { f.nudge(); });
  f.start();
  add(100);
  index.wait_until(100);
  EXPECT_EQ(views.position(), 0u);
  EXPECT_TRUE(f.describe()[1].paused);
  EXPECT_TRUE(f.set_paused("views", false));
  views.wait_until(100);
  EXPECT_TRUE(views.is_gapless());
}

TEST_F(FollowerTest, ALaggardGetsEveryEventExactlyOnce) {
  add(3);
  follower(log, {&index}).catch_up();
  add(9000);
  follower f(log, {&index, &views});
  f.catch_up();
  EXPECT_TRUE(index.is_gapless());
  EXPECT_TRUE(views.is_gapless());
  EXPECT_EQ(views.position(), 9003u);
}

TEST_F(FollowerTest, AnUnreadableRecordStopsBeforeItAndSaysWhere) {
  add(2);
  auto damaged = encode_record(tests::any_event("audit", 3));
  damaged.back() = 'x';
  log.append(0, {damaged}, {});
  add(1);
  follower f(log, {&index});
  f.catch_up();
  EXPECT_EQ(index.position(), 2u);
  EXPECT_THAT(f.describe()[0].last_error, HasSubstr("journal position 3"));
}

}  // namespace
}  // namespace atrium
