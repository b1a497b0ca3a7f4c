#include "payments/sandbox_ledger.hpp"

#include <gtest/gtest.h>
#include <rapidjson/document.h>

#include <condition_variable>
#include <csignal>
#include <fstream>
#include <map>
#include <mutex>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

#include "payments/sandbox_record.hpp"
#include "tests/payments/support.hpp"

namespace atrium {
namespace {

class LedgerTest : public testing::Test {
 protected:
  std::unique_ptr<sandbox_ledger> open(std::uint64_t chunk = 4096) {
    auto opened = sandbox_ledger::open({file_, chunk});
    EXPECT_TRUE(opened) << opened.error().detail;
    return opened ? std::move(*opened) : nullptr;
  }

  static ledger_entry line(int payment, std::int64_t amount) {
    ledger_entry e;
    e.payment = payment_id("pay_" + std::to_string(payment));
    e.key = "key_" + std::to_string(amount);
    e.amount = e.authorized = amount;
    e.currency = "EUR";
    e.state = payment_record::state::authorized;
    return e;
  }

  std::vector<ledger_entry> read_all() {
    std::vector<ledger_entry> all;
    const auto lines =
        sandbox_ledger::read(file_, [&](const ledger_entry& e) { all.push_back(e); });
    EXPECT_TRUE(lines) << lines.error().detail;
    return all;
  }

  std::string bytes() {
    std::ifstream in(file_, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  void overwrite(const std::string& content) {
    std::ofstream(file_, std::ios::binary | std::ios::trunc) << content;
  }

  test::scratch_dir dir_;
  std::filesystem::path file_ = dir_.path() / "sandbox" / "ledger";
};

TEST_F(LedgerTest, LinesAreFoundByPaymentAfterReopening) {
  {
    auto ledger = open();
    for (int i = 0; i < 3000; ++i) ASSERT_TRUE(ledger->append(line(i % 700, i)));
  }
  auto ledger = open();
  EXPECT_EQ(ledger->lines(), 3000u);
  EXPECT_EQ(ledger->dropped_bytes(), 0u);
  for (int payment = 0; payment < 700; ++payment) {
    std::vector<std::int64_t> amounts;
    const auto newest = ledger->newest(payment_id("pay_" + std::to_string(payment)));
    ASSERT_TRUE(newest);
    ledger->history(*newest, [&](const ledger_entry& e) {
      amounts.push_back(e.amount);
      return true;
    });
    std::vector<std::int64_t> expected;
    for (int i = 3000 - 1; i >= 0; --i)
      if (i % 700 == payment) expected.push_back(i);
    ASSERT_EQ(amounts, expected);
  }
  EXPECT_FALSE(ledger->newest(payment_id("pay_700")));
}

TEST_F(LedgerTest, EveryFieldSurvives) {
  auto e = line(1, 33000);
  e.what = ledger_entry::operation::schedule;
  e.outcome = payment_answer::kind::rejected;
  e.how = sandbox_behaviour::down;
  e.at = instant(milliseconds(1'700'000'000'123));
  e.due = e.at + milliseconds(5);
  e.captured = 7;
  e.refunded = 3;
  e.token = "pm_card_visa";
  e.code = "card_declined";
  ASSERT_TRUE(open()->append(e));
  const auto back = read_all().at(0);
  EXPECT_EQ(back.what, e.what);
  EXPECT_EQ(back.outcome, e.outcome);
  EXPECT_EQ(back.how, e.how);
  EXPECT_EQ(back.state, e.state);
  EXPECT_EQ(back.at, e.at);
  EXPECT_EQ(back.due, e.due);
  EXPECT_EQ(back.amount, e.amount);
  EXPECT_EQ(back.authorized, e.authorized);
  EXPECT_EQ(back.captured, e.captured);
  EXPECT_EQ(back.refunded, e.refunded);
  EXPECT_EQ(back.currency, e.currency);
  EXPECT_EQ(back.payment, e.payment);
  EXPECT_EQ(back.key, e.key);
  EXPECT_EQ(back.token, e.token);
  EXPECT_EQ(back.code, e.code);
}

TEST_F(LedgerTest, AnyCutOfTheLastLineIsDroppedAndTheRestKept) {
  {
    auto ledger = open();
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(ledger->append(line(i, i)));
  }
  const auto whole = bytes();
  const auto last = read_all().at(2).offset;
  const auto end = whole.find_last_not_of('\0') + 1;
  for (auto cut = last; cut < end; ++cut) {
    SCOPED_TRACE(cut);
    overwrite(whole.substr(0, cut) + std::string(whole.size() - cut, '\0'));
    ASSERT_EQ(read_all().size(), 2u);
    auto ledger = open();
    ASSERT_EQ(ledger->lines(), 2u);
    ASSERT_FALSE(ledger->newest(payment_id("pay_2")));
    // The place is used again, and nothing of the torn line shows behind the new one.
    ASSERT_TRUE(ledger->append(line(9, 9)));
    ASSERT_EQ(read_all().size(), 3u);
  }
}

TEST_F(LedgerTest, AFlippedBitIsSeen) {
  {
    auto ledger = open();
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(ledger->append(line(i, i)));
  }
  auto whole = bytes();
  const auto second = read_all().at(1).offset;
  whole[second + 20] = static_cast<char>(whole[second + 20] ^ 1);
  overwrite(whole);
  EXPECT_EQ(read_all().size(), 1u);
  auto ledger = open();
  EXPECT_EQ(ledger->lines(), 1u);
  EXPECT_GT(ledger->dropped_bytes(), 0u);
}

TEST_F(LedgerTest, AlienFileIsRefusedAndLeftAlone) {
  std::filesystem::create_directories(file_.parent_path());
  overwrite("my diary");
  const auto opened = sandbox_ledger::open({file_});
  ASSERT_FALSE(opened);
  EXPECT_NE(opened.error().detail.find("not a ledger"), std::string::npos) << opened.error().detail;
  EXPECT_EQ(bytes(), "my diary");
}

TEST_F(LedgerTest, NewerFormatIsRefusedAndLeftAlone) {
  open().reset();
  auto whole = bytes();
  whole[sandbox_file::magic.size()] = 2;
  overwrite(whole);
  const auto opened = sandbox_ledger::open({file_});
  ASSERT_FALSE(opened);
  EXPECT_NE(opened.error().detail.find("format 2"), std::string::npos) << opened.error().detail;
  EXPECT_EQ(bytes(), whole);
}

TEST_F(LedgerTest, SecondWriterIsRefusedWhileReadersAreNot) {
  auto ledger = open();
  ASSERT_TRUE(ledger->append(line(1, 1)));
  const auto second = sandbox_ledger::open({file_});
  ASSERT_FALSE(second);
  EXPECT_NE(second.error().detail.find("another process"), std::string::npos);
  EXPECT_EQ(read_all().size(), 1u);
}

TEST_F(LedgerTest, FullLedgerRefusesInsteadOfFailing) {
  auto opened = sandbox_ledger::open({file_, 4096, 8192});
  ASSERT_TRUE(opened);
  int written = 0;
  while ((*opened)->append(line(written, written))) ASSERT_LT(++written, 1000);
  EXPECT_GT(written, 10);
  EXPECT_EQ(read_all().size(), static_cast<std::size_t>(written));
}

TEST_F(LedgerTest, OverlongLineIsRefused) {
  auto ledger = open();
  auto e = line(1, 1);
  e.token = std::string(65000, 'x');
  e.code = std::string(65000, 'x');
  EXPECT_FALSE(ledger->append(e));
  EXPECT_EQ(ledger->lines(), 0u);
}

/// The child says over a pipe which lines it has finished; the parent kills it in full flight.
TEST_F(LedgerTest, KilledWriterLosesNoFinishedLine) {
  std::uint64_t lines_before = 0;
  for (int round = 0; round < 20; ++round) {
    SCOPED_TRACE(round);
    int pipe_ends[2];
    ASSERT_EQ(::pipe(pipe_ends), 0);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      ::close(pipe_ends[0]);
      auto opened = sandbox_ledger::open({file_, 4096});
      if (!opened) ::_exit(1);
      for (std::uint64_t i = (*opened)->lines();; ++i) {
        if (!(*opened)->append(line(static_cast<int>(i), static_cast<std::int64_t>(i)))) ::_exit(2);
        if (::write(pipe_ends[1], &i, sizeof i) != sizeof i) ::_exit(3);
      }
    }
    ::close(pipe_ends[1]);
    std::uint64_t finished = 0;
    for (int n = 0; n < 50 + round * 37; ++n)
      ASSERT_EQ(::read(pipe_ends[0], &finished, sizeof finished), ssize_t{sizeof finished});
    ASSERT_EQ(::kill(child, SIGKILL), 0);
    while (::read(pipe_ends[0], &finished, sizeof finished) == ssize_t{sizeof finished}) {
    }
    ::close(pipe_ends[0]);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status)) << "the child ended by itself: " << WEXITSTATUS(status);

    auto ledger = open();
    ASSERT_GT(ledger->lines(), finished) << "a finished line is gone";
    ASSERT_LE(ledger->lines(), finished + 2) << "at most one line was on its way";
    ASSERT_GT(ledger->lines(), lines_before);
    lines_before = ledger->lines();
    std::int64_t expected = 0;
    for (const auto& e : read_all()) ASSERT_EQ(e.amount, expected++);
  }
}

TEST_F(LedgerTest, ExportIsJsonWithTheStateOfEachPayment) {
  auto ledger = open();
  auto e = line(1, 500);
  ASSERT_TRUE(ledger->append(e));
  e.what = ledger_entry::operation::capture;
  e.state = payment_record::state::captured;
  e.captured = 500;
  e.code = "quote \" and \\ backslash";
  ASSERT_TRUE(ledger->append(e));
  ASSERT_TRUE(ledger->append(line(2, 700)));

  std::string json;
  const auto done = export_ledger(file_, [&](std::string_view piece) { json += piece; });
  ASSERT_TRUE(done);
  rapidjson::Document doc;
  ASSERT_FALSE(doc.Parse(json.c_str()).HasParseError()) << json;
  EXPECT_EQ(doc["entries"].Size(), 3u);
  EXPECT_STREQ(doc["entries"][1]["code"].GetString(), "quote \" and \\ backslash");
  ASSERT_EQ(doc["payments"].Size(), 2u);
  EXPECT_STREQ(doc["payments"][0]["id"].GetString(), "pay_1");
  EXPECT_STREQ(doc["payments"][0]["state"].GetString(), "captured");
  EXPECT_EQ(doc["payments"][0]["captured"].GetInt64(), 500);
  EXPECT_STREQ(doc["payments"][1]["state"].GetString(), "authorized");
}

TEST_F(LedgerTest, ReadingAMissingLedgerSaysSo) {
  const auto read = sandbox_ledger::read(file_, [](const ledger_entry&) {});
  ASSERT_FALSE(read);
  EXPECT_NE(read.error().detail.find(file_.string()), std::string::npos);
}

TEST(TimerThreadTest, RunsInTheOrderOfTheirTimes) {
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<int> order;
  timer_thread timers;
  const auto note = [&](int n) {
    return [&, n] {
      const std::lock_guard lock(mutex);
      order.push_back(n);
      changed.notify_one();
    };
  };
  timers.delay(std::chrono::milliseconds(40), note(3));
  timers.delay(std::chrono::milliseconds(20), note(2));
  timers.delay(std::chrono::milliseconds(0), note(1));
  std::unique_lock lock(mutex);
  ASSERT_TRUE(changed.wait_for(lock, std::chrono::seconds(10), [&] { return order.size() == 3; }));
  EXPECT_EQ(order, (std::vector<int>{1, 2, 3}));
}

TEST(TimerThreadTest, EndsWithoutRunningWhatStillWaits) {
  bool ran = false;
  {
    timer_thread timers;
    timers.delay(std::chrono::hours(1), [&] { ran = true; });
  }
  EXPECT_FALSE(ran);
}

}  // namespace
}  // namespace atrium
