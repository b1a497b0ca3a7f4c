#include "persistence/memory_journal.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/persistence/sample_events.hpp"

namespace atrium {
namespace {

std::string record(std::uint64_t seq) {
  return encode_record(tests::any_event("audit", seq));
}

class MemoryJournalTest : public testing::Test {
 protected:
  memory_journal log{4};
  std::vector<std::uint64_t> answered;
  journal::done note = [this](const append_result& r) {
    answered.push_back(r.is == append_result::status::fenced ? 0 : r.position);
  };
};

TEST_F(MemoryJournalTest, NothingIsDurableBeforeAStep) {
  log.append(0, {record(1), record(2)}, note);
  log.append(1, {record(3)}, note);
  EXPECT_EQ(log.durable_position(), 0u);
  EXPECT_EQ(log.backlog(), 2u);
  EXPECT_TRUE(log.step());
  EXPECT_THAT(answered, testing::ElementsAre(2));
  EXPECT_EQ(log.flush(), 1u);
  EXPECT_THAT(answered, testing::ElementsAre(2, 3));
  EXPECT_FALSE(log.step());
  EXPECT_EQ(log.events().back().shard, 1);
  EXPECT_EQ(log.events().back().offset, 1u);
}

TEST_F(MemoryJournalTest, ACrashKeepsWhatIsDurableAndAnswersNobody) {
  log.append(0, {record(1)}, note);
  log.flush();
  log.append(0, {record(2)}, note);
  bool heard = false;
  log.subscribe([&](std::uint64_t) { heard = true; });
  log.crash();
  EXPECT_EQ(log.backlog(), 0u);
  log.append(0, {record(2)}, {});
  log.flush();
  EXPECT_THAT(answered, testing::ElementsAre(1));
  EXPECT_FALSE(heard);
  EXPECT_EQ(log.durable_position(), 2u);
}

TEST_F(MemoryJournalTest, CallbacksMayCauseFurtherAppendsOfTheNextStep) {
  log.append(0, {record(1)}, note);
  log.subscribe([this](std::uint64_t p) {
    if (p < 3) log.append(0, {record(p + 1)}, note);
  });
  EXPECT_EQ(log.flush(), 3u);
  EXPECT_EQ(log.durable_position(), 3u);
}

TEST_F(MemoryJournalTest, FencedBatchesWriteNothing) {
  log.plant_fencing(1);
  log.append(0, {record(1)}, note);
  log.append(0, {record(1)}, note);
  log.flush();
  EXPECT_THAT(answered, testing::ElementsAre(0, 1));
  EXPECT_EQ(log.durable_position(), 1u);
}

TEST_F(MemoryJournalTest, AStalledJournalAnswersOnceHealed) {
  log.plant_stall();
  log.append(0, {record(1)}, note);
  EXPECT_FALSE(log.step());
  log.heal();
  EXPECT_TRUE(log.step());
  EXPECT_THAT(answered, testing::ElementsAre(1));
}

TEST_F(MemoryJournalTest, AnEmptyBatchIsABarrier) {
  log.append(0, {record(1)}, {});
  log.append(0, {}, note);
  log.flush();
  EXPECT_THAT(answered, testing::ElementsAre(1));
  EXPECT_EQ(log.durable_position(), 1u);
}

}  // namespace
}  // namespace atrium
