#include "payments/reconciliation.hpp"

#include <gtest/gtest.h>

namespace atrium {
namespace {

using kind = difference_kind;

constexpr instant long_ago{std::chrono::hours(1)}, now{std::chrono::hours(100)};

own_payment ours(std::int64_t captured, std::int64_t refunded = 0, std::int64_t owed = 0) {
  own_payment p;
  p.captured = captured;
  p.refunded = refunded;
  p.owed = owed;
  p.changed = long_ago;
  return p;
}
provider_entry theirs(std::int64_t held, std::int64_t captured, std::int64_t refunded = 0,
                      const char* payment = "pay_1") {
  return {payment_id{payment}, "pi_1", "KRW", held, captured, refunded, long_ago};
}
std::vector<difference> compare(const own_payment& mine, const provider_entry& entry) {
  return reconcile({{payment_id{"pay_1"}, mine}}, {entry}, now);
}

TEST(ReconciliationTest, EqualLedgersHaveNoDifferences) {
  EXPECT_TRUE(compare(ours(100), theirs(0, 100)).empty());
  EXPECT_TRUE(compare(ours(100, 30, 30), theirs(0, 100, 30)).empty());
  EXPECT_TRUE(compare(ours(0), theirs(0, 0)).empty());
  EXPECT_TRUE(compare(ours(0, 100), theirs(0, 100, 100)).empty())
      << "of a capture that a crash took off the record, only the refund is left";
  EXPECT_TRUE(reconcile({{payment_id{"pay_1"}, ours(0)}}, {}, now).empty());
}

TEST(ReconciliationTest, EachDifferenceHasItsKindAndAmount) {
  const struct {
    own_payment mine;
    provider_entry entry;
    kind is;
    std::int64_t amount;
  } table[] = {
      {ours(0), theirs(100, 0), kind::void_owed, 100},
      {ours(100), theirs(100, 0), kind::capture_owed, 100},
      {ours(0), theirs(0, 100), kind::refund_owed, 100},
      {ours(100, 40), theirs(0, 100), kind::refund_owed, 40},
      {ours(100, 0, 50), theirs(0, 100), kind::refund_parked, 50},
      {ours(100), theirs(0, 90), kind::short_by, 10},
      {ours(100), theirs(0, 100, 100), kind::short_by, 100},
      {ours(100), theirs(0, 0), kind::missing, 100},
  };
  for (const auto& row : table) {
    const auto found = compare(row.mine, row.entry);
    ASSERT_EQ(found.size(), 1u) << to_string(row.is);
    EXPECT_EQ(found[0].is, row.is) << to_string(row.is);
    EXPECT_EQ(found[0].amount, row.amount) << to_string(row.is);
  }
  const auto nobody = reconcile({{payment_id{"pay_1"}, ours(100)}}, {}, now);
  ASSERT_EQ(nobody.size(), 1u);
  EXPECT_EQ(nobody[0].is, kind::missing);
}

TEST(ReconciliationTest, StrangersAreToldWhenMoneyIsInThem) {
  const auto found = reconcile({}, {theirs(0, 100), theirs(0, 5, 5, "pay_2")}, now);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].is, kind::stranger);
  EXPECT_FALSE(can_be_healed(found[0].is)) << "it may be another system's";
  auto of_others = theirs(0, 100);
  of_others.payment = {};
  EXPECT_TRUE(reconcile({}, {of_others}, now).empty());
}

TEST(ReconciliationTest, WhatIsStillMovingIsLeftForTheNextTime) {
  auto open = ours(0);
  open.open_sagas = 1;
  EXPECT_TRUE(compare(open, theirs(100, 0)).empty());
  auto fresh = ours(0);
  fresh.changed = now + milliseconds(1);
  EXPECT_TRUE(compare(fresh, theirs(100, 0)).empty());
  auto stranger = theirs(100, 0);
  stranger.created = now + milliseconds(1);
  EXPECT_TRUE(reconcile({}, {stranger}, now).empty());
}

TEST(ReconciliationTest, EntriesOfOnePaymentCountTogetherAndTheRemedyNamesOne) {
  auto second = theirs(0, 100);
  second.reference = "pi_2";
  auto partly = theirs(0, 150, 10);
  partly.reference = "pi_0";
  const auto found =
      reconcile({{payment_id{"pay_1"}, ours(140)}}, {partly, theirs(0, 0), second}, now);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].is, kind::refund_owed);
  EXPECT_EQ(found[0].theirs.reference, "pi_2") << "it has exactly what is too much";
}

TEST(ReconciliationTest, ChargedTwiceIsARefund) {
  const auto found = reconcile({{payment_id{"pay_1"}, ours(100)}},
                               {theirs(0, 100), theirs(0, 0), theirs(0, 100)}, now);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].is, kind::refund_owed);
  EXPECT_EQ(found[0].amount, 100) << "charged twice";
}

}  // namespace
}  // namespace atrium
