// Which directories a journal opens, and which it leaves alone.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sys/wait.h>
#include <unistd.h>

#include "persistence/journal_files.hpp"
#include "persistence/lmdb_journal.hpp"
#include "tests/persistence/journal_helpers.hpp"
#include "tests/persistence/temp_dir.hpp"

namespace atrium {
namespace {

namespace fs = std::filesystem;
using namespace tests;
using testing::HasSubstr;

std::string record(std::uint64_t seq) {
  return encode_record(any_event("audit", seq));
}

std::string refusal_of(lmdb_journal_options options) {
  auto opened = lmdb_journal::open(std::move(options));
  return opened ? std::string("it opened") : opened.error().detail;
}

std::vector<std::string> names_in(const fs::path& dir) {
  std::vector<std::string> names;
  for (const auto& e : fs::directory_iterator(dir)) names.push_back(e.path().filename());
  return names;
}

TEST(JournalDirectoryTest, ASecondProcessIsRefusedAndToldWhoHoldsIt) {
  temp_dir dir;
  auto log = open_journal(small_journal(dir.path()));
  append_now(*log, 0, {record(1)});
  int pipe_ends[2];
  ASSERT_EQ(::pipe(pipe_ends), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const auto text = refusal_of(small_journal(dir.path()));
    const bool written =
        ::write(pipe_ends[1], text.data(), text.size()) == static_cast<ssize_t>(text.size());
    ::_exit(written ? 0 : 1);
  }
  ::close(pipe_ends[1]);
  std::string text(1000, '\0');
  text.resize(static_cast<std::size_t>(
      std::max<ssize_t>(0, ::read(pipe_ends[0], text.data(), text.size()))));
  ::close(pipe_ends[0]);
  ::waitpid(child, nullptr, 0);
  EXPECT_THAT(text, HasSubstr("in use by process " + std::to_string(::getpid())));
  EXPECT_EQ(append_now(*log, 0, {record(2)}).position, 2u);
}

TEST(JournalDirectoryTest, ADirectoryWithOtherFilesIsLeftAlone) {
  temp_dir dir;
  std::ofstream(dir / "thesis.txt") << "mine";
  EXPECT_THAT(refusal_of(small_journal(dir.path())), HasSubstr("it holds thesis.txt"));
  EXPECT_THAT(names_in(dir.path()), testing::ElementsAre("thesis.txt"));
}

TEST(JournalDirectoryTest, ADataFileOfAnotherKindIsLeftAlone) {
  temp_dir dir;
  std::ofstream(dir / "data.mdb") << std::string(10'000, 'z');
  EXPECT_THAT(refusal_of(small_journal(dir.path())), HasSubstr("is not an Atrium journal"));
  EXPECT_THAT(names_in(dir.path()), testing::ElementsAre("data.mdb"));
  EXPECT_EQ(fs::file_size(dir / "data.mdb"), 10'000u);
}

TEST(JournalDirectoryTest, AnotherProgramsStoreIsLeftAlone) {
  temp_dir dir;
  {
    lmdb::env_options other;
    other.dir = dir.path();
    lmdb::env env(other);
    const auto table = env.open_table("theirs");
    lmdb::write_txn txn(env);
    txn.put(table, "k", "v");
    txn.commit();
  }
  fs::remove(dir / "lock.mdb");
  EXPECT_THAT(refusal_of(small_journal(dir.path())), HasSubstr("belongs to another program"));
  EXPECT_THAT(names_in(dir.path()), testing::ElementsAre("data.mdb"));
}

TEST(JournalDirectoryTest, ATornFileIsRefused) {
  temp_dir dir;
  std::uint64_t used = 0;
  {
    const auto log = open_journal(small_journal(dir.path()));
    append_samples(*log);
    log->close();
    used = log->stats().map_used;
  }
  fs::resize_file(dir / "data.mdb", used - 4096);
  EXPECT_THAT(refusal_of(small_journal(dir.path())), HasSubstr("cut off"));
  EXPECT_EQ(fs::file_size(dir / "data.mdb"), used - 4096);
}

TEST(JournalDirectoryTest, AMissingRecordIsRefused) {
  temp_dir dir;
  append_samples(*open_journal(small_journal(dir.path())));
  {
    lmdb::env_options o;
    o.dir = dir.path();
    lmdb::env env(o);
    const auto records = env.open_table(journal_files::records_table);
    lmdb::write_txn txn(env);
    EXPECT_TRUE(txn.del(records, lmdb::view_of(lmdb::be64(5))));
    txn.commit();
  }
  EXPECT_THAT(refusal_of(small_journal(dir.path())), HasSubstr("do not add up"));
}

TEST(JournalDirectoryTest, ANewerFormatIsRefusedByName) {
  temp_dir dir;
  open_journal(small_journal(dir.path()));
  {
    lmdb::env_options o;
    o.dir = dir.path();
    lmdb::env env(o);
    const auto metas = env.open_table(journal_files::meta_table);
    lmdb::write_txn txn(env);
    txn.put(metas, "format", lmdb::view_of(lmdb::be64(2)));
    txn.commit();
  }
  EXPECT_THAT(refusal_of(small_journal(dir.path())), HasSubstr("has format 2"));
}

TEST(JournalDirectoryTest, AnUnreachableDirectoryIsExplained) {
  EXPECT_THAT(refusal_of(small_journal("/proc/atrium-journal")), HasSubstr("/proc/atrium-journal"));
}

}  // namespace
}  // namespace atrium
