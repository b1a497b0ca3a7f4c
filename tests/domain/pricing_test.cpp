#include "domain/pricing.hpp"

#include <gtest/gtest.h>

#include "tests/domain/builders.hpp"

namespace atrium {
namespace {

using testing::at;
using testing::clock;
using testing::plain_room;
using testing::slot;

TEST(PricingTest, PriceIsPerExactMinuteRoundedHalfEven) {
  auto room = plain_room();
  EXPECT_EQ(price_of(room, slot("09:00", "10:30")), (money{1500, "EUR"}));
  room.price_per_hour = {1, "EUR"};
  EXPECT_EQ(price_of(room, slot("09:00", "09:30")).amount, 0);  // 0.5
  EXPECT_EQ(price_of(room, slot("09:00", "10:30")).amount, 2);  // 1.5
  EXPECT_EQ(price_of(room, slot("09:00", "11:30")).amount, 2);  // 2.5
  room.price_per_hour = {11000, "KRW"};
  EXPECT_EQ(price_of(room, slot("09:00", "12:00")), (money{33000, "KRW"}));
  EXPECT_EQ(price_of(room, slot("09:00", "09:20")), (money{3667, "KRW"}));
}

TEST(PricingTest, ABookingAcrossAClockChangePaysWhatItLasts) {
  auto room = plain_room();
  room.time_zone = "Europe/Berlin";
  // 01:00 to 04:00 on the wall clock is two hours in spring and four in autumn.
  EXPECT_EQ(
      price_of(room, {at("2026-03-29T01:00:00+01:00"), at("2026-03-29T04:00:00+02:00")}).amount,
      2000);
  EXPECT_EQ(
      price_of(room, {at("2026-10-25T01:00:00+02:00"), at("2026-10-25T04:00:00+01:00")}).amount,
      4000);
}

TEST(PricingTest, NothingCostsNothing) {
  EXPECT_EQ(price_of(plain_room(), slot("10:00", "10:00")), (money{0, "EUR"}));
  auto free = plain_room();
  free.price_per_hour.amount = 0;
  EXPECT_EQ(price_of(free, slot("09:00", "10:00")).amount, 0);
}

class RefundTest : public ::testing::Test {
 protected:
  const cancellation_policy policy{{24, 100}, {1, 50}};
  const money price{33001, "KRW"};
  const instant start = at("2026-11-23T09:00:00Z");

  refund_terms refund(const std::string& now) { return refund_for(policy, price, start, at(now)); }
};

TEST_F(RefundTest, TheFirstRuleWhoseTimeHasNotPassedPays) {
  const auto terms = refund("2026-11-20T09:00:00Z");
  EXPECT_EQ(terms.refund, price);
  EXPECT_EQ(terms.fee, (money{0, "KRW"}));
  EXPECT_EQ(terms.rule, (cancellation_rule{24, 100}));
  EXPECT_EQ(terms.deadline, at("2026-11-22T09:00:00Z"));
}

TEST_F(RefundTest, TheDeadlineItselfStillCounts) {
  EXPECT_EQ(refund("2026-11-22T09:00:00Z").rule, (cancellation_rule{24, 100}));
  EXPECT_EQ(refund("2026-11-22T09:00:00.001Z").rule, (cancellation_rule{1, 50}));
}

TEST_F(RefundTest, HalfOfAnOddPriceRoundsHalfEvenAndTheFeeIsTheRest) {
  const auto terms = refund("2026-11-23T08:00:00Z");
  EXPECT_EQ(terms.refund.amount, 16500);
  EXPECT_EQ(terms.fee.amount, 16501);
}

TEST_F(RefundTest, AfterTheLastRuleNothingIsPaidBack) {
  const auto terms = refund("2026-11-23T08:00:00.001Z");
  EXPECT_EQ(terms.refund, (money{0, "KRW"}));
  EXPECT_EQ(terms.fee, price);
  EXPECT_FALSE(terms.rule);
  EXPECT_FALSE(terms.deadline);
}

TEST_F(RefundTest, AnEmptyPolicyNeverPays) {
  EXPECT_EQ(refund_for({}, price, start, min_instant).refund.amount, 0);
}

TEST_F(RefundTest, AFirstRuleOfZeroPercentPaysNothingEvenIfALaterOneWould) {
  const auto terms = refund_for({{24, 0}, {1, 50}}, price, start, start - std::chrono::hours{48});
  EXPECT_EQ(terms.refund.amount, 0);
  EXPECT_FALSE(terms.rule);
}

TEST_F(RefundTest, FullRefundUntilTheStartIsTheDefaultPolicy) {
  const auto policy = room_facts{}.cancellation;
  EXPECT_EQ(refund_for(policy, price, start, start).refund, price);
  EXPECT_EQ(refund_for(policy, price, start, start + milliseconds{1}).refund.amount, 0);
}

TEST(PricingTest, TaxIsTakenOutOfTheAmountThatIncludesIt) {
  EXPECT_EQ(tax_within({11'000, "KRW"}, 1'000), (money{1'000, "KRW"}));
  EXPECT_EQ(tax_within({11'000, "KRW"}, 0), (money{0, "KRW"}));
  EXPECT_EQ(tax_within({1'000, "EUR"}, 1'900), (money{160, "EUR"}));  // 159.66
  EXPECT_EQ(tax_within({100, "EUR"}, 10'000), (money{50, "EUR"}));
  EXPECT_EQ(tax_within({1, "EUR"}, 10'000), (money{0, "EUR"}));  // 0.5, half to even
  EXPECT_EQ(tax_within({1'000'000'000'000, "KRW"}, 725), (money{67'599'067'599, "KRW"}));
}

TEST(PricingTest, WhatWasGivenBackBeforeIsNotGivenBackAgain) {
  const money price{1'000, "EUR"};
  const refund_terms half{{500, "EUR"}, {500, "EUR"}, cancellation_rule{1, 50}, instant{}};
  EXPECT_EQ(after_refunds(half, price, 0), half);
  const auto some = after_refunds(half, price, 300);
  EXPECT_EQ(some.refund.amount, 500);
  EXPECT_EQ(some.fee.amount, 200);
  const auto most = after_refunds(half, price, 800);
  EXPECT_EQ(most.refund.amount, 200);
  EXPECT_EQ(most.fee.amount, 0);
  const auto all = after_refunds(half, price, 1'000);
  EXPECT_EQ(all.refund.amount, 0);
  EXPECT_EQ(all.fee.amount, 0);
  EXPECT_FALSE(all.rule);
}

}  // namespace
}  // namespace atrium
