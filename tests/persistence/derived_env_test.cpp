#include "persistence/derived_env.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

#include "tests/persistence/temp_dir.hpp"

namespace atrium {
namespace {

namespace fs = std::filesystem;

class DerivedEnvTest : public testing::Test {
 protected:
  DerivedEnvTest() {
    options.dir = dir / "views";
    options.name = "views";
    options.journal_id = 7;
    options.durable_position = 1000;
    options.map_size_mb = 128;
  }

  std::unique_ptr<derived_env> open() {
    auto opened = derived_env::open(options);
    if (!opened) {
      ADD_FAILURE() << opened.error().detail;
      return nullptr;
    }
    return std::move(*opened);
  }

  /// Position 5 and one row, closed cleanly or left as a kill would.
  void leave_one(bool clean) {
    auto store = open();
    const auto t = store->open_table("things");
    store->begin();
    store->txn().put(t, "k", "v");
    store->commit(5);
    if (clean) store->close();
  }

  std::string state() const {
    std::ifstream in(options.dir / "state");
    return {std::istreambuf_iterator<char>(in), {}};
  }
  /// As if the machine had been started again since.
  void reboot() const {
    std::string text = state();
    const auto third = text.find(' ', text.find(' ', text.find(' ') + 1) + 1) + 1;
    text.replace(third, text.find(' ', third) - third, "another-boot");
    std::ofstream(options.dir / "state") << text;
  }

  tests::temp_dir dir;
  derived_options options;
};

TEST_F(DerivedEnvTest, WhatWasCommittedOutlivesAKill) {
  const pid_t child = ::fork();
  if (child == 0) {
    auto* store = open().release();  // never closed, as under kill -9
    const auto t = store->open_table("things");
    store->begin();
    store->txn().put(t, "k", "v");
    store->commit(5);
    store->begin();
    store->txn().put(t, "k", "half done");
    ::_exit(0);
  }
  ::waitpid(child, nullptr, 0);
  auto store = open();
  EXPECT_EQ(store->position(), 5u);
  const auto t = store->open_table("things");
  EXPECT_EQ(lmdb::read_txn(store->env()).get(t, "k"), "v");
}

TEST_F(DerivedEnvTest, AMachineStopWithoutCloseMeansRebuild) {
  leave_one(false);
  reboot();
  EXPECT_EQ(open()->position(), 0u);
}

TEST_F(DerivedEnvTest, AMachineStopAfterCloseKeepsTheStore) {
  leave_one(true);
  EXPECT_TRUE(state().ends_with(" clean\n"));
  reboot();
  EXPECT_EQ(open()->position(), 5u);
  EXPECT_TRUE(state().ends_with(" open\n"));
}

TEST_F(DerivedEnvTest, AnotherSchemaJournalOrAShorterJournalMeansRebuild) {
  leave_one(true);
  options.schema_version = 2;
  EXPECT_EQ(open()->position(), 0u);
  leave_one(true);
  options.journal_id = 8;
  EXPECT_EQ(open()->position(), 0u);
  leave_one(true);
  options.durable_position = 4;
  EXPECT_EQ(open()->position(), 0u);
}

TEST_F(DerivedEnvTest, ATornStoreIsRebuiltNotFatal) {
  leave_one(true);
  std::ofstream(options.dir / "data.mdb") << "garbage that is no LMDB file";
  EXPECT_EQ(open()->position(), 0u);
}

TEST_F(DerivedEnvTest, ARolledBackTransactionLeavesNothing) {
  auto store = open();
  const auto t = store->open_table("things");
  store->begin();
  store->txn().put(t, "k", "v");
  store->rollback();
  EXPECT_EQ(store->position(), 0u);
  EXPECT_FALSE(lmdb::read_txn(store->env()).get(t, "k"));
}

TEST_F(DerivedEnvTest, AFullMapGrowsInRollbackAndTheSameWritesThenFit) {
  options.map_size_mb = 1;
  auto store = open();
  const auto t = store->open_table("things");
  const std::string big(200'000, 'x');
  int attempts = 0;
  for (bool done = false; !done;) {
    ++attempts;
    store->begin();
    try {
      for (std::uint64_t i = 0; i != 1000; ++i)
        store->txn().put(t, lmdb::view_of(lmdb::be64(i)), big);
      store->commit(1);
      done = true;
    } catch (const lmdb::error& e) {
      ASSERT_TRUE(e.is_map_full()) << e.what();
      store->rollback();
    }
  }
  EXPECT_GT(attempts, 1);
  EXPECT_EQ(store->position(), 1u);
  EXPECT_EQ(lmdb::read_txn(store->env()).count(t), 1000u);
}

TEST_F(DerivedEnvTest, AnUnreachableDirectoryIsExplained) {
  options.dir = "/proc/atrium-views";
  const auto opened = derived_env::open(options);
  ASSERT_FALSE(opened);
  EXPECT_NE(opened.error().detail.find("/proc/atrium-views"), std::string::npos);
}

TEST_F(DerivedEnvTest, ReadersNeverSeeHalfATransactionWhileTheMapGrows) {
  options.map_size_mb = 1;
  auto store = open();
  const auto a = store->open_table("a");
  const auto b = store->open_table("b");
  std::atomic<bool> stop{false};
  std::atomic<int> torn{0};
  std::vector<std::thread> readers;
  for (int n = 0; n != 3; ++n)
    readers.emplace_back([&] {
      while (!stop) {
        const lmdb::read_txn txn(store->env());
        if (txn.get(a, "n").value_or("").substr(0, 8) != txn.get(b, "n").value_or("").substr(0, 8))
          ++torn;
      }
    });
  for (std::uint64_t i = 1; i != 200; ++i) {
    const auto key = lmdb::be64(i);
    store->begin();
    store->txn().put(a, "n", lmdb::view_of(key));
    store->txn().put(b, "n", lmdb::view_of(key));
    store->commit(i);
    if (i % 40 == 0) store->env().grow();
  }
  stop = true;
  for (auto& r : readers) r.join();
  EXPECT_EQ(torn, 0);
}

TEST_F(DerivedEnvTest, TheOldestReadersLagIsSeen) {
  auto store = open();
  const auto t = store->open_table("things");
  const auto write = [&](std::uint64_t i) {
    store->begin();
    store->txn().put(t, "k", "v");
    store->commit(i);
  };
  write(1);
  EXPECT_EQ(store->env().oldest_reader_lag(), 0u);
  {
    const lmdb::read_txn old(store->env());
    std::thread([&] {
      write(2);
      write(3);
    }).join();
  }
  {
    const lmdb::read_txn old(store->env());
    write(4);
    write(5);
    std::uint64_t lag = 0;
    std::thread([&] { lag = store->env().oldest_reader_lag(); }).join();
    EXPECT_EQ(lag, 2u);
  }
}

}  // namespace
}  // namespace atrium
