#include "domain/time.hpp"

#include <gtest/gtest.h>

namespace atrium {
namespace {

TEST(TimeTest, InstantsAreReadWithZuluOrOffset) {
  const auto expected = parse_instant("2026-11-22T00:00:00Z");
  ASSERT_TRUE(expected);
  EXPECT_EQ(expected->time_since_epoch(), milliseconds{1795305600000});
  EXPECT_EQ(parse_instant("2026-11-22T09:00:00+09:00"), expected);
  EXPECT_EQ(parse_instant("2026-11-21T18:30:00-05:30"), expected);
  EXPECT_EQ(parse_instant("2026-11-22t00:00:00z"), expected);
  EXPECT_EQ(parse_instant("2026-11-22T00:00:00-00:00"), expected);
}

TEST(TimeTest, FractionsKeepMillisecondsAndRefuseFinerOnes) {
  EXPECT_EQ(parse_instant("1970-01-01T00:00:00.5Z"), instant{milliseconds{500}});
  EXPECT_EQ(parse_instant("1970-01-01T00:00:00.123Z"), instant{milliseconds{123}});
  EXPECT_EQ(parse_instant("1970-01-01T00:00:00.123000000Z"), instant{milliseconds{123}});
  EXPECT_FALSE(parse_instant("1970-01-01T00:00:00.1234Z"));
  EXPECT_FALSE(parse_instant("1970-01-01T00:00:00.Z"));
}

TEST(TimeTest, WhatIsNotAnInstantIsRefused) {
  for (const char* text : {"",
                           "2026-11-22",
                           "2026-11-22T09:00:00",
                           "2026-11-22 09:00:00Z",
                           "2026-11-22T24:00:00Z",
                           "2026-11-22T23:59:60Z",
                           "2026-11-22T23:60:00Z",
                           "2026-02-29T00:00:00Z",
                           "2026-13-01T00:00:00Z",
                           "2026-00-01T00:00:00Z",
                           "2026-11-00T00:00:00Z",
                           "2026-11-22T09:00Z",
                           "2026-11-22T09:00:00+0900",
                           "2026-11-22T09:00:00+24:00",
                           "2026-11-22T09:00:00+09:60",
                           "2026-11-22T09:00:00Z ",
                           " 2026-11-22T09:00:00Z",
                           "+2026-11-22T09:00:00Z",
                           "12026-11-22T09:00:00Z",
                           "2026-11-22T09:00:00ZZ",
                           "2026-1x-22T09:00:00Z",
                           "-026-11-22T09:00:00Z",
                           "NaN",
                           "1795305600"}) {
    EXPECT_FALSE(parse_instant(text)) << text;
  }
}

TEST(TimeTest, YearsEndWithTheTimeLineNotWithTheText) {
  EXPECT_EQ(parse_instant("1970-01-01T00:00:00Z"), min_instant);
  EXPECT_EQ(parse_instant("9999-12-31T23:59:59.999Z"), max_instant);
  EXPECT_FALSE(parse_instant("9999-12-31T23:59:59-00:01"));
  EXPECT_FALSE(parse_instant("1970-01-01T00:00:00+00:01"));
  EXPECT_FALSE(parse_instant("0000-01-01T00:00:00Z"));
}

TEST(TimeTest, LeapDaysExistInLeapYears) {
  EXPECT_TRUE(parse_instant("2028-02-29T12:00:00Z"));
  EXPECT_TRUE(parse_instant("2000-02-29T12:00:00Z"));
  EXPECT_FALSE(parse_instant("2100-02-29T12:00:00Z"));
}

TEST(TimeTest, InstantsAreWrittenInUtcWithMillisecondsOnlyWhenThereAreAny) {
  EXPECT_EQ(format_instant(min_instant), "1970-01-01T00:00:00Z");
  EXPECT_EQ(format_instant(max_instant), "9999-12-31T23:59:59.999Z");
  EXPECT_EQ(format_instant(instant{milliseconds{1795305600007}}), "2026-11-22T00:00:00.007Z");
  EXPECT_EQ(format_instant(instant{milliseconds{-1}}), "1969-12-31T23:59:59.999Z");
}

TEST(TimeTest, IntervalsAreHalfOpen) {
  const interval morning{instant{milliseconds{0}}, instant{milliseconds{10}}};
  const interval next{instant{milliseconds{10}}, instant{milliseconds{20}}};
  EXPECT_FALSE(morning.overlaps(next));
  EXPECT_TRUE(morning.overlaps({instant{milliseconds{9}}, instant{milliseconds{11}}}));
  EXPECT_TRUE((interval{next.start, next.start}).empty());
}

TEST(TimeTest, TheSystemClockShowsThePresent) {
  const system_clock clock;
  const auto before = std::chrono::floor<milliseconds>(std::chrono::system_clock::now());
  const auto shown = clock.now();
  EXPECT_GE(shown, before);
  EXPECT_LE(shown, std::chrono::system_clock::now());
}

}  // namespace
}  // namespace atrium
