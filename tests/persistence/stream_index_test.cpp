// The index in LMDB and the one in memory answer alike.
#include "persistence/stream_index.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <thread>

#include "persistence/follower.hpp"
#include "persistence/lmdb_stream_index.hpp"
#include "persistence/memory_journal.hpp"
#include "persistence/memory_stream_index.hpp"
#include "tests/persistence/sample_events.hpp"
#include "tests/persistence/temp_dir.hpp"

namespace atrium {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

const instant noon{milliseconds{1'764'000'000'000}};
const interval slot{noon + 24h, noon + 25h};
const money price{33'000, "KRW"};
const account_id guest{"acc_1"};

class StreamIndexTest : public testing::TestWithParam<bool> {
 protected:
  void SetUp() override { open(); }

  void open() {
    if (GetParam()) {
      auto opened = lmdb_stream_index::open(dir.path(), log, 64);
      ASSERT_TRUE(opened) << opened.error().detail;
      feed_ = &(*opened)->as_projection();
      stored_ = opened->get();
      index_ = std::move(*opened);
    } else {
      auto made = std::make_unique<memory_stream_index>(log);
      feed_ = made.get();
      index_ = std::move(made);
    }
  }
  const stream_index& index() const { return *index_; }

  /// Journals one event and returns its position; feed() shows it to the index.
  std::uint64_t add(const std::string& stream, event what) {
    new_event e;
    e.stream = stream;
    e.seq = ++seqs_[stream];
    e.at = noon;
    e.what = std::move(what);
    log.append(shard_of(stream, log.shards()), {encode_record(e)}, {});
    log.flush();
    return log.durable_position();
  }
  void feed() { follower(log, {feed_}).catch_up(); }

  std::uint64_t start_saga(const std::string& id) {
    return add("saga/" + id,
               ev::saga_started{saga_id{id}, guest, "f",
                                ev::booking_request{room_id{"rm_1"}, slot, 1, "", {}, {}}, noon});
  }

  tests::temp_dir dir;
  memory_journal log{4, 99};
  std::map<std::string, std::uint64_t> seqs_;
  std::unique_ptr<stream_index> index_;
  projection* feed_ = nullptr;
  lmdb_stream_index* stored_ = nullptr;
};

std::vector<std::uint64_t> positions(const std::vector<stored_event>& events) {
  std::vector<std::uint64_t> all;
  for (const auto& e : events) all.push_back(e.position);
  return all;
}

TEST_P(StreamIndexTest, StreamsComeBackInOrderFromAnySeq) {
  add("room/rm_1", ev::blackout_removed{blackout_id{"a"}});
  add("room/rm_10", ev::blackout_removed{blackout_id{"b"}});
  start_saga("rs_1");
  add("room/rm_1", ev::blackout_removed{blackout_id{"c"}});
  add("saga/rs_1", ev::payment_voided{payment_id{"p"}, reservation_id{"rs_1"}});
  add("room/rm_1", ev::blackout_removed{blackout_id{"d"}});
  feed();
  EXPECT_EQ(index().position(), 6u);
  EXPECT_THAT(positions(index().read_stream("room/rm_1", 1)), ElementsAre(1, 4, 6));
  EXPECT_THAT(positions(index().read_stream("room/rm_1", 0)), ElementsAre(1, 4, 6));
  EXPECT_THAT(positions(index().read_stream("room/rm_1", 2, 1)), ElementsAre(4));
  EXPECT_THAT(positions(index().read_stream("room/rm_1", 4)), IsEmpty());
  EXPECT_THAT(positions(index().read_stream("room/rm_10", 1)), ElementsAre(2));
  EXPECT_THAT(positions(index().read_stream("saga/rs_1", 1)), ElementsAre(3, 5));
  EXPECT_THAT(positions(index().read_stream("saga/rs_1", 2)), ElementsAre(5));
  EXPECT_THAT(positions(index().read_stream("saga/rs_", 1)), IsEmpty());
  EXPECT_THAT(positions(index().read_stream("nothing", 1)), IsEmpty());
  EXPECT_EQ(index().read_stream("room/rm_1", 3).front().seq, 3u);
}

TEST_P(StreamIndexTest, ASagaIsFoundWithItsStateRoomAndPositions) {
  EXPECT_FALSE(index().find_saga(saga_id{"rs_1"}));
  EXPECT_FALSE(index().find_saga(saga_id{}));
  EXPECT_FALSE(index().find_saga(saga_id{std::string(5000, 'x')}));
  start_saga("rs_1");
  start_saga("rs_2");
  feed();
  auto saga = index().find_saga(saga_id{"rs_1"});
  ASSERT_TRUE(saga);
  EXPECT_EQ(saga->is, saga_entry::state::running);
  EXPECT_EQ(saga->room.str(), "rm_1");
  EXPECT_EQ(saga->started_position, 1u);
  EXPECT_EQ(saga->last_position, 1u);
  EXPECT_THAT(index().open_sagas(10), ElementsAre(saga_id{"rs_1"}, saga_id{"rs_2"}));
  EXPECT_THAT(index().open_sagas(1), ElementsAre(saga_id{"rs_1"}));

  add("saga/rs_1", ev::saga_parked{saga_id{"rs_1"}, "refund", "no"});
  feed();
  EXPECT_EQ(index().find_saga(saga_id{"rs_1"})->is, saga_entry::state::parked);
  EXPECT_THAT(index().open_sagas(10), ElementsAre(saga_id{"rs_1"}, saga_id{"rs_2"}));

  add("saga/rs_1", ev::saga_step{saga_id{"rs_1"}, "refund", false, ev::step_outcome::ok, ""});
  feed();
  EXPECT_EQ(index().find_saga(saga_id{"rs_1"})->is, saga_entry::state::running);

  add("saga/rs_1", ev::saga_completed{saga_id{"rs_1"}, failure{}});
  add("saga/rs_1", ev::payment_voided{payment_id{"p"}, reservation_id{"rs_1"}});
  feed();
  saga = index().find_saga(saga_id{"rs_1"});
  EXPECT_EQ(saga->is, saga_entry::state::completed);
  EXPECT_EQ(saga->started_position, 1u);
  EXPECT_EQ(saga->last_position, 6u);
  EXPECT_THAT(index().open_sagas(10), ElementsAre(saga_id{"rs_2"}));
}

TEST_P(StreamIndexTest, ASagaStartedAndEndedInOneTransactionIsNeverListed) {
  start_saga("rs_1");
  add("saga/rs_1", ev::saga_completed{saga_id{"rs_1"}, failure{}});
  feed();
  EXPECT_EQ(index().find_saga(saga_id{"rs_1"})->is, saga_entry::state::completed);
  EXPECT_THAT(index().open_sagas(10), IsEmpty());
}

TEST_P(StreamIndexTest, ASagaThatRunsAgainAfterARefusalIsOpen) {
  start_saga("rs_1");
  add("saga/rs_1", ev::saga_completed{saga_id{"rs_1"}, failure{.code = ec::timeout}});
  feed();
  const auto again = start_saga("rs_1");
  feed();
  EXPECT_EQ(index().find_saga(saga_id{"rs_1"})->is, saga_entry::state::running);
  EXPECT_EQ(index().find_saga(saga_id{"rs_1"})->started_position, again);
  EXPECT_THAT(index().open_sagas(10), ElementsAre(saga_id{"rs_1"}));
  add("saga/rs_1", ev::saga_completed{saga_id{"rs_1"}, failure{}});
  feed();
  EXPECT_THAT(index().open_sagas(10), IsEmpty());
}

TEST_P(StreamIndexTest, DueEntriesComeEarliestFirstAndGoWhenSettled) {
  const auto expiry = [](std::string id, instant at) {
    return ev::hold_placed{hold_id{std::move(id)}, guest, slot, 1, price, at};
  };
  add("room/rm_1", expiry("late", noon + 20min));
  add("room/rm_2", expiry("early", noon + 10min));
  feed();
  const due_entry early{noon + 10min, due_entry::kind::expire_hold, room_id{"rm_2"}, "early"};
  const due_entry late{noon + 20min, due_entry::kind::expire_hold, room_id{"rm_1"}, "late"};
  EXPECT_THAT(index().due(noon + 9min, 10), IsEmpty());
  EXPECT_THAT(index().due(noon + 10min, 10), ElementsAre(early));
  EXPECT_THAT(index().due(noon + 60min, 10), ElementsAre(early, late));
  EXPECT_THAT(index().due(noon + 60min, 1), ElementsAre(early));

  add("room/rm_2", ev::hold_released{hold_id{"early"}, ev::hold_end::released, slot, noon + 10min});
  feed();
  EXPECT_THAT(index().due(noon + 60min, 10), ElementsAre(late));
}

TEST_P(StreamIndexTest, SnapshotsAreWrittenOnceTheirLastEventIsIndexed) {
  EXPECT_FALSE(index().find_snapshot("room/rm_1"));
  const recorded_event condensed{ev::blackout_added{blackout_id{"b"}, slot, "paint"}, noon, 2};
  add("room/rm_1", ev::blackout_removed{blackout_id{"a"}});
  add("room/rm_1", ev::blackout_added{blackout_id{"b"}, slot, "paint"});
  index_->offer_snapshot("room/rm_1", {2, {condensed}});
  feed();
  const auto found = index().find_snapshot("room/rm_1");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->seq, 2u);
  EXPECT_THAT(found->events, ElementsAre(condensed));
}

TEST_P(StreamIndexTest, WaitingEndsWhenThePositionIsReachedOrTheTimeIsUp) {
  EXPECT_TRUE(index().wait_for(0, 0ms));
  EXPECT_FALSE(index().wait_for(1, 1ms));
  start_saga("rs_1");
  std::thread waiter([&] { EXPECT_TRUE(index().wait_for(1, 60s)); });
  feed();
  waiter.join();
}

TEST_P(StreamIndexTest, TheWholeSampleJournalIsIndexed) {
  std::set<std::string> streams;
  for (const auto& e : tests::sample_journal()) {
    streams.insert(e.stream);
    log.append(0, {encode_record(e)}, {});
  }
  log.flush();
  feed();
  std::size_t events = 0;
  for (const auto& stream : streams) {
    std::uint64_t seq = 0;
    for (const auto& e : index().read_stream(stream, 1)) {
      EXPECT_EQ(e.stream, stream);
      EXPECT_EQ(e.seq, ++seq);
    }
    events += seq;
  }
  EXPECT_EQ(events, log.durable_position());
}

INSTANTIATE_TEST_SUITE_P(Both, StreamIndexTest, testing::Values(true, false),
                         [](const auto& info) { return info.param ? "Lmdb" : "Memory"; });

class LmdbStreamIndexTest : public StreamIndexTest {};

TEST_P(LmdbStreamIndexTest, AReopenedIndexGoesOnWhereItStopped) {
  start_saga("rs_1");
  feed();
  stored_->close();
  index_.reset();
  start_saga("rs_2");
  open();
  EXPECT_EQ(index().position(), 1u);
  feed();
  EXPECT_THAT(index().open_sagas(10), ElementsAre(saga_id{"rs_1"}, saga_id{"rs_2"}));
}

TEST_P(LmdbStreamIndexTest, ASnapshotOfWhatIsNotDurableYetWaits) {
  add("room/rm_1", ev::blackout_removed{blackout_id{"a"}});
  index_->offer_snapshot("room/rm_1", {2, {}});
  feed();
  EXPECT_FALSE(index().find_snapshot("room/rm_1"));
  add("room/rm_1", ev::blackout_removed{blackout_id{"b"}});
  feed();
  EXPECT_EQ(index().find_snapshot("room/rm_1")->seq, 2u);
}

TEST_P(LmdbStreamIndexTest, ARolledBackTransactionIsAppliedAgainInFull) {
  start_saga("rs_1");
  feed_->begin();
  feed_->apply(*decode_record(1, encode_record(tests::any_event("audit", 1))));
  feed_->rollback();
  feed();
  EXPECT_THAT(positions(index().read_stream("saga/rs_1", 1)), ElementsAre(1));
  EXPECT_THAT(index().read_stream("audit", 1), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(Stored, LmdbStreamIndexTest, testing::Values(true));

}  // namespace
}  // namespace atrium
