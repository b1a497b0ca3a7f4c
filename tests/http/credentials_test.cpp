#include "http/credentials.hpp"

#include <gmock/gmock.h>

#include <set>

#include "http/idempotency.hpp"
#include "tests/http/api_fixture.hpp"

namespace atrium::test {
namespace {

using http::hash_api_key;
using http::is_well_formed_key;
using http::make_api_key;

TEST(ApiKeyTest, FormIsPrefixNameSecretAndChecksum) {
  const auto made = make_api_key();
  EXPECT_EQ(made.secret.size(), 62u);
  EXPECT_EQ(made.secret.substr(0, 4), "atr_");
  EXPECT_EQ(made.secret[12], '_');
  EXPECT_EQ(made.id.str(), "key_" + made.secret.substr(4, 8));
  EXPECT_TRUE(is_well_formed_key(made.secret));
}

TEST(ApiKeyTest, EveryChangedCharacterIsNoticedOffline) {
  const auto secret = make_api_key().secret;
  for (std::size_t i = 0; i < secret.size(); ++i) {
    auto typo = secret;
    typo[i] = typo[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(is_well_formed_key(typo)) << i;
  }
  EXPECT_FALSE(is_well_formed_key(secret.substr(1)));
  EXPECT_FALSE(is_well_formed_key(secret + "0"));
  EXPECT_FALSE(is_well_formed_key(""));
}

TEST(ApiKeyTest, KeysDiffer) {
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(make_api_key().secret);
  EXPECT_EQ(seen.size(), 1000u);
}

TEST(ApiKeyTest, HashDependsOnKeyAndPepper) {
  const http::key_pepper one{1}, two{2};
  EXPECT_EQ(hash_api_key("a", one).size(), 64u);
  EXPECT_EQ(hash_api_key("a", one), hash_api_key("a", one));
  EXPECT_NE(hash_api_key("a", one), hash_api_key("a", two));
  EXPECT_NE(hash_api_key("a", one), hash_api_key("b", one));
}

TEST(ApiKeyTest, ConstantTimeComparisonTellsTexts) {
  EXPECT_TRUE(http::equal_in_constant_time("abc", "abc"));
  EXPECT_FALSE(http::equal_in_constant_time("abc", "abd"));
  EXPECT_FALSE(http::equal_in_constant_time("abc", "abcd"));
  EXPECT_TRUE(http::equal_in_constant_time("", ""));
}

TEST(IdempotencyTest, IdsNameTheCallerAndTheKey) {
  const auto id = http::saga_id_of(account_id("acc_1"), "k1");
  EXPECT_EQ(id.str().size(), 29u);
  EXPECT_EQ(id.str().substr(0, 3), "atr");
  EXPECT_EQ(id, http::saga_id_of(account_id("acc_1"), "k1"));
  EXPECT_NE(id, http::saga_id_of(account_id("acc_1"), "k2"));
  EXPECT_NE(id, http::saga_id_of(account_id("acc_2"), "k1"));
  EXPECT_NE(http::saga_id_of(account_id("ab"), "c"), http::saga_id_of(account_id("a"), "bc"));
}

TEST(IdempotencyTest, DerivedIdsNeverChange) {
  // Ids of stored records: a change here makes duplicates of old requests book again.
  EXPECT_EQ(http::saga_id_of(account_id("acc_1"), "k1").str(), "atr2tn5cp4ahfwzzt6jdkki6b66jm");
}

TEST(IdempotencyTest, Base32IsTheOneOfRfc4648InLowerCase) {
  EXPECT_EQ(http::base32(""), "");
  EXPECT_EQ(http::base32("f"), "my");
  EXPECT_EQ(http::base32("fo"), "mzxq");
  EXPECT_EQ(http::base32("foobar"), "mzxw6ytboi");
}

TEST(IdempotencyTest, KeysAreVisibleAscii) {
  const auto checked = [](const std::string& key) {
    http::request r;
    if (!key.empty()) r.headers.emplace_back("idempotency-key", key);
    return http::idempotency_key(r);
  };
  EXPECT_EQ(*checked("a"), "a");
  EXPECT_TRUE(checked(std::string(255, '~')));
  for (const auto& bad : {std::string(), std::string(256, 'a'), std::string("a b"),
                          std::string("\xc3\xa9"), std::string("a\tb")}) {
    const auto refused = checked(bad);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ec::malformed);
    EXPECT_NE(refused.error().detail.find("Idempotency-Key"), std::string::npos);
  }
}

class CredentialsTest : public ApiTest {};

TEST_F(CredentialsTest, NoCredentialsAreAnonymousAndWrongOnesAreRefused) {
  EXPECT_TRUE(keys->authenticate("")->anonymous());
  const std::vector<std::string> all{"Bearer",    "Bearer ",
                                     "Basic abc", "Bearer nonsense",
                                     "abc",       "Bearer " + make_api_key().secret};
  for (const auto& wrong : all) {
    const auto who = keys->authenticate(wrong);
    ASSERT_FALSE(who) << wrong;
    EXPECT_EQ(who.error().code, ec::unauthenticated);
  }
}

TEST_F(CredentialsTest, KeysOpenTheirAccount) {
  const auto who = keys->authenticate("bearer " + key_of(who::op));
  ASSERT_TRUE(who);
  EXPECT_EQ(who->account.str(), "acc_operator");
  EXPECT_TRUE(who->is_operator());
  EXPECT_FALSE(who->is_admin());
}

TEST_F(CredentialsTest, KeyOfTheEnvironmentIsTheAdministrator) {
  const auto who = keys->authenticate("Bearer " + key_of(who::admin));
  ASSERT_TRUE(who);
  EXPECT_EQ(who->account, http::credentials::admin_account());
  EXPECT_TRUE(who->is_admin());
}

TEST_F(CredentialsTest, ExpiredKeyIsRefused) {
  const auto r = post(who::customer, "/v1/accounts/acc_customer/keys",
                      R"({"name":"short","expiresAt":"2026-11-23T01:00:00Z"})");
  ASSERT_EQ(r.status, 201) << r.body;
  const auto bearer = "Bearer " + at(r, "/secret");
  EXPECT_TRUE(keys->authenticate(bearer));
  clock.t += std::chrono::hours(1);
  EXPECT_FALSE(keys->authenticate(bearer));
}

TEST_F(CredentialsTest, RevokedKeyIsRefusedWhileViewsLag) {
  const auto made = post(who::customer, "/v1/accounts/acc_customer/keys", R"({"name":"lost"})");
  const auto bearer = "Bearer " + at(made, "/secret");
  ASSERT_TRUE(keys->authenticate(bearer));
  views_paused = true;
  EXPECT_EQ(
      call(who::customer, "DELETE", "/v1/accounts/acc_customer/keys/" + at(made, "/id")).status,
      204);
  EXPECT_FALSE(keys->authenticate(bearer));
  EXPECT_TRUE(keys->authenticate("Bearer " + key_of(who::customer)));
  views_paused = false;
  follow();
  EXPECT_FALSE(keys->authenticate(bearer));
}

TEST_F(CredentialsTest, DeletedAccountIsRefusedWhileViewsLag) {
  views_paused = true;
  EXPECT_EQ(call(who::admin, "DELETE", "/v1/accounts/acc_other", "", {{"if-match", "*"}}).status,
            204);
  EXPECT_FALSE(keys->authenticate("Bearer " + key_of(who::other)));
}

TEST_F(CredentialsTest, UseIsShownInTheListOfKeys) {
  clock.t += std::chrono::minutes(5);
  const auto list = call(who::customer, "GET", "/v1/accounts/acc_customer/keys");
  EXPECT_EQ(at(list, "/items/0/lastUsedAt"), "2026-11-23T00:05:00Z") << list.body;
}

}  // namespace
}  // namespace atrium::test
