// Every malformed thing of docs' "Bad input" list, over a raw socket: answered, then closed.
#include <gmock/gmock.h>

#include <ostream>

#include "tests/http/server_fixture.hpp"

namespace atrium::http::test {
namespace {

struct bad_case {
  const char* name;
  std::string bytes;
  int status;
  const char* problem;
  // Else GoogleTest prints raw bytes, padding included.
  friend void PrintTo(const bad_case& c, std::ostream* out) { *out << c.name; }
};

std::string with_field(const std::string& field) {
  return "GET /echo HTTP/1.1\r\nHost: a\r\n" + field + "\r\n\r\n";
}
std::string with_chunks(const std::string& body) {
  return "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + body;
}
std::string repeated(std::string_view piece, std::size_t n) {
  std::string out;
  for (std::size_t i = 0; i < n; ++i) out += piece;
  return out;
}

std::vector<bad_case> bad_cases() {
  using namespace std::string_literals;
  return {
      {"ContentLengthAndChunked", with_field("Content-Length: 3\r\nTransfer-Encoding: chunked"),
       400, "malformed"},
      {"ChunkedAndContentLength", with_field("Transfer-Encoding: chunked\r\nContent-Length: 3"),
       400, "malformed"},
      {"DifferingContentLengths", with_field("Content-Length: 3\r\nContent-Length: 4"), 400,
       "malformed"},
      {"RepeatedContentLength", with_field("Content-Length: 3\r\nContent-Length: 3"), 400,
       "malformed"},
      {"ContentLengthList", with_field("Content-Length: 3, 3"), 400, "malformed"},
      {"NegativeContentLength", with_field("Content-Length: -1"), 400, "malformed"},
      {"SignedContentLength", with_field("Content-Length: +1"), 400, "malformed"},
      {"HexContentLength", with_field("Content-Length: 0x10"), 400, "malformed"},
      {"EmptyContentLength", with_field("Content-Length:"), 400, "malformed"},
      {"HugeContentLength", with_field("Content-Length: 99999999999999999999999"), 413,
       "body-too-large"},
      {"BareLfAfterRequestLine", "GET /echo HTTP/1.1\nHost: a\r\n\r\n", 400, "malformed"},
      {"BareLfAfterField", "GET /echo HTTP/1.1\r\nHost: a\n\r\n", 400, "malformed"},
      {"BareLfOnly", "\n", 400, "malformed"},
      {"BareLfAsEnd", "GET /echo HTTP/1.1\r\nHost: a\r\n\n", 400, "malformed"},
      {"BareCrInValue", with_field("X: a\rb"), 400, "malformed"},
      {"BareCrInRequestLine", "GET /echo\r HTTP/1.1\r\nHost: a\r\n\r\n", 400, "malformed"},
      {"NulInValue", with_field("X: a\0b"s), 400, "malformed"},
      {"NulInTarget", "GET /e\0cho HTTP/1.1\r\nHost: a\r\n\r\n"s, 400, "malformed"},
      {"NulInName", with_field("X\0: a"s), 400, "malformed"},
      {"ControlInValue", with_field("X: \x07"), 400, "malformed"},
      {"DeleteInValue", with_field("X: \x7f"), 400, "malformed"},
      {"TabInRequestLine", "GET\t/echo HTTP/1.1\r\nHost: a\r\n\r\n", 400, "malformed"},
      {"ObsFoldWithSpace", with_field("X: a\r\n b"), 400, "malformed"},
      {"ObsFoldWithTab", with_field("X: a\r\n\tb"), 400, "malformed"},
      {"FoldBeforeTheFirstField", "GET /echo HTTP/1.1\r\n Host: a\r\n\r\n", 400, "malformed"},
      {"SpaceBeforeColon", with_field("X : a"), 400, "malformed"},
      {"TabBeforeColon", with_field("X\t: a"), 400, "malformed"},
      {"EmptyName", with_field(": a"), 400, "malformed"},
      {"NoColon", with_field("nonsense"), 400, "malformed"},
      {"NameWithBrace", with_field("X(y): a"), 400, "malformed"},
      {"MissingHost", "GET /echo HTTP/1.1\r\n\r\n", 400, "malformed"},
      {"RepeatedHost", with_field("Host: a"), 400, "malformed"},
      {"OtherHost", with_field("Host: b"), 400, "malformed"},
      {"EmptyHost", "GET /echo HTTP/1.1\r\nHost:\r\n\r\n", 400, "malformed"},
      {"HostWithPath", "GET /echo HTTP/1.1\r\nHost: a/b\r\n\r\n", 400, "malformed"},
      {"HostWithUser", "GET /echo HTTP/1.1\r\nHost: u@a\r\n\r\n", 400, "malformed"},
      {"RepeatedHostInHttp10", "GET /echo HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n", 400,
       "malformed"},
      {"ChunkedTwice", with_field("Transfer-Encoding: chunked, chunked"), 400, "malformed"},
      {"ChunkedInTwoFields", with_field("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"),
       400, "malformed"},
      {"EmptyCoding", with_field("Transfer-Encoding:"), 400, "malformed"},
      {"EmptyCodingInList", with_field("Transfer-Encoding: , chunked"), 400, "malformed"},
      {"CodingWithVerticalTab", with_field("Transfer-Encoding: \vchunked"), 400, "malformed"},
      {"QuotedCoding", with_field("Transfer-Encoding: \"chunked\""), 400, "malformed"},
      {"GzipCoding", with_field("Transfer-Encoding: gzip"), 501, "not-implemented"},
      {"GzipBeforeChunked", with_field("Transfer-Encoding: gzip, chunked"), 501, "not-implemented"},
      {"IdentityCoding", with_field("Transfer-Encoding: identity"), 501, "not-implemented"},
      {"CodingThatContainsChunked", with_field("Transfer-Encoding: xchunked"), 501,
       "not-implemented"},
      {"ChunkedInHttp10", "POST /echo HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400,
       "malformed"},
      {"UnknownMethod", "BREW /echo HTTP/1.1\r\nHost: a\r\n\r\n", 501, "not-implemented"},
      {"LowerCaseMethod", "get /echo HTTP/1.1\r\nHost: a\r\n\r\n", 501, "not-implemented"},
      {"Trace", "TRACE /echo HTTP/1.1\r\nHost: a\r\n\r\n", 501, "not-implemented"},
      {"Connect", "CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n", 501, "not-implemented"},
      {"MethodThatIsNoToken", "G@T /echo HTTP/1.1\r\nHost: a\r\n\r\n", 400, "malformed"},
      {"Http2Preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505, "version-not-supported"},
      {"Http12", "GET /echo HTTP/1.2\r\nHost: a\r\n\r\n", 505, "version-not-supported"},
      {"Http3", "GET /echo HTTP/3.0\r\nHost: a\r\n\r\n", 505, "version-not-supported"},
      {"LowerCaseVersion", "GET /echo http/1.1\r\nHost: a\r\n\r\n", 400, "malformed"},
      {"ShortVersion", "GET /echo HTTP/1\r\nHost: a\r\n\r\n", 400, "malformed"},
      {"LongVersion", "GET /echo HTTP/1.10\r\nHost: a\r\n\r\n", 400, "malformed"},
      {"NoVersion", "GET /echo\r\n\r\n", 400, "malformed"},
      {"TwoSpaces", "GET  /echo HTTP/1.1\r\nHost: a\r\n\r\n", 400, "malformed"},
      {"SpaceInTarget", "GET /ec ho HTTP/1.1\r\nHost: a\r\n\r\n", 400, "malformed"},
      {"SpaceAfterVersion", "GET /echo HTTP/1.1 \r\nHost: a\r\n\r\n", 400, "malformed"},
      {"SpaceBeforeMethod", " GET /echo HTTP/1.1\r\nHost: a\r\n\r\n", 400, "malformed"},
      {"TwoEmptyLinesFirst", "\r\n\r\nGET /echo HTTP/1.1\r\nHost: a\r\n\r\n", 400, "malformed"},
      {"AsteriskWithGet", "GET * HTTP/1.1\r\nHost: a\r\n\r\n", 400, "malformed"},
      {"RelativeTarget", "GET echo HTTP/1.1\r\nHost: a\r\n\r\n", 400, "malformed"},
      {"OtherScheme", "GET ftp://a/echo HTTP/1.1\r\nHost: a\r\n\r\n", 400, "malformed"},
      {"AbsoluteWithoutHost", "GET http:///echo HTTP/1.1\r\nHost: a\r\n\r\n", 400, "malformed"},
      {"Fragment", "GET /echo#top HTTP/1.1\r\nHost: a\r\n\r\n", 400, "malformed"},
      {"HighByteInTarget", "GET /\xc3\xa9 HTTP/1.1\r\nHost: a\r\n\r\n", 400, "malformed"},
      {"BadPercent", "GET /echo?a=%zz HTTP/1.1\r\nHost: a\r\n\r\n", 400, "malformed"},
      {"CutPercent", "GET /echo%4 HTTP/1.1\r\nHost: a\r\n\r\n", 400, "malformed"},
      {"EncodedNul", "GET /echo%00 HTTP/1.1\r\nHost: a\r\n\r\n", 400, "malformed"},
      {"EncodedNewlineInPath", "GET /echo%0a HTTP/1.1\r\nHost: a\r\n\r\n", 400, "malformed"},
      {"ChunkSizeNotHex", with_chunks("xyz\r\nabc\r\n0\r\n\r\n"), 400, "malformed"},
      {"ChunkSizeWithPrefix", with_chunks("0x3\r\nabc\r\n0\r\n\r\n"), 400, "malformed"},
      {"NegativeChunkSize", with_chunks("-3\r\nabc\r\n0\r\n\r\n"), 400, "malformed"},
      {"ChunkSizeWithSpace", with_chunks("3 \r\nabc\r\n0\r\n\r\n"), 400, "malformed"},
      {"ChunkSizeOverflow", with_chunks("10000000000000003\r\nabc\r\n0\r\n\r\n"), 400, "malformed"},
      {"EmptyChunkSize", with_chunks("\r\nabc\r\n0\r\n\r\n"), 400, "malformed"},
      {"ChunkSizeWithBareLf", with_chunks("3\nabc\r\n0\r\n\r\n"), 400, "malformed"},
      {"ChunkLongerThanItsSize", with_chunks("3\r\nabcd\r\n0\r\n\r\n"), 400, "malformed"},
      {"ChunkWithBareLfAfterData", with_chunks("3\r\nabc\n0\r\n\r\n"), 400, "malformed"},
      {"NulInChunkExtension", with_chunks("3;\0\r\nabc\r\n0\r\n\r\n"s), 400, "malformed"},
      {"EndlessChunkExtension", with_chunks("3;" + std::string(2000, 'x')), 400, "malformed"},
      {"EndlessTrailers", with_chunks("0\r\n" + repeated("A: b\r\n", 400)), 400, "malformed"},
      {"FoldedTrailer", with_chunks("0\r\nA: b\r\n c\r\n\r\n"), 400, "malformed"},
      {"ChunkBeyondTheLimit", with_chunks("40001\r\n"), 413, "body-too-large"},
      {"OtherExpectation", with_field("Expect: tea"), 417, "expectation-failed"},
      {"LongTarget", "GET /" + std::string(4096, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n", 414,
       "target-too-long"},
      {"TargetWithoutEnd", "GET /" + std::string(5000, 'a'), 414, "target-too-long"},
      {"LongHead", with_field("X: " + std::string(8192, 'a')), 431, "header-too-large"},
      {"FieldWithoutEnd", "GET /echo HTTP/1.1\r\nHost: a\r\nX: " + std::string(9000, 'a'), 431,
       "header-too-large"},
      {"ManyFields", with_field(repeated("A: b\r\n", 100) + "C: d"), 431, "header-too-large"},
      {"LongBody", "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 262145\r\n\r\n", 413,
       "body-too-large"},
      {"TlsClientHello", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"s, 400, "malformed"},
      {"Nonsense", "\xff\xfe\xfd\r\n\r\n", 400, "malformed"},
  };
}

class BadInputTest : public ServerFixture, public ::testing::WithParamInterface<bad_case> {};

TEST_P(BadInputTest, GetsAProblemAndAClosedConnection) {
  start();
  auto c = connect();
  c.send(GetParam().bytes);
  const auto r = c.receive();
  EXPECT_EQ(r.status, GetParam().status);
  EXPECT_EQ(r.problem(), GetParam().problem) << r.body;
  EXPECT_EQ(r.header("connection"), "close");
  EXPECT_EQ(r.header("x-content-type-options"), "nosniff");
  EXPECT_TRUE(c.closed());
  EXPECT_EQ(ask(get("/echo")).status, 200) << "the server no longer serves";
}

INSTANTIATE_TEST_SUITE_P(List, BadInputTest, ::testing::ValuesIn(bad_cases()),
                         [](const auto& info) { return std::string(info.param.name); });

using BadInputOverTimeTest = ServerFixture;

TEST_F(BadInputOverTimeTest, EndOfInputInTheHeadIsAnswered) {
  start();
  auto c = connect();
  c.send("GET /echo HTTP/1.1\r\nHo");
  c.half_close();
  EXPECT_EQ(c.receive().status, 400);
  EXPECT_TRUE(c.closed());
}

TEST_F(BadInputOverTimeTest, EndOfInputInTheBodyIsAnswered) {
  start();
  auto c = connect();
  c.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc");
  c.half_close();
  EXPECT_EQ(c.receive().problem(), "malformed");
  EXPECT_TRUE(c.closed());
}

TEST_F(BadInputOverTimeTest, ARequestSmuggledBehindARefusedOneIsNeverServed) {
  start();
  auto c = connect();
  c.send(
      "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: "
      "chunked\r\n\r\n0\r\n\r\n" +
      get("/echo?smuggled"));
  EXPECT_EQ(c.receive().status, 400);
  EXPECT_TRUE(c.closed());
}

TEST_F(BadInputOverTimeTest, AChunkedBodyIsCutWhileItStreamsBeyondTheLimit) {
  options_.body_bytes = 1000;
  start();
  auto c = connect();
  c.send("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
  for (int i = 0; i < 11; ++i) c.send("64\r\n" + std::string(100, 'x') + "\r\n");
  const auto r = c.receive();
  EXPECT_EQ(r.status, 413);
  EXPECT_THAT(r.body, ::testing::HasSubstr("1000 bytes"));
  EXPECT_TRUE(c.closed());
}

TEST_F(BadInputOverTimeTest, TheAnswerArrivesAlthoughTheClientStillSends) {
  start();
  auto c = connect();
  c.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n" +
         std::string(1'000'000, 'x'));
  EXPECT_EQ(c.receive().status, 413);
  EXPECT_TRUE(c.closed());
}

TEST_F(BadInputOverTimeTest, AllBodiesTogetherAreBounded) {
  options_.held_body_bytes = 100;
  start();
  const auto r = ask(post("/echo", std::string(200, 'x')));
  EXPECT_EQ(r.problem(), "overloaded");
  EXPECT_EQ(r.header("retry-after"), "1");
  EXPECT_EQ(ask(post("/echo", std::string(50, 'x'))).status, 200);
  EXPECT_TRUE(eventually([&] { return server_->stats().body_bytes_held.load() == 0; }));
}

}  // namespace
}  // namespace atrium::http::test
