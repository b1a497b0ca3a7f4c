#include "outbound/origin.hpp"

#include <gtest/gtest.h>

namespace atrium::outbound {
namespace {

TEST(OriginTest, PartsOfABaseUrl) {
  const auto usual = parse_origin("https://api.example.com");
  ASSERT_TRUE(usual);
  EXPECT_TRUE(usual->is_tls);
  EXPECT_EQ(usual->host, "api.example.com");
  EXPECT_EQ(usual->port, "443");
  EXPECT_EQ(usual->authority, "api.example.com");
  EXPECT_EQ(usual->base_path, "");
  const auto other = parse_origin("http://127.0.0.1:8080/base/v2");
  ASSERT_TRUE(other);
  EXPECT_FALSE(other->is_tls);
  EXPECT_EQ(other->port, "8080");
  EXPECT_EQ(other->authority, "127.0.0.1:8080");
  EXPECT_EQ(other->base_path, "/base/v2");
  EXPECT_EQ(other->text(), "127.0.0.1:8080");
}

TEST(OriginTest, AddressesOfIpv6HaveBrackets) {
  const auto o = parse_origin("http://[::1]:80/x");
  ASSERT_TRUE(o);
  EXPECT_EQ(o->host, "::1");
  EXPECT_EQ(o->port, "80");
  EXPECT_EQ(o->authority, "[::1]") << "without the usual port";
  EXPECT_EQ(o->text(), "[::1]:80");
}

TEST(OriginTest, WhatIsNoBase) {
  for (const char* url :
       {"", "ftp://a", "api.example.com", "https://", "https://:443", "https://a:", "https://a:0",
        "https://a:65536", "https://a:x", "https://user@a", "https://a?x", "https://a/#x",
        "https://a b", "http://[::1", "http://[x]", "http://[::1]x", "http://a\r\nX: y"})
    EXPECT_FALSE(parse_origin(url)) << url;
}

}  // namespace
}  // namespace atrium::outbound
