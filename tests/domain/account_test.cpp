#include "domain/account.hpp"

#include <gtest/gtest.h>

#include "tests/domain/builders.hpp"

namespace atrium {
namespace {

using testing::clock;

class AccountTest : public ::testing::Test {
 protected:
  result<std::vector<event>> run(const account_command& c) {
    auto decided = who.decide(c, now);
    if (decided) {
      for (const auto& e : *decided) who.apply(e, now, ++seq);
    }
    return decided;
  }
  cmd::create_key key(const std::string& id, std::optional<instant> expires = {}) {
    return {api_key_id{id}, "laptop", {"bookings"}, "hash-" + id, expires};
  }

  const ev::account_facts facts{"Ann", "ann@example.com", ev::role::customer, "ko"};
  instant now = clock("08:00");
  std::uint64_t seq = 0;
  account who{account_id{"ann"}};
};

TEST_F(AccountTest, IsMadeChangedAndDeleted) {
  ASSERT_TRUE(run(cmd::create_account{facts}));
  EXPECT_TRUE(who.exists());
  EXPECT_EQ(who.facts(), facts);
  auto changed = facts;
  changed.name = "Anna";
  ASSERT_TRUE(run(cmd::change_account{changed, 1}));
  EXPECT_EQ(who.facts().name, "Anna");
  EXPECT_EQ(who.version(), 2u);
  ASSERT_TRUE(run(cmd::delete_account{}));
  EXPECT_FALSE(who.exists());
  EXPECT_EQ(run(cmd::delete_account{}).error().code, ec::not_found);
  EXPECT_EQ(run(cmd::create_account{facts}).error().code, ec::already_exists);
}

TEST_F(AccountTest, RepeatingWhatIsSoChangesNothing) {
  ASSERT_TRUE(run(cmd::create_account{facts}));
  EXPECT_TRUE(run(cmd::create_account{facts})->empty());
  EXPECT_TRUE(run(cmd::change_account{facts, 0})->empty());
  ASSERT_EQ(run(key("k1"))->size(), 1u);
  EXPECT_TRUE(run(key("k1"))->empty());
}

TEST_F(AccountTest, AnotherAccountUnderTheSameIdIsRefused) {
  ASSERT_TRUE(run(cmd::create_account{facts}));
  auto other = facts;
  other.email = "bob@example.com";
  EXPECT_EQ(run(cmd::create_account{other}).error().code, ec::already_exists);
}

TEST_F(AccountTest, AStaleVersionIsRefused) {
  ASSERT_TRUE(run(cmd::create_account{facts}));
  EXPECT_EQ(run(cmd::change_account{facts, 7}).error().code, ec::precondition_failed);
}

TEST_F(AccountTest, KeysDoNotChangeTheVersion) {
  ASSERT_TRUE(run(cmd::create_account{facts}));
  ASSERT_TRUE(run(key("k1")));
  ASSERT_TRUE(run(cmd::revoke_key{api_key_id{"k1"}}));
  EXPECT_EQ(who.version(), 1u);
}

TEST_F(AccountTest, RevokingNamesTheHashForTheIndex) {
  ASSERT_TRUE(run(cmd::create_account{facts}));
  ASSERT_TRUE(run(key("k1")));
  const auto revoked = run(cmd::revoke_key{api_key_id{"k1"}});
  ASSERT_TRUE(revoked);
  EXPECT_EQ(std::get<ev::api_key_revoked>(revoked->at(0)).secret_hash, "hash-k1");
  EXPECT_EQ(run(cmd::revoke_key{api_key_id{"k1"}}).error().code, ec::not_found);
}

TEST_F(AccountTest, DeletingRevokesEveryKeyFirst) {
  ASSERT_TRUE(run(cmd::create_account{facts}));
  ASSERT_TRUE(run(key("k2")));
  ASSERT_TRUE(run(key("k1")));
  const auto deleted = run(cmd::delete_account{});
  ASSERT_TRUE(deleted);
  ASSERT_EQ(deleted->size(), 3u);
  EXPECT_EQ(std::get<ev::api_key_revoked>(deleted->at(0)).id, api_key_id{"k1"});
  EXPECT_EQ(std::get<ev::api_key_revoked>(deleted->at(1)).id, api_key_id{"k2"});
  EXPECT_TRUE(std::holds_alternative<ev::account_deleted>(deleted->at(2)));
}

TEST_F(AccountTest, AtMostFiftyKeysAndExpiredOnesMakeRoom) {
  ASSERT_TRUE(run(cmd::create_account{facts}));
  ASSERT_TRUE(run(key("k0", clock("09:00"))));
  for (int i = 1; i < 50; ++i) ASSERT_TRUE(run(key("k" + std::to_string(i))));
  EXPECT_EQ(run(key("one-more")).error().code, ec::validation);
  now = clock("09:00");
  const auto made = run(key("one-more"));
  ASSERT_TRUE(made);
  ASSERT_EQ(made->size(), 2u);
  EXPECT_EQ(std::get<ev::api_key_revoked>(made->at(0)).id, api_key_id{"k0"});
}

TEST_F(AccountTest, FactsAndKeysAreBounded) {
  auto bad = facts;
  bad.name = "";
  bad.email = "not an address";
  bad.locale = "fr";
  const auto refused = run(cmd::create_account{bad});
  ASSERT_FALSE(refused);
  EXPECT_EQ(testing::rules_of(refused.error().violations),
            (std::vector<std::string>{"required", "email", "one-of"}));
  ASSERT_TRUE(run(cmd::create_account{facts}));
  EXPECT_EQ(run(key("k", now)).error().violations.at(0).pointer, "/expiresAt");
  auto nameless = key("k");
  nameless.name = "";
  EXPECT_EQ(run(nameless).error().violations.at(0).pointer, "/name");
  auto many = key("k");
  many.scopes.assign(21, "x");
  EXPECT_EQ(run(many).error().violations.at(0).pointer, "/scopes");
}

TEST_F(AccountTest, EmailsAreCheckedForPlausibility) {
  auto f = facts;
  for (const char* good : {"a@b", "ann+office@mail.example.org", "앤@example.com"}) {
    f.email = good;
    EXPECT_TRUE(validate(f).empty()) << good;
  }
  for (const char* bad : {"", "@", "a@", "@b", "a@b@c", "a b@c", "a@.b", "a@b.", "a@b..c", "<a>@b",
                          "a@b\r\nBcc: c"}) {
    f.email = bad;
    EXPECT_FALSE(validate(f).empty()) << bad;
  }
}

TEST_F(AccountTest, NothingHappensToAnAccountThatIsNotThere) {
  EXPECT_EQ(run(cmd::change_account{facts, 0}).error().code, ec::not_found);
  EXPECT_EQ(run(key("k")).error().code, ec::not_found);
  EXPECT_EQ(run(cmd::revoke_key{api_key_id{"k"}}).error().code, ec::not_found);
}

}  // namespace
}  // namespace atrium
