#include "domain/money.hpp"

#include <gtest/gtest.h>

namespace atrium {
namespace {

TEST(MoneyTest, TiesGoToTheEvenNeighbour) {
  EXPECT_EQ(scale_half_even(1, 1, 2), 0);
  EXPECT_EQ(scale_half_even(3, 1, 2), 2);
  EXPECT_EQ(scale_half_even(5, 1, 2), 2);
  EXPECT_EQ(scale_half_even(7, 1, 2), 4);
  EXPECT_EQ(scale_half_even(-1, 1, 2), 0);
  EXPECT_EQ(scale_half_even(-3, 1, 2), -2);
  EXPECT_EQ(scale_half_even(-5, 1, 2), -2);
  EXPECT_EQ(scale_half_even(25, 50, 100), 12);
  EXPECT_EQ(scale_half_even(35, 50, 100), 18);
}

TEST(MoneyTest, EverythingElseGoesToTheNearest) {
  EXPECT_EQ(scale_half_even(10, 1, 3), 3);
  EXPECT_EQ(scale_half_even(11, 1, 3), 4);
  EXPECT_EQ(scale_half_even(-10, 1, 3), -3);
  EXPECT_EQ(scale_half_even(-11, 1, 3), -4);
  EXPECT_EQ(scale_half_even(0, 7, 3), 0);
}

TEST(MoneyTest, TheHighestPriceOfTheLongestBookingIsExact) {
  EXPECT_EQ(scale_half_even(1'000'000'000'000, 10080LL * 60'000, 3'600'000), 168'000'000'000'000);
}

TEST(MoneyTest, CurrenciesKnowTheirMinorUnits) {
  EXPECT_EQ(minor_unit_digits("KRW"), 0);
  EXPECT_EQ(minor_unit_digits("EUR"), 2);
  EXPECT_EQ(minor_unit_digits("KWD"), 3);
  EXPECT_EQ(minor_unit_digits("AED"), 2);
  EXPECT_EQ(minor_unit_digits("ZWG"), 2);
}

TEST(MoneyTest, UnknownCodesAreRefused) {
  for (const char* code : {"", "eur", "EURO", "ABC", "XAU", "XXX", "DEM"}) {
    EXPECT_FALSE(minor_unit_digits(code)) << code;
  }
}

}  // namespace
}  // namespace atrium
