#include "domain/text.hpp"

#include <gtest/gtest.h>

namespace atrium {
namespace {

TEST(TextTest, LengthCountsCharactersNotBytes) {
  EXPECT_EQ(utf8_length(""), 0u);
  EXPECT_EQ(utf8_length("abc"), 3u);
  EXPECT_EQ(utf8_length("회의실"), 3u);
  EXPECT_EQ(utf8_length("\xF0\x9F\x9A\xAA"), 1u);
}

TEST(TextTest, BytesThatAreNotUtf8AreRefused) {
  for (const char* bad : {"\xFF", "\xC0\x80", "\xC3", "\xED\xA0\x80", "\xE0\x80\x80", "a\x80",
                          "\xF4\x90\x80\x80", "\xF8\x88\x80\x80\x80", "\xE2\x28\xA1"}) {
    EXPECT_FALSE(utf8_length(bad)) << bad;
  }
}

std::string rule_for(std::string_view text, text_bounds bounds) {
  std::vector<violation> out;
  check_text(out, text, bounds, "/x");
  if (out.size() > 1) return "more than one";
  return out.empty() ? "" : out.front().rule;
}

TEST(TextTest, TextFieldsAreBounded) {
  EXPECT_EQ(rule_for("ok", {1, 3}), "");
  EXPECT_EQ(rule_for("", {1, 3}), "required");
  EXPECT_EQ(rule_for("  ", {1, 3}), "required");
  EXPECT_EQ(rule_for("", {0, 3}), "");
  EXPECT_EQ(rule_for("회의실", {1, 3}), "");
  EXPECT_EQ(rule_for("회의실a", {1, 3}), "max-length");
  EXPECT_EQ(rule_for("a\nb", {0, 9}), "characters");
  EXPECT_EQ(rule_for("a\nb", {0, 9, true}), "");
  EXPECT_EQ(rule_for(std::string_view("a\0b", 3), {0, 9, true}), "characters");
  EXPECT_EQ(rule_for("\xFF", {0, 9}), "characters");
}

TEST(TextTest, ARefusalReadsAllItsViolations) {
  const auto f = invalid("The room", {{"range", "from 1 to 5", "9", "/rating"},
                                      {"required", "a name", "nothing", "/name"}});
  EXPECT_EQ(f.code, ec::validation);
  EXPECT_EQ(f.violations.size(), 2u);
  EXPECT_EQ(
      f.detail,
      "The room was not accepted. /rating: allowed is from 1 to 5, found 9; /name is missing: a "
      "name. Correct this and send it again.");
}

TEST(TextTest, ARefusalOfManyFieldsNamesTheFirstThree) {
  const std::vector<violation> wrong(5, {"range", "1..5", "9", "/x"});
  const auto f = invalid("The request", wrong);
  EXPECT_EQ(f.violations.size(), 5u);
  EXPECT_EQ(f.detail,
            "The request was not accepted. /x: allowed is 1..5, found 9; /x: allowed is 1..5, "
            "found 9; /x: allowed is 1..5, found 9; and 2 more, see violations. Correct this and "
            "send it again.");
}

}  // namespace
}  // namespace atrium
