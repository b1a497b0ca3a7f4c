#include "psp/store.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "tests/payments/support.hpp"

namespace atrium::psp {
namespace {

class StoreTest : public testing::Test {
 protected:
  static change payment(const std::string& id, const std::string& key) {
    change c;
    c.intent = intent{.id = id, .amount = 5, .currency = "krw", .metadata = {{"order", id}}};
    c.key = key;
    c.fingerprint = 0xfedcba9876543210ULL;
    c.answer = {402, "{\"text\":\"a\\nb \xC3\xA9\"}"};
    return c;
  }
  std::unique_ptr<store> open(std::size_t most = 100) {
    auto opened = store::open(dir_.path(), most);
    EXPECT_TRUE(opened) << opened.error().detail;
    return std::move(*opened);
  }
  std::filesystem::path file() const { return dir_.path() / "ledger"; }

  atrium::test::scratch_dir dir_;
};

TEST_F(StoreTest, EverythingIsThereAfterAReopen) {
  {
    auto s = open();
    ASSERT_TRUE(s->apply(payment("pi_1", "k1")));
    change c = payment("pi_1", "k2");
    c.intent->refunded = 3;
    c.refund = refund{.id = "re_1", .intent = "pi_1", .amount = 3};
    ASSERT_TRUE(s->apply(c));
  }
  const auto s = open();
  EXPECT_EQ(s->payments(), 1u);
  EXPECT_EQ(s->find_intent("pi_1")->refunded, 3);
  EXPECT_EQ(s->find_refund("re_1")->amount, 3);
  EXPECT_EQ(s->refunds_of("pi_1").size(), 1u);
  EXPECT_EQ(s->with_metadata("order", "pi_1").size(), 1u);
  const auto kept = s->answer_of("k1");
  EXPECT_EQ(kept->answer.body, payment("", "").answer.body);
  EXPECT_EQ(kept->answer.status, 402);
  EXPECT_EQ(kept->fingerprint, 0xfedcba9876543210ULL);
  EXPECT_FALSE(s->answer_of("k3"));
}

TEST(LineTest, AnAnswerIsReadAsItWasWritten) {
  change c;
  c.key = "k";
  c.answer = {200, R"({"a":"\"answer\":{}","b":{"c":[1,2]}})"};
  EXPECT_EQ(parse_line(to_line(c))->answer.body, c.answer.body);
}

TEST(LineTest, AnswersThatWereKeptAsTextAreRead) {
  const auto c =
      parse_line(R"({"key":"k","fingerprint":7,"answered":402,"answer":"{\"text\":\"a\\nb\"}"})");
  ASSERT_TRUE(c);
  EXPECT_EQ(c->answer.status, 402);
  EXPECT_EQ(c->answer.body, R"({"text":"a\nb"})");
}

TEST(LineTest, ALengthThatCannotBeIsNoReasonToReadBeyondTheLine) {
  const auto c = parse_line(R"({"key":"k","answered":200,"answerBytes":4096,"answer":{}})");
  ASSERT_TRUE(c);
  EXPECT_EQ(c->answer.body, "");
}

TEST_F(StoreTest, LineCutShortByACrashIsDroppedAndOverwritten) {
  {
    auto s = open();
    ASSERT_TRUE(s->apply(payment("pi_1", "k1")));
    ASSERT_TRUE(s->apply(payment("pi_2", "k2")));
  }
  std::filesystem::resize_file(file(), std::filesystem::file_size(file()) - 7);
  {
    auto s = open();
    EXPECT_EQ(s->payments(), 1u);
    EXPECT_GT(s->dropped_bytes(), 0u);
    EXPECT_FALSE(s->answer_of("k2"));
    ASSERT_TRUE(s->apply(payment("pi_3", "k3")));
  }
  EXPECT_EQ(open()->payments(), 2u);
}

TEST_F(StoreTest, DamagedLedgerIsRefusedAndLeftAlone) {
  {
    auto s = open();
    for (const auto* id : {"pi_1", "pi_2"}) ASSERT_TRUE(s->apply(payment(id, id)));
  }
  {
    std::fstream f(file(), std::ios::in | std::ios::out);
    f.seekp(20);
    f.put('#');
  }
  const auto size = std::filesystem::file_size(file());
  const auto opened = store::open(dir_.path(), 100);
  ASSERT_FALSE(opened);
  EXPECT_NE(opened.error().detail.find("damaged at byte 0"), std::string::npos);
  EXPECT_EQ(std::filesystem::file_size(file()), size);
}

TEST_F(StoreTest, SecondProcessIsRefused) {
  const auto first = open();
  EXPECT_FALSE(store::open(dir_.path(), 100));
}

TEST_F(StoreTest, BoundIsKept) {
  auto s = open(2);
  EXPECT_TRUE(s->apply(payment("pi_1", "k1")));
  EXPECT_TRUE(s->apply(payment("pi_2", "k2")));
  EXPECT_FALSE(s->apply(payment("pi_3", "k3")));
  EXPECT_TRUE(s->apply(payment("pi_2", "k4"))) << "what exists may still change";
  EXPECT_EQ(s->find_intent("pi_3"), nullptr);
}

}  // namespace
}  // namespace atrium::psp
