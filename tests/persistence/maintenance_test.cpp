#include "persistence/maintenance.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidjson/document.h>

#include <fstream>
#include <functional>
#include <signal.h>
#include <sstream>
#include <stdexcept>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "persistence/journal_files.hpp"
#include "persistence/journal_snapshot.hpp"
#include "persistence/views.hpp"
#include "tests/persistence/journal_helpers.hpp"
#include "tests/persistence/temp_dir.hpp"

namespace atrium {
namespace {

namespace fs = std::filesystem;
using namespace tests;
using testing::ElementsAre;
using testing::HasSubstr;

const instant now{milliseconds{1'764'000'000'000}};

/// A process that runs `work` and is killed at the end; both sides can tell the other to go on.
class other_process {
 public:
  explicit other_process(const std::function<void(other_process&)>& work) {
    if (::socketpair(AF_UNIX, SOCK_STREAM, 0, ends_) != 0) throw std::runtime_error("socketpair");
    pid_ = ::fork();
    if (pid_ != 0) return;
    std::swap(ends_[0], ends_[1]);
    work(*this);
    ::_exit(0);
  }
  ~other_process() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    for (const int end : ends_) ::close(end);
  }
  other_process(const other_process&) = delete;
  other_process& operator=(const other_process&) = delete;

  pid_t pid() const { return pid_; }
  void tell() {
    if (::write(ends_[0], "x", 1) != 1) ::_exit(1);
  }
  bool hears() {
    char byte = 0;
    return ::read(ends_[0], &byte, 1) == 1;
  }

 private:
  int ends_[2];
  pid_t pid_ = 0;
};

class MaintenanceTest : public testing::Test {
 protected:
  void write_samples() { append_samples(*open_journal(small_journal(data / "journal"))); }

  /// Changes records behind the journal's back.
  void tamper(const std::function<void(lmdb::write_txn&, lmdb::table)>& change) {
    lmdb::env_options o;
    o.dir = data / "journal";
    lmdb::env env(o);
    const auto records = env.open_table(journal_files::records_table);
    lmdb::write_txn txn(env);
    change(txn, records);
    txn.commit();
  }
  void replace(std::uint64_t position, const std::function<void(std::string&)>& change) {
    tamper([&](lmdb::write_txn& txn, lmdb::table records) {
      const auto key = lmdb::be64(position);
      std::string record(*txn.get(records, lmdb::view_of(key)));
      change(record);
      txn.put(records, lmdb::view_of(key), record);
    });
  }
  std::vector<std::string> problems() const {
    const auto report = maintenance::verify(data);
    if (!report) return {report.error().detail};
    EXPECT_EQ(report->problem_count, report->problems.size());
    return report->problems;
  }

  temp_dir dir;
  fs::path data = dir / "data";
  std::size_t samples = sample_journal().size();
};

TEST_F(MaintenanceTest, VerifyFindsASoundJournalSound) {
  write_samples();
  const auto report = maintenance::verify(data);
  ASSERT_TRUE(report) << report.error().detail;
  EXPECT_TRUE(report->is_sound()) << report->problems.front();
  EXPECT_EQ(report->events, samples);
  EXPECT_EQ(report->last_position, samples);
  EXPECT_EQ(report->streams, 6u);
  EXPECT_EQ(report->shards, 4);
}

TEST_F(MaintenanceTest, VerifyFindsADamagedRecord) {
  write_samples();
  replace(7, [](std::string& record) { record.back() = '!'; });
  EXPECT_THAT(problems(), testing::Contains(HasSubstr("position 7: the record's checksum")));
}

TEST_F(MaintenanceTest, VerifyFindsARecordOfAnotherShardOrOffset) {
  write_samples();
  replace(3, [](std::string& record) { record[4] = 99; });
  EXPECT_THAT(problems(), testing::Contains(HasSubstr("position 3: offset 99 follows")));
  replace(3, [](std::string& record) { record[2] = 9; });
  EXPECT_THAT(problems(), testing::Contains(HasSubstr("position 3: shard 9 does not exist")));
}

TEST_F(MaintenanceTest, VerifyFindsAGapInAStreamAndOneThatBeginsInTheMiddle) {
  {
    auto log = open_journal(small_journal(data / "journal"));
    const auto retired = [](std::uint64_t seq) {
      new_event e;
      e.stream = "room/rm_1";
      e.seq = seq;
      e.at = now;
      e.what = ev::room_retired{};
      return encode_record(e);
    };
    append_now(*log, 0, {retired(1), retired(2), retired(4)});
  }
  EXPECT_THAT(problems(), ElementsAre("position 1: stream room/rm_1 begins with room.retired.v1",
                                      "position 3: seq 4 follows 2 in stream room/rm_1"));
}

TEST_F(MaintenanceTest, VerifyFindsASwappedPosition) {
  write_samples();
  tamper([](lmdb::write_txn& txn, lmdb::table records) {
    const std::string second(*txn.get(records, lmdb::view_of(lmdb::be64(2))));
    txn.del(records, lmdb::view_of(lmdb::be64(2)));
    txn.put(records, lmdb::view_of(lmdb::be64(0)), second);
  });
  EXPECT_FALSE(problems().empty());
}

TEST_F(MaintenanceTest, WithoutAJournalEverythingSaysSo) {
  EXPECT_THAT(problems(), ElementsAre(HasSubstr("there is no journal in")));
  std::ostringstream out;
  EXPECT_THAT(maintenance::dump(data, out).error().detail, HasSubstr("there is no journal in"));
  EXPECT_FALSE(maintenance::stats(data));
  EXPECT_FALSE(maintenance::backup(data, dir / "backup", now));
  EXPECT_FALSE(maintenance::rebuild_views(data));
  EXPECT_FALSE(fs::exists(data));
  EXPECT_FALSE(fs::exists(dir / "backup"));
}

TEST_F(MaintenanceTest, DumpWritesOneJsonLineAnEvent) {
  write_samples();
  std::ostringstream all;
  EXPECT_EQ(maintenance::dump(data, all).value(), samples);
  std::uint64_t visited = 0;
  const auto last = maintenance::each_event(
      data, [&](const stored_event& e) { EXPECT_EQ(e.position, ++visited); });
  EXPECT_EQ(last.value(), samples);
  EXPECT_EQ(visited, samples);
  std::istringstream lines(all.str());
  std::uint64_t position = 0;
  for (std::string line; std::getline(lines, line);) {
    rapidjson::Document d;
    d.Parse(line.c_str());
    ASSERT_TRUE(d.IsObject()) << line;
    EXPECT_EQ(d["position"].GetUint64(), ++position);
  }
  EXPECT_EQ(position, samples);
  std::ostringstream some;
  EXPECT_EQ(maintenance::dump(data, some, 5, 2).value(), 2u);
  EXPECT_THAT(some.str(), testing::StartsWith("{\"position\":5,"));
}

TEST_F(MaintenanceTest, StatsCountTypesBytesAndStreams) {
  write_samples();
  const auto s = maintenance::stats(data);
  ASSERT_TRUE(s);
  EXPECT_EQ(s->types.size(), std::variant_size_v<event_kinds>);
  EXPECT_EQ(s->types.at("saga.completed.v2").events, 10u);
  EXPECT_EQ(s->streams, 6u);
  EXPECT_EQ(s->first_at, sample_journal().front().at);
  EXPECT_EQ(s->last_at, sample_journal().back().at);
  std::uint64_t by_shard = 0;
  for (const auto n : s->events_by_shard) by_shard += n;
  EXPECT_EQ(by_shard, samples);
  EXPECT_GT(s->record_bytes, 10'000u);
  EXPECT_GT(s->file_bytes, s->record_bytes);
}

TEST_F(MaintenanceTest, ABackupIsRestoredWithItsLedgerAndAnIdOfItsOwn) {
  write_samples();
  fs::create_directories(data / "sandbox");
  std::ofstream(data / "sandbox" / "ledger") << "paid\n";
  const auto saved = maintenance::backup(data, dir / "backup", now);
  ASSERT_TRUE(saved) << saved.error().detail;
  EXPECT_EQ(saved->last_position, samples);
  const auto back = maintenance::restore(dir / "backup", dir / "restored");
  ASSERT_TRUE(back) << back.error().detail;
  EXPECT_EQ(back->last_position, samples);
  EXPECT_NE(back->journal_id, saved->journal_id);

  std::string ledger;
  std::ifstream(dir / "restored/sandbox/ledger") >> ledger;
  EXPECT_EQ(ledger, "paid");
  const auto original = open_journal(small_journal(data / "journal"));
  const auto restored = open_journal(small_journal(dir / "restored/journal"));
  EXPECT_EQ(restored->id(), back->journal_id);
  EXPECT_EQ(records_of(*restored), records_of(*original));
  EXPECT_EQ(append_now(*restored, 0, {encode_record(any_event("audit", 9))}).position, samples + 1);
}

TEST_F(MaintenanceTest, NeitherBackupNorRestoreTouchesWhatIsThere) {
  write_samples();
  fs::create_directories(dir / "full");
  std::ofstream(dir / "full/thesis.txt") << "mine";
  EXPECT_THAT(maintenance::backup(data, dir / "full", now).error().detail,
              HasSubstr("is not empty"));
  ASSERT_TRUE(maintenance::backup(data, dir / "backup", now));
  EXPECT_THAT(maintenance::restore(dir / "backup", dir / "full").error().detail,
              HasSubstr("is not empty"));
  EXPECT_EQ(std::distance(fs::directory_iterator(dir / "full"), {}), 1);
  EXPECT_THAT(maintenance::restore(dir / "full", dir / "new").error().detail,
              HasSubstr("no manifest.json"));
  EXPECT_FALSE(fs::exists(dir / "new"));
}

TEST_F(MaintenanceTest, ADamagedBackupIsRefusedAndLeavesNothing) {
  write_samples();
  replace(7, [](std::string& record) { record.back() = '!'; });
  ASSERT_TRUE(maintenance::backup(data, dir / "backup", now));
  EXPECT_THAT(maintenance::restore(dir / "backup", dir / "restored").error().detail,
              HasSubstr("the backup is damaged: position 7"));
  EXPECT_FALSE(fs::exists(dir / "restored"));
}

TEST_F(MaintenanceTest, EverythingReadsBesideAServerThatGoesOnWriting) {
  auto server = std::make_unique<other_process>([&](other_process& test) {
    auto options = small_journal(data / "journal");
    options.map_size_mb = 1;
    auto log = std::move(*lmdb_journal::open(options));
    const std::string text(20'000, 'x');
    for (std::uint64_t seq = 1;; ++seq) {
      append_now(*log, 0, {encode_record(any_event("audit", seq, text))});
      if (seq == 5) test.tell();
    }
  });
  ASSERT_TRUE(server->hears());
  std::uint64_t last = 0;
  for (int round = 0; round != 5; ++round) {
    const auto found = maintenance::verify(data);
    ASSERT_TRUE(found) << found.error().detail;
    EXPECT_TRUE(found->is_sound()) << found->problems.front();
    EXPECT_GE(found->last_position, last);
    last = found->last_position;
    const auto target = dir.path() / ("backup" + std::to_string(round));
    const auto saved = maintenance::backup(data, target, now);
    ASSERT_TRUE(saved) << saved.error().detail;
    EXPECT_GE(saved->last_position, last);
    const auto restored = dir.path() / ("restored" + std::to_string(round));
    EXPECT_TRUE(maintenance::restore(target, restored));
  }
  EXPECT_THAT(maintenance::rebuild_views(data).error().detail,
              HasSubstr("in use by process " + std::to_string(server->pid())));
  server.reset();
  EXPECT_TRUE(problems().empty());
}

TEST_F(MaintenanceTest, AJournalThatHasGrownSinceItWasOpenedIsCopied) {
  other_process server([&](other_process& test) {
    auto options = small_journal(data / "journal");
    options.map_size_mb = 1;
    auto log = std::move(*lmdb_journal::open(options));
    append_now(*log, 0, {encode_record(any_event("audit", 1, "small"))});
    test.tell();
    if (!test.hears()) return;
    const std::string text(500'000, 'x');
    for (std::uint64_t seq = 2; seq != 12; ++seq)
      append_now(*log, 0, {encode_record(any_event("audit", seq, text))});
    test.tell();
    test.hears();  // until killed
  });
  ASSERT_TRUE(server.hears());
  const auto before = journal_snapshot::open(data / "journal");
  ASSERT_TRUE(before) << before.error().detail;
  server.tell();
  ASSERT_TRUE(server.hears());
  fs::create_directories(dir / "copy");
  before->copy_to(dir / "copy");
  const auto copied = journal_snapshot::open(dir / "copy", true);
  ASSERT_TRUE(copied) << copied.error().detail;
  EXPECT_EQ(copied->facts().last_position, 11u);
}

TEST_F(MaintenanceTest, ViewsAreRebuiltFromTheJournal) {
  {
    auto log = open_journal(small_journal(data / "journal"));
    new_event e;
    e.stream = "account/acc_1";
    e.seq = 1;
    e.at = now;
    e.what = ev::account_created{{"Minji", "", ev::role::customer, "ko"}};
    append_now(*log, 0, {encode_record(e)});
  }
  fs::create_directories(data / "views");
  std::ofstream(data / "views/data.mdb") << "garbage";
  const auto reached = maintenance::rebuild_views(data);
  ASSERT_TRUE(reached) << reached.error().detail;
  EXPECT_EQ(*reached, 1u);
  const auto log = open_journal(small_journal(data / "journal"));
  views::options options;
  options.dir = data / "views";
  options.journal_id = log->id();
  const auto opened = views::open(options);
  ASSERT_TRUE(opened);
  EXPECT_EQ((*opened)->position(), 1u);
  EXPECT_TRUE((*opened)->account(account_id{"acc_1"}));
}

}  // namespace
}  // namespace atrium
