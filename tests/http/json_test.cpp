#include "http/json.hpp"

#include <gtest/gtest.h>

namespace atrium::http {
namespace {

bool accepted(std::string_view text) {
  return json_document::parse(text).has_value();
}

/// The detail of the refusal; "" when the text was accepted.
std::string complaint(std::string_view text) {
  const auto doc = json_document::parse(text);
  if (doc) return {};
  EXPECT_EQ(doc.error().code, ec::malformed);
  return doc.error().detail;
}

std::string canonical(std::string_view text) {
  auto doc = json_document::parse(text);
  return doc ? doc->canonical() : "refused: " + doc.error().detail;
}

std::string nested(std::string_view open, std::string_view close, std::size_t depth) {
  std::string text;
  text.reserve(depth * (open.size() + close.size()) + 1);
  for (std::size_t i = 0; i < depth; ++i) text += open;
  text += "1";
  for (std::size_t i = 0; i < depth; ++i) text += close;
  return text;
}

TEST(JsonTest, OrdinaryBodyIsRead) {
  const auto doc = json_document::parse(R"({"a":[1,2.5,"x",null,true],"b":{"c":-3}})");
  ASSERT_TRUE(doc);
  const auto a = doc->root().find("a");
  ASSERT_TRUE(a);
  EXPECT_EQ(a->size(), 5u);
  EXPECT_EQ(a->at(0).integer(), 1);
  EXPECT_DOUBLE_EQ(a->at(1).number(), 2.5);
  EXPECT_EQ(a->at(2).text(), "x");
  EXPECT_EQ(a->at(3).type(), json_value::kind::null);
  EXPECT_TRUE(a->at(4).boolean());
  EXPECT_EQ(doc->root().find("b")->find("c")->integer(), -3);
  EXPECT_FALSE(doc->root().find("z"));
}

TEST(JsonTest, DepthOf32IsReadAndOf33IsRefused) {
  EXPECT_TRUE(accepted(nested("[", "]", 32)));
  EXPECT_NE(complaint(nested("[", "]", 33)).find("32 levels"), std::string::npos);
  EXPECT_NE(complaint(nested("{\"a\":", "}", 33)).find("32 levels"), std::string::npos);
}

TEST(JsonTest, HundredThousandAndAMillionLevelsAreRefusedWithoutCrash) {
  EXPECT_NE(complaint(nested("[", "]", 100'000)).find("32 levels"), std::string::npos);
  EXPECT_NE(complaint(nested("{\"a\":", "}", 100'000)).find("32 levels"), std::string::npos);
  EXPECT_NE(complaint(std::string(1'000'000, '[')).find("32 levels"), std::string::npos);
  EXPECT_NE(complaint(nested("{\"a\":", "}", 1'000'000)).find("1 MiB"), std::string::npos);
}

TEST(JsonTest, DuplicateMembersAreRefusedAtAnyDepth) {
  EXPECT_NE(complaint(R"({"a":1,"a":2})").find("\"a\" appears twice"), std::string::npos);
  EXPECT_NE(complaint(R"([{"x":{"b":1,"c":2,"b":1}}])").find("\"b\" appears twice"),
            std::string::npos);
  EXPECT_NE(complaint(R"({"a":1,"\u0061":2})"), "");
  EXPECT_TRUE(accepted(R"([{"a":1},{"a":1}])"));
}

TEST(JsonTest, NumbersThatLosePrecisionAreRefused) {
  EXPECT_TRUE(accepted("[9007199254740992,-9007199254740992]"));
  for (const auto* text : {"9007199254740993", "-9007199254740993", "18446744073709551615",
                           "18446744073709551616", "1e17", "1e300"})
    EXPECT_NE(complaint(text).find("2^53"), std::string::npos) << text;
  for (const auto* text :
       {"1e999", "-1e999", "NaN", "Infinity", "-Infinity", "01", "+1", ".5", "1.", "0x10"})
    EXPECT_NE(complaint(text), "") << text;
}

TEST(JsonTest, BrokenUnicodeIsRefused) {
  for (const auto* text : {R"("\ud800")", R"("\udc00")", R"("\ud800\ud800")", R"("\udc00\ud800")",
                           R"("\ud83dx")", "\"\xff\"", "\"\xc0\xaf\"", "\"\xed\xa0\x80\"",
                           "\"\xf5\x80\x80\x80\"", "\"\xe2\x82\"", "{\"\xff\":1}"})
    EXPECT_NE(complaint(text), "") << text;
  EXPECT_TRUE(accepted(R"("\ud83d\ude00 회의실")"));
}

TEST(JsonTest, TextAroundTheValueIsRefused) {
  for (const auto* text : {"", " ", "{} x", "{}{}", "\xEF\xBB\xBF{}", "{'a':1}", "{a:1}", "[1,]",
                           "{\"a\":1,}", "// c\n{}", "[1 2]", "\"a\nb\"", "tru"})
    EXPECT_NE(complaint(text), "") << text;
  EXPECT_TRUE(accepted(" \r\n\t{} \n"));
}

TEST(JsonTest, NulByteDoesNotHideWhatFollows) {
  EXPECT_NE(complaint(std::string_view("{}\0{\"a\":1}", 10)), "");
  EXPECT_NE(complaint(std::string_view("\0", 1)), "");
}

TEST(JsonTest, SizeIsBounded) {
  const std::string most = "\"" + std::string(max_json_bytes - 2, 'a') + "\"";
  EXPECT_TRUE(accepted(most));
  EXPECT_NE(complaint(most + " ").find("1 MiB"), std::string::npos);
}

TEST(JsonTest, CanonicalTextIgnoresOrderSpaceAndSpelling) {
  const auto a = canonical(R"({"b":[1,2.0,"é"],"a":{"y":null,"x":true}})");
  EXPECT_EQ(a,
            canonical(" { \"a\" : {\"x\":true,\n\"y\":null} , \"b\" : [ 1e0, 2, \"\\u00e9\" ] } "));
  EXPECT_EQ(canonical("[100, 1e2, 100.0, -0.0]"), "[100,100,100,0]");
  EXPECT_EQ(canonical("0.1"), canonical("1e-1"));
}

TEST(JsonTest, CanonicalTextKeepsDifferences) {
  EXPECT_NE(canonical("[1,2]"), canonical("[2,1]"));
  EXPECT_NE(canonical("1"), canonical("\"1\""));
  EXPECT_NE(canonical("0.1"), canonical("0.10000000000000002"));
  EXPECT_NE(canonical(R"({"a":null})"), canonical("{}"));
}

TEST(JsonTest, PointerTokensAreEscaped) {
  EXPECT_EQ(pointer_token("a/b~c"), "a~1b~0c");
}

}  // namespace
}  // namespace atrium::http
