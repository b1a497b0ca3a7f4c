#include "persistence/lmdb_journal.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <latch>
#include <thread>

#include "tests/persistence/journal_helpers.hpp"
#include "tests/persistence/temp_dir.hpp"

namespace atrium {
namespace {

namespace fs = std::filesystem;
using namespace tests;
using testing::HasSubstr;

std::string record(std::uint64_t seq, std::size_t size = 10) {
  return encode_record(any_event("audit", seq, std::string(size, 'x')));
}

/// A journal that writes record 1 and is held back right before its commit: what is appended
/// meanwhile gathers behind it.
class held_back {
 public:
  explicit held_back(lmdb_journal_options options,
                     std::function<void(const append_result&)> answered = {}) {
    options.before_commit = [this] {
      if (++commits_ == 1) {
        is_held_.count_down();
        go_on_.wait();
      }
      return 0;
    };
    log_ = open_journal(std::move(options));
    log_->append(0, {record(1)}, std::move(answered));
    is_held_.wait();
  }
  ~held_back() { log_->close(); }
  held_back(const held_back&) = delete;
  held_back& operator=(const held_back&) = delete;

  lmdb_journal* operator->() { return log_.get(); }
  void let_go() { go_on_.count_down(); }
  int commits() const { return commits_; }

 private:
  std::latch is_held_{1}, go_on_{1};
  std::atomic<int> commits_{0};
  std::unique_ptr<lmdb_journal> log_;
};

TEST(JournalTest, PositionsCountEverythingAndOffsetsCountAShard) {
  temp_dir dir;
  auto log = open_journal(small_journal(dir.path()));
  EXPECT_EQ(log->durable_position(), 0u);
  EXPECT_EQ(append_now(*log, 0, {record(1), record(2)}).position, 2u);
  EXPECT_EQ(append_now(*log, 3, {record(3)}).position, 3u);
  EXPECT_EQ(append_now(*log, 0, {record(4)}).position, 4u);
  EXPECT_EQ(log->durable_position(), 4u);

  std::vector<std::pair<int, std::uint64_t>> places;
  for (const auto& r : records_of(*log)) {
    const auto head = decode_head(r);
    ASSERT_TRUE(head);
    places.emplace_back(head->shard, head->offset);
  }
  const std::vector<std::pair<int, std::uint64_t>> expected{{0, 1}, {0, 2}, {3, 1}, {0, 3}};
  EXPECT_EQ(places, expected);
}

TEST(JournalTest, AReopenedJournalGoesOnWhereItStopped) {
  temp_dir dir;
  std::uint64_t id = 0;
  {
    auto log = open_journal(small_journal(dir.path()));
    id = log->id();
    append_now(*log, 1, {record(1)});
  }
  auto options = small_journal(dir.path());
  options.shards = 7;  // only for a new directory
  auto log = open_journal(options);
  EXPECT_EQ(log->shards(), 4);
  EXPECT_EQ(log->id(), id);
  EXPECT_EQ(append_now(*log, 1, {record(2)}).position, 2u);
  EXPECT_EQ(decode_head(records_of(*log).back())->offset, 2u);
}

TEST(JournalTest, ReadStopsAtTheLimitAndWhenToldTo) {
  temp_dir dir;
  auto log = open_journal(small_journal(dir.path()));
  append_now(*log, 0, {record(1), record(2), record(3), record(4)});
  std::vector<std::uint64_t> seen;
  const auto collect = [&](std::uint64_t p, std::string_view) {
    seen.push_back(p);
    return true;
  };
  log->read(2, 2, collect);
  log->read(4, 1, collect);
  log->read(5, 10, collect);
  log->read(1, 10, [&](std::uint64_t p, std::string_view) {
    seen.push_back(p);
    return false;
  });
  EXPECT_THAT(seen, testing::ElementsAre(2, 3, 4, 1));
}

TEST(JournalTest, AnEmptyBatchIsABarrier) {
  temp_dir dir;
  auto log = open_journal(small_journal(dir.path()));
  EXPECT_EQ(append_now(*log, 0, {}).position, 0u);
  log->append(0, {record(1), record(2)}, {});
  EXPECT_EQ(append_now(*log, 1, {}).position, 2u);
}

TEST(JournalTest, WaitingBatchesShareOneCommitAndAreAcknowledgedInOrder) {
  temp_dir dir;
  std::vector<std::uint64_t> answered;
  const auto note = [&](const append_result& r) { answered.push_back(r.position); };
  held_back log(small_journal(dir.path()), note);
  for (std::uint64_t i = 0; i != 10; ++i)
    log->append(i % 4, {record(2 * i + 2), record(2 * i + 3)}, note);
  EXPECT_EQ(log->backlog(), 11u);
  log.let_go();
  log->close();
  EXPECT_EQ(log.commits(), 2);
  EXPECT_EQ(log->backlog(), 0u);
  EXPECT_THAT(answered, testing::ElementsAre(1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21));
}

TEST(JournalTest, OneTransactionTakesNoMoreThanItsBytes) {
  temp_dir dir;
  auto options = small_journal(dir.path());
  options.max_batch_bytes = 10'000;
  held_back log(options);
  for (std::uint64_t i = 2; i != 6; ++i) log->append(0, {record(i, 6000)}, {});
  log.let_go();
  log->close();
  EXPECT_EQ(log.commits(), 5);
  EXPECT_EQ(log->durable_position(), 5u);
}

TEST(JournalTest, ManyWritersKeepTheirOrderWithinAShard) {
  temp_dir dir;
  auto log = open_journal(small_journal(dir.path()));
  constexpr std::uint64_t each = 200;
  std::vector<std::thread> writers;
  for (shard_no shard = 0; shard != 4; ++shard)
    writers.emplace_back([&, shard] {
      for (std::uint64_t i = 0; i != each; ++i)
        log->append(shard, {record(2 * i + 1), record(2 * i + 2)}, {});
    });
  for (auto& w : writers) w.join();
  EXPECT_EQ(append_now(*log, 0, {}).position, 4 * 2 * each);
  std::vector<std::uint64_t> last(4, 0);
  std::uint64_t count = 0;
  for (const auto& r : records_of(*log)) {
    const auto head = decode_head(r);
    ASSERT_TRUE(head);
    EXPECT_EQ(head->offset, head->seq);
    EXPECT_EQ(head->offset, ++last[head->shard]);
    // Both halves of a batch stand side by side.
    EXPECT_EQ(head->seq % 2, ++count % 2);
  }
}

TEST(JournalTest, SubscribersHearEveryAdvance) {
  temp_dir dir;
  auto log = open_journal(small_journal(dir.path()));
  std::vector<std::uint64_t> heard;
  log->subscribe([&](std::uint64_t p) { heard.push_back(p); });
  append_now(*log, 0, {record(1)});
  append_now(*log, 0, {record(2), record(3)});
  log->append(0, {}, {});
  log->close();
  EXPECT_THAT(heard, testing::ElementsAre(1, 3));
}

TEST(JournalTest, AFullMapGrowsUnderReaders) {
  temp_dir dir;
  auto options = small_journal(dir.path());
  options.map_size_mb = 1;
  auto log = open_journal(options);
  append_now(*log, 0, {record(1)});
  std::atomic<bool> stop{false};
  std::atomic<std::uint64_t> reads{0};
  std::thread reader([&] {
    while (!stop) {
      log->read(1, 100,
                [&](std::uint64_t, std::string_view r) { return decode_head(r).has_value(); });
      ++reads;
    }
  });
  for (std::uint64_t i = 2; i != 22; ++i) append_now(*log, 0, {record(i, 500'000)});
  stop = true;
  reader.join();
  EXPECT_GT(reads, 0u);
  EXPECT_GE(log->stats().map_size, 16u << 20);
  EXPECT_EQ(records_of(*log).size(), 21u);
}

// ---- failures ----------------------------------------------------------------------------------

TEST(JournalTest, AFailedWriteIsFatalAndAcknowledgesNothing) {
  temp_dir dir;
  auto options = small_journal(dir.path());
  int commits = 0;
  options.before_commit = [&] { return ++commits == 3 ? ENOSPC : 0; };
  std::promise<std::string> fatal;
  options.on_fatal = [&](const std::string& text) { fatal.set_value(text); };
  std::vector<std::uint64_t> answered;
  {
    auto log = open_journal(options);
    const auto note = [&](const append_result& r) { answered.push_back(r.position); };
    append_now(*log, 0, {record(1)});
    append_now(*log, 0, {record(2)});
    log->append(0, {record(3), record(4)}, note);
    const auto text = fatal.get_future().get();
    EXPECT_THAT(text, HasSubstr("No space left on device"));
    EXPECT_THAT(text, HasSubstr(dir.path().string()));
    // The writer is gone: nothing is tried again.
    log->append(0, {record(5)}, note);
    log->close();
    EXPECT_EQ(commits, 3);
    EXPECT_EQ(log->durable_position(), 2u);
  }
  EXPECT_TRUE(answered.empty());
  EXPECT_EQ(open_journal(small_journal(dir.path()))->durable_position(), 2u);
}

TEST(JournalDeathTest, WithoutAHandlerTheProcessEndsWithAnIoError) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  temp_dir dir;
  EXPECT_EXIT(
      {
        auto options = small_journal(dir.path());
        options.before_commit = [] { return EIO; };
        auto log = open_journal(options);
        append_now(*log, 0, {record(1)});
      },
      testing::ExitedWithCode(74), "");
}

TEST(JournalTest, EveryCommitLeavesADurablePrefix) {
  temp_dir dir;
  const auto samples = sample_journal();
  {
    auto log = open_journal(small_journal(dir / "journal"));
    std::promise<void> last;
    for (const auto& e : samples) {
      log->append(0, {encode_record(e)}, [&](const append_result& r) {
        // On the writer's thread, right after the commit: what a crash here would leave.
        const auto copy = dir.path() / std::to_string(r.position);
        fs::create_directories(copy);
        fs::copy_file(dir / "journal/data.mdb", copy / "data.mdb");
        if (r.position == samples.size()) last.set_value();
      });
    }
    last.get_future().wait();
  }
  std::uint64_t before = 0;
  for (std::uint64_t n = 1; n <= samples.size(); ++n) {
    const auto log = open_journal(small_journal(dir.path() / std::to_string(n)));
    ASSERT_NE(log, nullptr);
    // Batches of one transaction are there together: the prefix holds at least what was answered.
    EXPECT_GE(log->durable_position(), n);
    EXPECT_GE(log->durable_position(), before);
    before = log->durable_position();
    std::uint64_t i = 0;
    for (const auto& r : records_of(*log)) {
      const auto e = decode_record(i + 1, r);
      ASSERT_TRUE(e) << e.error().detail;
      EXPECT_EQ(e->what, samples[i++].what);
    }
    EXPECT_EQ(i, log->durable_position());
  }
}

TEST(JournalTest, BatchesBeyondTheBoundsAreBugs) {
  temp_dir dir;
  auto log = open_journal(small_journal(dir.path()));
  EXPECT_THROW(log->append(4, {record(1)}, {}), std::logic_error);
  EXPECT_THROW(log->append(0, journal::batch(65, record(1)), {}), std::logic_error);
  EXPECT_THROW(log->append(0, {"short"}, {}), std::logic_error);
}

TEST(JournalTest, ShardsAreNeverMoved) {
  // Frozen: a journal's shards are chosen by these values for ever.
  EXPECT_EQ(shard_of("", 12), 0xcbf29ce484222325 % 12);
  EXPECT_EQ(shard_of("rm_1", 12), 8);
  EXPECT_EQ(shard_of("rm_2", 12), 5);
}

}  // namespace
}  // namespace atrium
