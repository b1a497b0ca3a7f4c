#include <gmock/gmock.h>

#include <atomic>

#include "tests/notifications/engine_fixture.hpp"

namespace atrium::test {
namespace {

using namespace std::chrono_literals;
using ::testing::IsSupersetOf;
using ::testing::UnorderedElementsAreArray;
using kind = delivery_outcome::kind;
using state = delivery::state;

/// An outbox on a disk that may be full.
class full_outbox final : public outbox {
 public:
  explicit full_outbox(outbox& inner) : inner_(inner) {}
  void set_full(bool full) { full_ = full; }
  int refusals() const { return refusals_; }

  std::optional<std::uint64_t> cursor(const std::string& channel) const override {
    return inner_.cursor(channel);
  }
  result<void> commit(const changes& c, instant now) override {
    if (!full_) return inner_.commit(c, now);
    ++refusals_;
    return failure{ec::storage_full, "the disk is full"};
  }
  void each_waiting(const std::string& destination,
                    const std::function<bool(std::uint64_t, instant)>& visit) const override {
    inner_.each_waiting(destination, visit);
  }
  std::optional<delivery> find(const std::string& destination,
                               std::uint64_t position) const override {
    return inner_.find(destination, position);
  }
  result<page<delivery>> list(const std::string& destination, std::size_t limit,
                              const std::string& cursor) const override {
    return inner_.list(destination, limit, cursor);
  }
  std::vector<destination_record> destinations(const std::string& prefix) const override {
    return inner_.destinations(prefix);
  }

 private:
  outbox& inner_;
  std::atomic<bool> full_{false};
  std::atomic<int> refusals_{0};
};

TEST_F(EngineTest, NothingIsSentWhileTheOutboxCannotBeWritten) {
  start();
  stop();
  full_outbox full(*box);
  engine = std::make_unique<delivery_engine>(
      delivery_engine::world{log, *read, full, channel, clock}, options);
  engine->start();
  const auto all = tell("a", 3);
  ASSERT_TRUE(channel.wait([&] { return channel.attempts("a").size() == all.size(); }));
  full.set_full(true);
  for (auto& open : channel.take_open()) open.answer({kind::delivered, 200, "", {}});
  ASSERT_TRUE(channel.wait([&] { return full.refusals() > 0; }));
  channel.answers("a", kind::delivered);
  tell("a");
  engine->nudge();
  ASSERT_TRUE(channel.wait([&] { return !engine->describe().last_error.empty(); }));
  EXPECT_EQ(channel.attempts("a").size(), all.size());
  full.set_full(false);
  ASSERT_TRUE(
      channel.wait([&] { return stored("a", log.durable_position()).is == state::delivered; }));
  engine.reset();
}

TEST_F(EngineTest, EveryMessageIsDeliveredOnceAndNotAgainAfterARestart) {
  channel.answers("a", kind::delivered);
  start();
  const auto all = tell("a", 20);
  ASSERT_TRUE(channel.wait([&] { return channel.delivered("a").size() == all.size(); }));
  ASSERT_TRUE(channel.wait([&] { return stored("a", all.back()).is == state::delivered; }));
  start();
  const auto one_more = tell("a");
  ASSERT_TRUE(channel.wait([&] { return stored("a", one_more).is == state::delivered; }));
  EXPECT_EQ(channel.attempts("a").size(), all.size() + 1);
}

TEST_F(EngineTest, WhatHappenedWhileItWasStoppedIsDeliveredAfterwards) {
  channel.answers("a", kind::delivered);
  const auto all = tell("a", 5);
  start();
  ASSERT_TRUE(channel.wait([&] { return channel.delivered("a").size() == all.size(); }));
  engine->set_paused(true);
  const auto more = tell("a", 5);
  EXPECT_TRUE(engine->describe().paused);
  engine->set_paused(false);
  ASSERT_TRUE(channel.wait([&] { return channel.delivered("a").size() == 10; }));
  EXPECT_THAT(channel.delivered("a"), IsSupersetOf(more));
}

TEST_F(EngineTest, AnOutcomeThatWasNotNotedMeansSendingAgain) {
  start();
  const auto position = tell("a");
  ASSERT_TRUE(channel.wait([&] { return channel.attempts("a").size() == 1; }));
  stop();
  // Delivered, but the process was gone before it could note that.
  for (auto& open : channel.take_open()) open.answer({kind::delivered, 200, "", {}});
  channel.answers("a", kind::delivered);
  start();
  ASSERT_TRUE(channel.wait([&] { return stored("a", position).is == state::delivered; }));
  EXPECT_EQ(channel.attempts("a"), (std::vector{position, position}));
}

TEST_F(EngineTest, AMessageThatAlwaysFailsHoldsUpNoOtherAndIsParkedInTheEnd) {
  channel.answers("a", kind::delivered);
  start();
  const auto poison = log.durable_position() + 1;
  channel.answers(poison, kind::failed);
  tell("a");
  const auto behind = tell("a", 30);
  ASSERT_TRUE(channel.wait([&] { return channel.delivered("a").size() == behind.size(); }));
  EXPECT_THAT(channel.delivered("a"), UnorderedElementsAreArray(behind));
  EXPECT_EQ(stored("a", poison).is, state::waiting);
  // Waits of hours pass; each is followed by one more attempt until it is too old.
  ASSERT_TRUE(channel.wait([&] {
    clock.advance(30min);
    engine->nudge();
    return stored("a", poison).is == state::parked;
  }));
  const auto tries = stored("a", poison).attempts;
  EXPECT_GE(tries, 10u);
  EXPECT_LE(tries, 40u);
  EXPECT_EQ(stored("a", poison).last_error, "as told");
}

TEST_F(EngineTest, ADestinationThatIsAwayGetsOneProbeAtATimeAndThenEverything) {
  channel.answers("down", kind::unreachable);
  channel.answers("up", kind::delivered);
  start();
  const auto lost = tell("down", 50);
  const auto fine = tell("up", 50);
  ASSERT_TRUE(channel.wait([&] { return channel.delivered("up").size() == fine.size(); }));
  // Time stands still, so there is no second probe.
  EXPECT_LE(channel.attempts("down").size(), options.most_per_destination);
  for (const auto p : lost) EXPECT_EQ(stored("down", p).attempts, 0u) << "nothing was sent";
  const auto found = engine->describe().destinations;
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].waiting, 50u);
  EXPECT_TRUE(found[0].failing_since);
  channel.answers("down", kind::delivered);
  clock.advance(5min);
  engine->nudge();
  ASSERT_TRUE(channel.wait([&] { return channel.delivered("down").size() == lost.size(); }));
  ASSERT_TRUE(channel.wait([&] { return !engine->describe().destinations[0].failing_since; }));
}

TEST_F(EngineTest, AnOperatorTripsTheBreakerOfADestinationAndItCatchesUpAfterTheReset) {
  channel.answers("a", kind::delivered);
  channel.answers("b", kind::delivered);
  start();
  EXPECT_FALSE(engine->switch_breaker("elsewhere/a", true));
  ASSERT_TRUE(engine->switch_breaker("test/a", true));
  const auto held = tell("a", 10);
  const auto fine = tell("b", 10);
  ASSERT_TRUE(channel.wait([&] { return channel.delivered("b").size() == fine.size(); }));
  clock.advance(1h);
  EXPECT_TRUE(channel.attempts("a").empty());
  const auto shown = engine->breakers();
  ASSERT_FALSE(shown.empty());
  EXPECT_EQ(shown[0].name, "test/a");
  EXPECT_EQ(shown[0].breaker.is, circuit_breaker::state::tripped);
  ASSERT_TRUE(engine->switch_breaker("test/a", false));
  ASSERT_TRUE(channel.wait([&] { return channel.delivered("a").size() == held.size(); }));
}

TEST_F(EngineTest, ABreakerThatIsClosedAndIdleIsForgotten) {
  channel.answers("a", kind::delivered);
  channel.answers("down", kind::unreachable);
  start();
  tell("down");
  tell("a", 5);
  ASSERT_TRUE(channel.wait([&] {
    engine->nudge();
    return engine->breakers().size() == 1;
  }));
  EXPECT_EQ(engine->breakers()[0].name, "test/down");
  EXPECT_EQ(engine->breakers()[0].breaker.is, circuit_breaker::state::open);
  EXPECT_EQ(engine->breakers()[0].under_way, 0u);
}

TEST_F(EngineTest, ThreeFailuresInARowOpenTheBreakerAndOneGoodProbeClosesIt) {
  channel.answers("a", kind::failed);
  start();
  const auto all = tell("a", 20);
  ASSERT_TRUE(channel.wait([&] {
    const auto shown = engine->breakers();
    return !shown.empty() && shown[0].breaker.is == circuit_breaker::state::open;
  }));
  EXPECT_LE(channel.attempts("a").size(), 2 + options.most_per_destination);
  channel.answers("a", kind::delivered);
  ASSERT_TRUE(channel.wait([&] {
    clock.advance(1s);
    engine->nudge();
    return channel.delivered("a").size() == all.size();
  }));
}

TEST_F(EngineTest, ASilentDestinationDoesNotHoldUpOthers) {
  channel.answers("quick", kind::delivered);
  start();
  tell("silent", 100);
  const auto fine = tell("quick", 20);
  ASSERT_TRUE(channel.wait([&] { return channel.delivered("quick").size() == fine.size(); }));
  EXPECT_EQ(channel.attempts("silent").size(), options.most_per_destination);
  for (auto& open : channel.take_open()) open.answer({kind::stopped, 0, "", {}});
}

TEST_F(EngineTest, AMessageThatIsRefusedIsParkedAtOnceAndCanBeAskedForAgain) {
  channel.answers("a", kind::refused);
  start();
  const auto position = tell("a");
  ASSERT_TRUE(channel.wait([&] { return stored("a", position).is == state::parked; }));
  channel.answers("a", kind::delivered);
  ASSERT_TRUE(engine->retry("test/a", position));
  ASSERT_TRUE(channel.wait([&] { return stored("a", position).is == state::delivered; }));
  EXPECT_TRUE(engine->retry("test/a", 999)) << "what does not exist is passed over";
}

TEST_F(EngineTest, MoreThanMayWaitIsParkedAndNotLost) {
  channel.set_most_waiting(3);
  channel.answers("a", kind::unreachable);
  start();
  const auto all = tell("a", 10);
  ASSERT_TRUE(channel.wait([&] { return stored("a", all.back()).is == state::parked; }));
  EXPECT_EQ(engine->describe().destinations.at(0).waiting, 3u);
}

TEST_F(EngineTest, ANewOutboxLooksBackADayAndNoFurther) {
  channel.answers("a", kind::delivered);
  tell("a", 3);
  clock.advance(25h);
  const auto recent = tell("a", 3);
  start(true);
  ASSERT_TRUE(channel.wait([&] { return channel.delivered("a").size() == recent.size(); }));
  EXPECT_THAT(channel.delivered("a"), UnorderedElementsAreArray(recent));
}

TEST_F(EngineTest, AnOutboxOfAnotherJournalStartsAnew) {
  channel.answers("a", kind::delivered);
  start();
  const auto first = tell("a");
  ASSERT_TRUE(channel.wait([&] { return stored("a", first).is == state::delivered; }));
  stop();
  box = std::move(outbox::open({.dir = dir / "outbox0", .journal_id = log.id() + 1})).value();
  EXPECT_FALSE(box->cursor("test"));
  EXPECT_FALSE(box->find("test/a", first));
}

// ---- back-off ----------------------------------------------------------------------------------

TEST(BackOffTest, WaitsGrowFourfoldUpToTheBoundAndAreShortenedByUpToHalf) {
  const back_off b{5s, 4h};
  EXPECT_EQ(b.after(1, 0), 5s);
  EXPECT_EQ(b.after(2, 0), 20s);
  EXPECT_EQ(b.after(3, 0), 80s);
  EXPECT_EQ(b.after(100, 0), 4h);
  EXPECT_EQ(b.after(2, 0.5), 15s);
  EXPECT_GE(b.after(2, 0.999999), 10s);
}

}  // namespace
}  // namespace atrium::test
