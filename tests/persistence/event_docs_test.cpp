// docs/events.md speaks of every event and of every field it is written with.
#include <gtest/gtest.h>
#include <rapidjson/document.h>

#include <fstream>
#include <iterator>

#include "persistence/codec.hpp"
#include "tests/persistence/sample_events.hpp"

namespace atrium {
namespace {

std::string document() {
  std::ifstream in(std::string(ATRIUM_SOURCE_DIR) + "/docs/events.md");
  return {std::istreambuf_iterator<char>(in), {}};
}

/// The part of the document under the type's heading; empty when there is none.
std::string section_of(const std::string& text, std::string_view type) {
  const std::string heading = "\n### `" + std::string(type) + "`\n";
  const auto begin = text.find(heading);
  if (begin == std::string::npos) return {};
  const auto end = text.find("\n#", begin + heading.size());
  return text.substr(begin, end == std::string::npos ? end : end - begin);
}

TEST(EventDocsTest, EveryTypeHasASectionThatNamesItsFields) {
  const std::string text = document();
  for (const auto& e : tests::sample_events()) {
    const std::string section = section_of(text, type_name(e));
    ASSERT_FALSE(section.empty()) << "docs/events.md lacks " << type_name(e);
    rapidjson::Document data;
    data.Parse(encode_data(e).c_str());
    for (const auto& member : data.GetObject())
      EXPECT_NE(section.find("`" + std::string(member.name.GetString()) + "`"), std::string::npos)
          << "docs/events.md lacks " << type_name(e) << " " << member.name.GetString();
  }
}

TEST(EventDocsTest, EveryTypeInTheDocumentExists) {
  const std::string text = document();
  std::size_t found = 0;
  for (auto at = text.find("\n### `"); at != std::string::npos; at = text.find("\n### `", at + 1)) {
    const auto begin = at + 6;
    const auto type = text.substr(begin, text.find('`', begin) - begin);
    ++found;
    const auto read = decode_data(type, "[]");
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().detail.find("unknown event type"), std::string::npos) << type;
  }
  EXPECT_EQ(found, std::variant_size_v<event_kinds>);
}

}  // namespace
}  // namespace atrium
