#include "http/head_scanner.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <random>
#include <string>

#include "http/chunk_decoder.hpp"
#include "http/head_reader.hpp"

namespace atrium::http {
namespace {

using kind = head_verdict::kind;

const std::string good =
    "POST http://a.example:80/v1/rooms?x=%41&y HTTP/1.1\r\nHost: a.example:80\r\nContent-Length: "
    "12\r\n"
    "Connection: TE, close\r\nExpect: 100-continue\r\nX-Empty:\r\nX-Text:  caf\xc3\xa9\t \r\n\r\n";

TEST(HeadScannerTest, AGoodHeadIsCompleteWithItsFacts) {
  const auto bytes = good + "next";
  const auto v = scan_head(bytes);
  ASSERT_EQ(v.what, kind::complete);
  EXPECT_EQ(v.length, good.size());
  EXPECT_EQ(v.facts.method, verb::post);
  EXPECT_EQ(v.facts.target, "http://a.example:80/v1/rooms?x=%41&y");
  EXPECT_EQ(v.facts.content_length, 12u);
  EXPECT_FALSE(v.facts.keep_alive);
  EXPECT_FALSE(v.facts.chunked);
  EXPECT_TRUE(v.facts.expect_continue);
}

TEST(HeadScannerTest, EveryPrefixOfAGoodHeadNeedsMore) {
  for (std::size_t n = 0; n < good.size(); ++n)
    EXPECT_EQ(scan_head(std::string_view(good).substr(0, n)).what, kind::need_more) << n;
}

TEST(HeadScannerTest, LimitsAreExact) {
  const auto head = [](std::size_t target, std::size_t value) {
    return "GET /" + std::string(target - 1, 'a') +
           " HTTP/1.1\r\nHost: a\r\nX: " + std::string(value, 'b') + "\r\n\r\n";
  };
  EXPECT_EQ(scan_head(head(4096, 1)).what, kind::complete);
  EXPECT_EQ(scan_head(head(4097, 1)).status, 414);
  const auto rest = head(1, 0).size();
  EXPECT_EQ(scan_head(head(1, 8192 - rest)).what, kind::complete);
  EXPECT_EQ(scan_head(head(1, 8193 - rest)).status, 431);
  std::string fields;
  for (int i = 0; i < 99; ++i) fields += "A: b\r\n";
  EXPECT_EQ(scan_head("GET / HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n").what, kind::complete);
  EXPECT_EQ(scan_head("GET / HTTP/1.1\r\nHost: a\r\nC: d\r\n" + fields + "\r\n").status, 431);
}

TEST(HeadScannerTest, ALengthThatDoesNotFitIsSaturated) {
  const auto v =
      scan_head("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 18446744073709551616\r\n\r\n");
  ASSERT_EQ(v.what, kind::complete);
  EXPECT_EQ(v.facts.content_length, UINT64_MAX);
}

TEST(HeadScannerTest, AMalformedLineIsRefusedBeforeTheHeadEnds) {
  EXPECT_EQ(scan_head("GET / HTTP/1.1\r\nHost: a\r\nX : y\r\n").status, 400);
  EXPECT_EQ(scan_head("GET / HTTP/1.1\r\nHost: a\r\nX: \x01").status, 400);
  EXPECT_EQ(scan_head("GET / HTTP/1.1\r\n ").status, 400);
  EXPECT_EQ(scan_head("GET / HTTP/9.9\r\n").status, 505);
}

/// Random damage to good heads: the scanner must neither crash nor claim bytes it was not given,
/// and what it lets through must read the same to Beast and hold no byte it promises to refuse.
TEST(HeadScannerTest, NoMutationGetsPastTheRules) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const auto below = [&](std::size_t n) {
    return std::uniform_int_distribution<std::size_t>(0, n - 1)(random);
  };
  const std::string seeds[] = {
      good, "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n",
      "OPTIONS * HTTP/1.0\r\nConnection: keep-alive\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"};
  const std::string pieces[] = {"\r",
                                "\n",
                                "\r\n",
                                "\r\n\r\n",
                                " ",
                                "\t",
                                ":",
                                "Host: b\r\n",
                                std::string(1, '\0'),
                                "Content-Length: 5\r\n",
                                "Transfer-Encoding: chunked\r\n",
                                "%",
                                "%00",
                                ",",
                                "\xff",
                                "0"};
  int complete = 0;
  request r;
  for (int round = 0; round < 60'000; ++round) {
    auto text = seeds[below(std::size(seeds))];
    for (auto n = below(4); n > 0; --n) {
      const auto at = below(text.size());
      switch (below(4)) {
        case 0:
          text[at] = static_cast<char>(below(256));
          break;
        case 1:
          text.erase(at, 1 + below(4));
          break;
        case 2:
          text.insert(at, pieces[below(std::size(pieces))]);
          break;
        default:
          text.insert(at, text.substr(below(text.size()), below(20)));
      }
      if (text.empty()) text = "x";
    }
    const auto v = scan_head(text);
    if (v.what == kind::refuse) {
      ASSERT_TRUE(v.status >= 400 && v.status < 600);
      ASSERT_FALSE(v.type.empty());
      ASSERT_FALSE(v.detail.empty());
    }
    if (v.what != kind::complete) continue;
    ++complete;
    ASSERT_LE(v.length, text.size());
    auto head = text.substr(0, v.length);
    ASSERT_TRUE(head.ends_with("\r\n\r\n"));
    for (std::size_t i = 0; i < head.size(); ++i) {
      ASSERT_TRUE(head[i] != '\n' || head[i - 1] == '\r');
      ASSERT_TRUE(head[i] != '\r' || head[i + 1] == '\n');
      ASSERT_NE(head[i], '\0');
    }
    ASSERT_FALSE(v.facts.chunked && v.facts.content_length);
    const auto same = read_request_head(std::string_view(head).substr(v.facts.start), v.facts, r);
    // Beast is stricter than we are in one field only, whose syntax does not matter for framing.
    std::transform(head.begin(), head.end(), head.begin(),
                   [](unsigned char c) { return std::tolower(c); });
    ASSERT_TRUE(same || head.find("connection:") != std::string::npos) << head;
  }
  EXPECT_GT(complete, 1000) << "the damage leaves nothing to check";
}

TEST(ChunkDecoderTest, EveryCutGivesTheSameBody) {
  const std::string wire = "4;a=b\r\nWiki\r\n5\r\npedia\r\n0\r\nX: y\r\n\r\n";
  for (std::size_t cut = 0; cut <= wire.size(); ++cut) {
    chunk_decoder d(100);
    std::string body;
    std::size_t used = 0;
    auto s = d.feed(std::string_view(wire).substr(0, cut), used, &body);
    if (s == chunk_decoder::status::need_more) {
      ASSERT_EQ(used, cut);
      s = d.feed(std::string_view(wire).substr(cut), used, &body);
    }
    ASSERT_EQ(s, chunk_decoder::status::done) << cut;
    ASSERT_EQ(body, "Wikipedia");
  }
}

TEST(ChunkDecoderTest, WhatFollowsTheBodyIsLeftAlone) {
  chunk_decoder d(100);
  std::size_t used = 0;
  EXPECT_EQ(d.feed("0\r\n\r\nGET /", used, nullptr), chunk_decoder::status::done);
  EXPECT_EQ(used, 5u);
}

TEST(ChunkDecoderTest, TheLimitCountsAllChunks) {
  chunk_decoder d(5);
  std::string body;
  std::size_t used = 0;
  EXPECT_EQ(d.feed("3\r\nabc\r\n3\r\n", used, &body), chunk_decoder::status::too_large);
  EXPECT_EQ(body, "abc");
}

}  // namespace
}  // namespace atrium::http
