#include "cluster-config/ini.hpp"

#include <gtest/gtest.h>

namespace atrium {
namespace {

TEST(IniTest, NamesValuesAndCommentsAreTakenApart) {
  const auto entries = parse_ini(
      "# comment\n\n listen = 127.0.0.1:1  ; why\r\n  \ndata-dir=\"/srv/a # b\" # c\nlog-level =\n"
      "colour = a#b");
  ASSERT_TRUE(entries);
  ASSERT_EQ(entries->size(), 4u);
  EXPECT_EQ((*entries)[0].name, "listen");
  EXPECT_EQ((*entries)[0].value, "127.0.0.1:1");
  EXPECT_EQ((*entries)[0].line, 3);
  EXPECT_EQ((*entries)[1].value, "/srv/a # b");
  EXPECT_EQ((*entries)[1].line, 5);
  EXPECT_EQ((*entries)[2].value, "");
  EXPECT_EQ((*entries)[3].value, "a#b");
}

TEST(IniTest, EveryBadLineIsNamed) {
  const auto entries = parse_ini("[server]\nlisten\nname = \"open\nname = \"a\" b\n");
  ASSERT_FALSE(entries);
  ASSERT_EQ(entries.error().violations.size(), 4u);
  for (int i = 0; i < 4; ++i)
    EXPECT_EQ(entries.error().violations[i].pointer, "line " + std::to_string(i + 1));
}

}  // namespace
}  // namespace atrium
