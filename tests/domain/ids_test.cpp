#include "domain/ids.hpp"

#include <gtest/gtest.h>

#include <unordered_set>

namespace atrium {
namespace {

TEST(IdTest, HoldsItsTextInPlace) {
  const room_id id("rm_1");
  EXPECT_EQ(id.view(), "rm_1");
  EXPECT_EQ(id.str(), "rm_1");
  EXPECT_FALSE(id.empty());
  EXPECT_TRUE(room_id().empty());
  const auto* at = reinterpret_cast<const char*>(&id);
  EXPECT_TRUE(id.view().data() >= at && id.view().data() < at + sizeof id);
}

TEST(IdTest, TheLongestTextIsKeptWhole) {
  const std::string longest(id_text::max_size, 'x');
  EXPECT_EQ(room_id(longest).str(), longest);
}

TEST(IdTest, ALongerTextEqualsNoIdThatIsMade) {
  const std::string longest(id_text::max_size, 'x');
  const room_id cut(longest + "y");
  EXPECT_NE(cut, room_id(longest));
  EXPECT_EQ(cut.view().size(), id_text::max_size);
  EXPECT_EQ(cut.view().back(), '~');
}

TEST(IdTest, OrderIsThatOfTheTexts) {
  EXPECT_LT(room_id("a"), room_id("ab"));
  EXPECT_LT(room_id("ab"), room_id("b"));
  EXPECT_LT(room_id(), room_id("a"));
}

TEST(IdTest, EqualIdsHashAlikeWhateverTheyHeldBefore) {
  room_id id("a longer text than the next");
  id = room_id("rm_1");
  EXPECT_EQ(id, room_id("rm_1"));
  EXPECT_EQ(std::hash<room_id>{}(id), std::hash<room_id>{}(room_id("rm_1")));
  std::unordered_set<room_id> set{id};
  EXPECT_TRUE(set.contains(room_id("rm_1")));
}

}  // namespace
}  // namespace atrium
