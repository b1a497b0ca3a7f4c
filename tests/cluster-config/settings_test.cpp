#include "cluster-config/settings.hpp"

#include <gtest/gtest.h>

#include <cstdlib>

namespace atrium {
namespace {

using std::chrono::seconds;

TEST(SettingsTest, TheStrongerLayerWins) {
  setting_layers layers;
  layers.file_name = "a.ini";
  layers.file_text = "hold-ttl = 1m\nshards = 3\nlog-level = warn\n";
  layers.environment = {{"ATRIUM_SHARDS", "4"}, {"ATRIUM_LOG_LEVEL", "error"}};
  layers.command_line = {{"log-level", "debug"}};
  const auto s = resolve(layers);
  ASSERT_TRUE(s) << to_text(s.error());
  EXPECT_EQ(s->values.hold_ttl, seconds(60));
  EXPECT_EQ(s->values.shards, 4);
  EXPECT_EQ(s->values.log_level, "debug");
  EXPECT_EQ(s->values.listen, "127.0.0.1:8080");
  EXPECT_EQ(s->sources.at("hold-ttl"), "a.ini, line 1");
  EXPECT_EQ(s->sources.at("shards"), "ATRIUM_SHARDS");
  EXPECT_EQ(s->sources.at("log-level"), "--log-level");
  EXPECT_FALSE(s->sources.contains("listen"));
}

TEST(SettingsTest, EveryMistakeIsNamedWithItsPlace) {
  setting_layers layers;
  layers.file_name = "a.ini";
  layers.file_text = "shards = 0\ncolour = red\nlog-level = warn\nlog-level = info\n";
  layers.environment = {{"ATRIUM_LISTEN", "everywhere"}};
  layers.command_line = {{"drain-limit", "5"}};
  const auto s = resolve(layers);
  ASSERT_FALSE(s);
  ASSERT_EQ(s.error().violations.size(), 5u);
  const auto text = to_text(s.error());
  for (const auto* part : {"a.ini, line 1: shards = 0", "a.ini, line 2: unknown = colour",
                           "a.ini, line 4: twice = log-level", "ATRIUM_LISTEN: listen = everywhere",
                           "--drain-limit: drain-limit = 5"})
    EXPECT_NE(text.find(part), std::string::npos) << part << "\nin\n" << text;
}

TEST(SettingsTest, ACertificateAndItsKeyAreSetTogether) {
  options o;
  o.tls_certificate = "chain.pem";
  ASSERT_EQ(validate(o).size(), 1u);
  EXPECT_EQ(validate(o).front().rule, "tls-key");
  o.tls_key = "key.pem";
  EXPECT_TRUE(validate(o).empty());
}

TEST(SettingsTest, TokensNeedAnIssuerAnAudienceAndASafeSourceOfKeys) {
  options o;
  o.jwt_issuer = "https://id.example";
  EXPECT_EQ(validate(o).size(), 2u);
  o.jwt_audience = "atrium";
  for (const char* good : {"keys.json", "https://id.example/keys", "http://localhost/keys",
                           "http://127.0.0.1:8081/keys", "http://[::1]:1/keys"}) {
    o.jwt_keys = good;
    EXPECT_TRUE(validate(o).empty()) << good;
  }
  for (const char* bad : {"http://id.example/keys", "http://127.0.0.1@id.example/", "ftp://x/y",
                          "http://localhost.id.example/keys", "file:///etc/keys"}) {
    o.jwt_keys = bad;
    EXPECT_EQ(validate(o).size(), 1u) << bad;
  }
}

TEST(SettingsTest, UnknownVariablesOnlyWarn) {
  setting_layers layers;
  layers.environment = {{"ATRIUM_PORT", "tcp://10.0.0.1:80"}, {"ATRIUM_CONFIG", "a.ini"}};
  const auto s = resolve(layers);
  ASSERT_TRUE(s);
  ASSERT_EQ(s->warnings.size(), 1u);
  EXPECT_NE(s->warnings[0].find("ATRIUM_PORT"), std::string::npos);
}

TEST(SettingsTest, OptionsAreHeldAgainstEachOther) {
  setting_layers layers;
  layers.command_line = {{"header-timeout", "2m"}, {"idle-timeout", "1m"}};
  const auto s = resolve(layers);
  ASSERT_FALSE(s);
  EXPECT_NE(to_text(s.error()).find("at most idle-timeout, 1m"), std::string::npos);
}

TEST(SettingsTest, OtherMachinesAreServedOnlyWithCredentials) {
  options o;
  EXPECT_FALSE(check_exposure(o, false));
  o.listen = "0.0.0.0:8080";
  const auto refused = check_exposure(o, false);
  ASSERT_TRUE(refused);
  EXPECT_NE(refused->detail.find("ATRIUM_ADMIN_KEY"), std::string::npos);
  EXPECT_FALSE(check_exposure(o, true));
  o.admin_key = "0123456789abcdef01234567";
  EXPECT_FALSE(check_exposure(o, false));
}

TEST(SettingsTest, ShowIsAFileThatGivesTheSameSettingsButNoSecrets) {
  setting_layers layers;
  layers.environment = {{"ATRIUM_ADMIN_KEY", "topsecret-topsecret-topsecret"}};
  layers.command_line = {{"shards", "7"}, {"data-dir", "/srv/a b"}, {"hold-ttl", "90s"}};
  const auto s = resolve(layers);
  ASSERT_TRUE(s);
  const auto text = show(*s);
  EXPECT_EQ(text.find("topsecret"), std::string::npos);
  EXPECT_NE(text.find("********"), std::string::npos);
  EXPECT_NE(text.find("# --shards"), std::string::npos);

  const auto again = resolve({"shown.ini", text, {}, {}});
  ASSERT_TRUE(again) << to_text(again.error());
  EXPECT_EQ(again->values.shards, 7);
  EXPECT_EQ(again->values.data_dir, "/srv/a b");
  EXPECT_EQ(again->values.hold_ttl, seconds(90));
  EXPECT_EQ(again->values.admin_key, "");
}

TEST(SettingsTest, StripeNeedsOneKeyAndASafeAddress) {
  const auto with = [](std::map<std::string, std::string> given,
                       std::map<std::string, std::string> environment = {}) {
    given.emplace("payment-provider", "stripe");
    setting_layers layers;
    layers.command_line = std::move(given);
    layers.environment = std::move(environment);
    return static_cast<bool>(resolve(layers));
  };
  const std::pair<const std::string, std::string> key{"ATRIUM_STRIPE_KEY", "sk_test_12345"};
  EXPECT_FALSE(with({}));
  EXPECT_TRUE(with({}, {key}));
  EXPECT_TRUE(with({{"stripe-key-file", "key"}}));
  EXPECT_FALSE(with({{"stripe-key-file", "key"}}, {key}));
  EXPECT_TRUE(with({{"stripe-base-url", "http://127.0.0.1:12111"}}, {key}));
  EXPECT_FALSE(with({{"stripe-base-url", "http://api.example.org"}}, {key}));
  EXPECT_FALSE(with({{"stripe-base-url", "https://api.example.org/"}}, {key}));
  EXPECT_FALSE(with({{"stripe-base-url", "http://localhost@evil.example"}}, {key}));
  EXPECT_FALSE(with({{"stripe-timeout", "500ms"}}, {key})) << "less than connecting may take";
}

TEST(SettingsTest, AWrongSecretIsNotRepeated) {
  setting_layers layers;
  layers.environment = {{"ATRIUM_ADMIN_KEY", "tooshort"}};
  const auto s = resolve(layers);
  ASSERT_FALSE(s);
  EXPECT_EQ(to_text(s.error()).find("tooshort"), std::string::npos);
}

TEST(SettingsTest, OnlyOurVariablesAreRead) {
  ::setenv("ATRIUM_SETTINGS_TEST", "a=b", 1);
  ::setenv("OTHER_SETTINGS_TEST", "x", 1);
  const auto found = atrium_environment();
  EXPECT_EQ(found.at("ATRIUM_SETTINGS_TEST"), "a=b");
  EXPECT_FALSE(found.contains("OTHER_SETTINGS_TEST"));
}

}  // namespace
}  // namespace atrium
