#include "cluster-config/values.hpp"

#include <gtest/gtest.h>

namespace atrium {
namespace {

using std::chrono::milliseconds;

TEST(ValuesTest, DurationsNeedAUnit) {
  EXPECT_EQ(parse_duration("250ms"), milliseconds(250));
  EXPECT_EQ(parse_duration("30s"), milliseconds(30'000));
  EXPECT_EQ(parse_duration("10m"), milliseconds(600'000));
  EXPECT_EQ(parse_duration("2h"), milliseconds(7'200'000));
  EXPECT_EQ(parse_duration("0s"), milliseconds(0));
  for (const auto* bad : {"", "10", "s", "-1s", "1.5s", "1 s", "10d", "99999999999999h", "0x1s"})
    EXPECT_FALSE(parse_duration(bad)) << bad;
}

TEST(ValuesTest, DurationsAreFormattedWithTheLargestUnitThatFits) {
  EXPECT_EQ(format_duration(milliseconds(0)), "0s");
  EXPECT_EQ(format_duration(milliseconds(1)), "1ms");
  EXPECT_EQ(format_duration(milliseconds(1500)), "1500ms");
  EXPECT_EQ(format_duration(milliseconds(90'000)), "90s");
  EXPECT_EQ(format_duration(milliseconds(600'000)), "10m");
  EXPECT_EQ(format_duration(milliseconds(7'200'000)), "2h");
}

TEST(ValuesTest, EndpointsAreLiteralAddressesWithAPort) {
  const auto v4 = parse_endpoint("127.0.0.1:8080");
  ASSERT_TRUE(v4);
  EXPECT_EQ(v4->host, "127.0.0.1");
  EXPECT_EQ(v4->port, 8080);
  const auto v6 = parse_endpoint("[::1]:65535");
  ASSERT_TRUE(v6);
  EXPECT_EQ(v6->host, "::1");
  EXPECT_EQ(v6->port, 65535);
  for (const auto* bad : {"", "8080", ":8080", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536",
                          "127.0.0.1:-1", "example.org:80", "::1:80", "[localhost]:80", "[]:80"})
    EXPECT_FALSE(parse_endpoint(bad)) << bad;
}

TEST(ValuesTest, OnlyLoopbackAddressesAreLoopback) {
  for (const auto* near : {"127.0.0.1:1", "127.9.9.9:1", "[::1]:1", "localhost:1"})
    EXPECT_TRUE(is_loopback(*parse_endpoint(near))) << near;
  for (const auto* far : {"0.0.0.0:1", "128.0.0.1:1", "10.0.0.1:1", "[::]:1", "[fe80::1]:1"})
    EXPECT_FALSE(is_loopback(*parse_endpoint(far))) << far;
}

TEST(ValuesTest, FlagsHaveTheUsualNames) {
  EXPECT_EQ(parse_flag("yes"), true);
  EXPECT_EQ(parse_flag("0"), false);
  EXPECT_FALSE(parse_flag("maybe"));
}

}  // namespace
}  // namespace atrium
