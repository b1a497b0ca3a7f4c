#include "cluster-config/option_table.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <regex>
#include <set>
#include <sstream>
#include <vector>

namespace atrium {
namespace {

std::string profile() {
  std::ifstream in(ATRIUM_SOURCE_DIR "/cluster-config/profiles/single-node.ini");
  EXPECT_TRUE(in.good());
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

TEST(OptionTableTest, EveryDefaultIsWithinItsOwnBounds) {
  for (const auto& spec : option_table()) {
    if (spec.is_secret) continue;
    const options defaults;
    options copy;
    EXPECT_EQ(spec.set(copy, spec.get(defaults)), std::nullopt) << spec.name;
    EXPECT_EQ(spec.get(copy), spec.get(defaults)) << spec.name;
  }
}

TEST(OptionTableTest, NamesAreUniqueAndDescribed) {
  std::set<std::string> names;
  for (const auto& spec : option_table()) {
    EXPECT_TRUE(names.insert(spec.name).second) << spec.name;
    EXPECT_TRUE(std::regex_match(spec.name, std::regex("[a-z]+(-[a-z]+)*"))) << spec.name;
    EXPECT_GT(spec.doc.size(), 10u) << spec.name;
    EXPECT_EQ(find_option(spec.name), &spec);
  }
  EXPECT_EQ(find_option("hold-ttl")->environment(), "ATRIUM_HOLD_TTL");
  EXPECT_EQ(find_option("colour"), nullptr);
}

TEST(OptionTableTest, TheProfileShowsEveryOptionWithItsDefault) {
  const auto text = profile();
  const options defaults;
  std::set<std::string> shown;
  const std::regex line("(?:^|\n)# ([a-z-]+) = ([^\n]*)");
  for (std::sregex_iterator it(text.begin(), text.end(), line), end; it != end; ++it) {
    const auto* spec = find_option((*it)[1].str());
    ASSERT_NE(spec, nullptr) << (*it)[1] << " is no option";
    auto value = spec->get(defaults);
    if (value.empty()) value = "\"\"";
    EXPECT_EQ((*it)[2].str(), value) << spec->name;
    shown.insert(spec->name);
  }
  for (const auto& spec : option_table())
    EXPECT_NE(shown.contains(spec.name), spec.is_secret) << spec.name;
}

TEST(OptionTableTest, TheProfileHasTheGroupsAndTheOrderOfTheTable) {
  std::vector<std::string> table, file;
  std::string group;
  for (const auto& spec : option_table()) {
    EXPECT_FALSE(spec.group.empty()) << spec.name;
    if (spec.group != group) table.push_back("[" + (group = spec.group) + "]");
    if (!spec.is_secret) table.push_back(spec.name);
  }
  const auto text = profile();
  const std::regex line("(?:^|\n)# (?:---- (.*) -+|([a-z-]+) = .*)");
  for (std::sregex_iterator it(text.begin(), text.end(), line), end; it != end; ++it)
    file.push_back((*it)[1].matched ? "[" + (*it)[1].str() + "]" : (*it)[2].str());
  EXPECT_EQ(file, table);
  EXPECT_EQ(std::set<std::string>(table.begin(), table.end()).size(), table.size())
      << "a group stands together";
}

TEST(OptionTableTest, ValuesOutsideTheBoundsAreRefusedWithTheBounds) {
  options o;
  const std::vector<std::pair<std::string, std::string>> bad = {
      {"shards", "0"},
      {"shards", "1025"},
      {"shards", "12.5"},
      {"shards", "twelve"},
      {"hold-ttl", "10"},
      {"hold-ttl", "61m"},
      {"drain-limit", "1ms"},
      {"log-format", "xml"},
      {"payment-provider", "paypal"},
      {"stripe-timeout", "61s"},
      {"stripe-max-in-flight", "0"},
      {"stripe-key", "sk short"},
      {"demo", "maybe"},
      {"jwt-algorithms", "HS256"},
      {"jwt-algorithms", "RS256,none"},
      {"jwt-algorithms", "RS256,RS256"},
      {"jwt-algorithms", ","},
      {"jwt-issuer", "a\nb"},
      {"data-dir", ""},
      {"listen", "8080"},
      {"admin-key", "short"},
      {"admin-key", "spaces are not allowed in keys"},
  };
  for (const auto& [name, value] : bad) {
    const auto why = find_option(name)->set(o, value);
    ASSERT_TRUE(why) << name << " = " << value;
    EXPECT_TRUE(why->starts_with("must ")) << *why;
  }
  EXPECT_EQ(o.shards, options{}.shards) << "a refused value changes nothing";
}

}  // namespace
}  // namespace atrium
