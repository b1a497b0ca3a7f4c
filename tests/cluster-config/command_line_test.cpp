#include "cluster-config/command_line.hpp"

#include <CLI/CLI.hpp>
#include <gtest/gtest.h>

#include <map>
#include <regex>
#include <sstream>

#include "cluster-config/option_table.hpp"

namespace atrium {
namespace {

class CommandLineTest : public testing::Test {
 protected:
  CommandLineTest() { add_options(app_, values_); }
  CLI::App app_{"test"};
  command_line_values values_;
};

TEST_F(CommandLineTest, GivenOptionsArriveAsText) {
  app_.parse("--shards 7 --listen=[::1]:80 --demo --config a.ini");
  EXPECT_EQ(values_.given.at("shards"), "7");
  EXPECT_EQ(values_.given.at("listen"), "[::1]:80");
  EXPECT_EQ(values_.given.at("demo"), "true");
  EXPECT_EQ(values_.given.size(), 3u);
  EXPECT_EQ(values_.config_file, "a.ini");
}

TEST_F(CommandLineTest, UnknownOptionsAreRefused) {
  EXPECT_THROW(app_.parse("--colour red"), CLI::ExtrasError);
}

TEST_F(CommandLineTest, SecretsAreNoCommandLineOptions) {
  EXPECT_THROW(app_.parse("--admin-key 0123456789abcdef01234567"), CLI::ExtrasError);
}

TEST_F(CommandLineTest, HelpNamesDefaultBoundsAndVariable) {
  const auto help = app_.help();
  for (const auto& spec : option_table()) {
    if (spec.is_secret) continue;
    EXPECT_NE(help.find("--" + spec.name), std::string::npos) << spec.name;
    EXPECT_NE(help.find("{" + spec.environment() + "}"), std::string::npos) << spec.name;
  }
}

TEST_F(CommandLineTest, HelpShowsEachOptionUnderItsGroup) {
  std::istringstream help(app_.help());
  std::string group;
  std::map<std::string, std::string> shown;
  for (std::string line; std::getline(help, line);) {
    EXPECT_LE(line.size(), 102u) << line;
    if (std::smatch found; std::regex_search(line, found, std::regex("^  --([a-z-]+)")))
      shown[found[1]] = group;
    else if (line.ends_with(':'))
      group = line.substr(0, line.size() - 1);
  }
  for (const auto& spec : option_table()) {
    if (spec.is_secret) continue;
    EXPECT_EQ(shown[spec.name], spec.group) << spec.name;
  }
}

}  // namespace
}  // namespace atrium
