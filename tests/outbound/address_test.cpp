#include "outbound/address.hpp"

#include <gtest/gtest.h>

namespace atrium::outbound {
namespace {

TEST(AddressTest, SpecialAddressesAreNotPublic) {
  for (const char* text : {"127.0.0.1",
                           "127.255.255.255",
                           "0.0.0.0",
                           "10.0.0.1",
                           "10.255.255.255",
                           "172.16.0.1",
                           "172.31.255.255",
                           "192.168.1.1",
                           "169.254.169.254",
                           "100.64.0.1",
                           "192.0.2.1",
                           "198.18.0.1",
                           "198.51.100.7",
                           "203.0.113.9",
                           "224.0.0.1",
                           "240.0.0.1",
                           "255.255.255.255",
                           "::",
                           "::1",
                           "fe80::1",
                           "fc00::1",
                           "fdff::1",
                           "ff02::1",
                           "2001:db8::1",
                           "2001::1",
                           "::ffff:127.0.0.1",
                           "::ffff:10.0.0.1",
                           "::127.0.0.1",
                           "64:ff9b::7f00:1",
                           "64:ff9b::a9fe:a9fe",
                           "2002:7f00:1::1",
                           "2002:a00:1::1",
                           "100::1",
                           "64:ff9b:1::1"}) {
    const auto a = parse_address(text);
    ASSERT_TRUE(a) << text;
    EXPECT_FALSE(is_public(*a)) << text;
  }
}

TEST(AddressTest, OrdinaryAddressesArePublic) {
  for (const char* text : {"8.8.8.8", "172.15.255.255", "172.32.0.1", "100.63.255.255",
                           "100.128.0.1", "223.255.255.255", "2606:4700::1111", "2a00::1",
                           "64:ff9b::808:808", "2002:808:808::1", "::ffff:8.8.8.8"}) {
    const auto a = parse_address(text);
    ASSERT_TRUE(a) << text;
    EXPECT_TRUE(is_public(*a)) << text;
  }
}

TEST(AddressTest, NamesAndOddSpellingsAreNoAddresses) {
  for (const char* text : {"localhost", "127.1", "0x7f.0.0.1", "2130706433", "", "1.2.3.4.5"})
    EXPECT_FALSE(parse_address(text)) << text;
}

TEST(NetworkTest, ContainsWhatSharesItsBits) {
  const auto n = *parse_network("10.16.0.0/12");
  EXPECT_TRUE(n.contains(*parse_address("10.31.255.255")));
  EXPECT_FALSE(n.contains(*parse_address("10.32.0.0")));
  EXPECT_FALSE(n.contains(*parse_address("2606:4700::1111")));
  EXPECT_TRUE(parse_network("::1")->contains(*parse_address("::1")));
  EXPECT_FALSE(parse_network("::1")->contains(*parse_address("::2")));
}

TEST(NetworkTest, AListNamesTheWordThatIsWrong) {
  EXPECT_EQ(parse_networks("10.0.0.0/8, fd00::/8  ::1").value().size(), 3U);
  EXPECT_TRUE(parse_networks("").value().empty());
  const auto bad = parse_networks("10.0.0.0/8 10.0.0.0/33");
  ASSERT_FALSE(bad);
  EXPECT_NE(bad.error().detail.find("10.0.0.0/33"), std::string::npos);
}

}  // namespace
}  // namespace atrium::outbound
