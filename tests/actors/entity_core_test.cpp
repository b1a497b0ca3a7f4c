#include "actors/entity_core.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "actors/answer_guard.hpp"
#include "actors/entity_traits.hpp"
#include "persistence/memory_journal.hpp"
#include "persistence/memory_stream_index.hpp"

namespace atrium {
namespace {

class fixed_clock final : public clock_port {
 public:
  instant now() const override { return *parse_instant("2026-11-22T09:00:00Z"); }
};

room_facts blue() {
  room_facts facts;
  facts.name = "Blue";
  facts.capacity = 8;
  facts.time_zone = "Asia/Seoul";
  facts.price_per_hour = {10'000, "KRW"};
  return facts;
}

class EntityCoreTest : public ::testing::Test {
 protected:
  using core = entity_core<room_traits>;
  using answer = std::optional<result<entity_reply>>;

  std::shared_ptr<answer> tell(core& room, room_command command,
                               std::vector<attached_event> before = {}, instant deadline = {}) {
    auto got = std::make_shared<answer>();
    room.handle({"rm",
                 std::move(command),
                 {account_id{"acc"}, "trace", deadline},
                 "cause",
                 std::move(before),
                 {},
                 [got](result<entity_reply> r) { *got = std::move(r); }});
    return got;
  }

  static cmd::hold_slot slot(const std::string& id, int hour) {
    const auto day = *parse_instant("2026-11-23T00:00:00Z");
    return {reservation_id{id},
            account_id{"acc"},
            {day + std::chrono::hours{hour}, day + std::chrono::hours{hour + 1}},
            1,
            "",
            {},
            payment_id{"pay"}};
  }

  fixed_clock clock;
  memory_journal log;
  core room{"rm", log, clock};
};

TEST_F(EntityCoreTest, AnswerIsHeldBackUntilItsBatchIsDurable) {
  auto got = tell(room, cmd::register_room{blue()});
  EXPECT_FALSE(*got);
  log.flush();
  ASSERT_TRUE(*got && **got);
  EXPECT_EQ((**got)->position, 1u);
  EXPECT_EQ((**got)->version, 1u);
}

TEST_F(EntityCoreTest, NextCommandIsDecidedAgainstWhatIsNotDurableYet) {
  tell(room, cmd::register_room{blue()});
  tell(room, slot("a", 9));
  auto second = tell(room, slot("b", 9));
  ASSERT_TRUE(*second) << "a refusal writes nothing and waits for nothing";
  EXPECT_EQ((*second)->error().code, ec::slot_taken);
}

TEST_F(EntityCoreTest, AlreadySoIsAnsweredOnlyBehindWhatMadeItSo) {
  tell(room, cmd::register_room{blue()});
  tell(room, slot("a", 9));
  auto again = tell(room, slot("a", 9));
  EXPECT_FALSE(*again) << "the hold it rests on is not durable";
  log.flush();
  ASSERT_TRUE(*again && **again);
  EXPECT_TRUE((**again)->events.empty());
  ASSERT_TRUE((**again)->booked);
}

TEST_F(EntityCoreTest, AttachedEventsAreWrittenInTheSameBatchAndOnlyWhenAccepted) {
  tell(room, cmd::register_room{blue()});
  tell(room, slot("a", 9), {{"saga/a", 1, ev::saga_parked{saga_id{"a"}, "s", "r"}}});
  tell(room, slot("b", 9), {{"saga/b", 1, ev::saga_parked{saga_id{"b"}, "s", "r"}}});
  log.flush();
  std::vector<std::string> streams;
  for (const auto& e : log.events()) streams.push_back(e.stream);
  EXPECT_THAT(streams, ::testing::ElementsAre("room/rm", "saga/a", "room/rm"));
}

TEST_F(EntityCoreTest, CommandPastItsDeadlineIsNotExecuted) {
  auto late = tell(room, cmd::register_room{blue()}, {}, clock.now() - milliseconds{1});
  ASSERT_TRUE(*late);
  EXPECT_EQ((*late)->error().code, ec::timeout);
  log.flush();
  EXPECT_TRUE(log.events().empty());
}

TEST_F(EntityCoreTest, FencedAppendIsRefusedAndTheEntityKnows) {
  log.plant_fencing(1);
  auto got = tell(room, cmd::register_room{blue()});
  log.flush();
  ASSERT_TRUE(*got);
  EXPECT_EQ((*got)->error().code, ec::fenced);
  EXPECT_TRUE(room.fenced());
}

TEST_F(EntityCoreTest, SnapshotAndTailRestoreTheSameRoomAsTheWholeStream) {
  memory_stream_index index{log};
  tell(room, cmd::register_room{blue()});
  for (int hour = 0; hour < 5; ++hour) tell(room, slot("r" + std::to_string(hour), hour));
  log.flush();
  ASSERT_EQ(room.in_flight(), 0u);
  const stream_index::snapshot snap{room.seq(), room_traits::condense(room.state())};
  for (int hour = 5; hour < 9; ++hour) tell(room, slot("r" + std::to_string(hour), hour));
  log.flush();
  index.catch_up();

  core whole{"rm", log, clock}, short_way{"rm", log, clock};
  whole.restore(std::nullopt, index.read_stream("room/rm", 1));
  short_way.restore(snap, index.read_stream("room/rm", snap.seq + 1));
  EXPECT_EQ(whole.state(), room.state());
  EXPECT_EQ(short_way.state(), room.state());
  EXPECT_EQ(short_way.seq(), room.seq());
  EXPECT_EQ(short_way.snapshot_events(), snap.events.size());
  EXPECT_EQ(whole.snapshot_events(), 0u);
  EXPECT_EQ(short_way.state().version(), room.state().version());
}

TEST(AnswerGuardTest, AnswersForWhoDiesWithoutAnswering) {
  int answered = 0, said = 0;
  {
    auto guard = guard_answer<int>([&](int v) { ++answered, said = v; }, [] { return -1; });
    auto copy = guard;
  }
  EXPECT_EQ(answered, 1);
  EXPECT_EQ(said, -1);
}

TEST(AnswerGuardTest, PassesOnlyTheFirstAnswer) {
  int answered = 0, said = 0;
  {
    auto guard = guard_answer<int>([&](int v) { ++answered, said = v; }, [] { return -1; });
    guard(7);
    guard(8);
  }
  EXPECT_EQ(answered, 1);
  EXPECT_EQ(said, 7);
}

}  // namespace
}  // namespace atrium
