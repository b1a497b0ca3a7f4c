// Signing in by token through the real gate, and how the issuer's keys are kept.
#include "http/token_sign_in.hpp"

#include <gmock/gmock.h>

#include "tests/http/api_fixture.hpp"
#include "tests/http/token_maker.hpp"

namespace atrium::test {
namespace {

using namespace std::chrono_literals;
using namespace atrium::http;
using ::testing::HasSubstr;

/// The API with an issuer whose published keys the test chooses; no thread fetches.
class TokenSignInTest : public ApiTest {
 protected:
  TokenSignInTest() {
    published = key_set(issuer.jwk());
    jwks_keeper::options o;
    o.clock = [this] { return steady; };
    keeper = std::make_unique<jwks_keeper>(
        [this](const std::atomic<bool>&) -> result<std::string> {
          ++fetches;
          if (down) return failure{.code = ec::dependency_unavailable, .detail = "down"};
          return published;
        },
        o);
    token_rules r;
    r.issuer = "https://id.example";
    r.audience = "atrium";
    r.algorithms = {jws_algorithm::rs256, jws_algorithm::eddsa};
    tokens = std::make_unique<token_sign_in>(r, *keeper, clock, 32);
    keys->accept_tokens(*tokens);
  }

  response with_token(const std::string& token, const std::string& method,
                      const std::string& target, std::string body = {}, header_list more = {}) {
    more.emplace_back("authorization", "Bearer " + token);
    return call(who::anonymous, method, target, std::move(body), std::move(more));
  }
  int status_with(const std::string& token) { return with_token(token, "GET", "/v1/me").status; }
  std::string token_of(const std::string& subject, std::string_view more = "") {
    auto claims = good_claims(clock.t, more);
    claims.replace(claims.find("mina"), 4, subject);
    return issuer.sign(claims);
  }

  const ed25519_issuer issuer{"2026"};
  std::string published;
  bool down = false;
  int fetches = 0;
  jwks_keeper::steady::time_point steady{1h};
  std::unique_ptr<jwks_keeper> keeper;
  std::unique_ptr<token_sign_in> tokens;
};

TEST_F(TokenSignInTest, TheFirstRequestMakesTheAccount) {
  ASSERT_TRUE(keeper->fetch_once());
  const auto token = token_of("mina", R"(,"name":"Mina Park","email":"mina@example.org")");
  const auto me = with_token(token, "GET", "/v1/me");
  EXPECT_EQ(me.status, 200) << me.body;
  EXPECT_EQ(at(me, "/id"), account_of_token("https://id.example", "mina").str());
  EXPECT_EQ(at(me, "/name"), "Mina Park");
  EXPECT_EQ(at(me, "/role"), "customer");
  const auto listed = call(who::admin, "GET", "/v1/accounts/" + at(me, "/id"));
  EXPECT_EQ(at(listed, "/email"), "mina@example.org");
  const auto events = log.events().size();
  EXPECT_EQ(status_with(token), 200);
  EXPECT_EQ(log.events().size(), events) << "made once";
}

TEST_F(TokenSignInTest, EverybodySeesTheirOwnOnly) {
  ASSERT_TRUE(keeper->fetch_once());
  const auto room = make_room();
  const auto mina = token_of("mina"), jonas = token_of("jonas");
  const auto booked = with_token(mina, "POST", "/v1/reservations", booking_body(room, 9),
                                 {{"idempotency-key", "k1"}});
  ASSERT_EQ(booked.status, 201) << booked.body;
  const auto place = "/v1/reservations/" + at(booked, "/id");
  EXPECT_EQ(with_token(mina, "GET", place).status, 200);
  EXPECT_EQ(with_token(jonas, "GET", place).status, 404);
  EXPECT_EQ(with_token(token_of("op", R"(,"roles":["atrium-operator"])"), "GET", place).status,
            200);
  // The same person with a newer token is the same person.
  clock.t += 10min;
  EXPECT_EQ(with_token(token_of("mina"), "GET", place).status, 200);
}

TEST_F(TokenSignInTest, TheRoleFollowsTheToken) {
  ASSERT_TRUE(keeper->fetch_once());
  EXPECT_EQ(with_token(token_of("mina"), "POST", "/v1/rooms", "{}").status, 403);
  const auto promoted = token_of("mina", R"(,"roles":["atrium-operator"])");
  EXPECT_EQ(with_token(promoted, "POST", "/v1/rooms", "{}").status, 422);
  EXPECT_EQ(at(with_token(promoted, "GET", "/v1/me"), "/role"), "operator");
  clock.t += 1s;
  EXPECT_EQ(with_token(token_of("mina"), "POST", "/v1/rooms", "{}").status, 403);
  EXPECT_EQ(at(with_token(token_of("mina"), "GET", "/v1/me"), "/role"), "customer");
  const auto account = "/v1/accounts/" + account_of_token("https://id.example", "mina").str();
  EXPECT_EQ(at(call(who::admin, "GET", account), "/role"), "customer");
}

TEST_F(TokenSignInTest, ADeletedAccountStaysOut) {
  ASSERT_TRUE(keeper->fetch_once());
  const auto token = token_of("mina");
  ASSERT_EQ(status_with(token), 200);
  const auto account = "/v1/accounts/" + account_of_token("https://id.example", "mina").str();
  ASSERT_EQ(call(who::admin, "DELETE", account, "", {{"if-match", "*"}}).status, 204);
  EXPECT_EQ(status_with(token), 401);
  clock.t += 10min;
  EXPECT_EQ(status_with(token_of("mina")), 401);
  EXPECT_EQ(status_with(token_of("jonas")), 200);
}

TEST_F(TokenSignInTest, HostileTokensAreRefused) {
  ASSERT_TRUE(keeper->fetch_once());
  const auto claims = good_claims(clock.t);
  ASSERT_EQ(status_with(issuer.sign(claims)), 200);
  const ed25519_issuer attacker("2026");
  const std::string own = ",\"jwk\":" + attacker.jwk() + ",\"jku\":\"https://evil.example/keys\"";
  const std::pair<const char*, std::string> hostile[] = {
      {"another key with the same id", attacker.sign(claims)},
      {"a key in the header", attacker.sign(attacker.header(own), claims)},
      {"no algorithm", issuer.sign(R"({"alg":"none","kid":"2026"})", claims)},
      {"no signature", base64url(R"({"alg":"none"})") + "." + base64url(claims) + "."},
      {"HMAC with the public key", issuer.sign(R"({"alg":"HS256","kid":"2026"})", claims)},
      {"an algorithm of another type", issuer.sign(R"({"alg":"RS256","kid":"2026"})", claims)},
      {"crit", issuer.sign(issuer.header(R"(,"crit":["exp"])"), claims)},
      {"a header that names alg twice",
       issuer.sign(R"({"alg":"none","alg":"EdDSA","kid":"2026"})", claims)},
      {"too large", issuer.sign(good_claims(clock.t, ",\"x\":\"" + std::string(6000, 'x') + "\""))},
      {"claims twice", issuer.sign(good_claims(clock.t, R"(,"sub":"admin")"))},
  };
  // Unknown ids were asked for a moment ago; what is left is a plain no.
  for (const auto& [what, token] : hostile) EXPECT_EQ(status_with(token), 401) << what;
  EXPECT_EQ(fetches, 1) << "no address of a token is ever fetched";
  // What a header brings along means nothing, also when the token is good.
  EXPECT_EQ(status_with(issuer.sign(issuer.header(own), claims)), 200);
}

TEST_F(TokenSignInTest, WhatWasVerifiedIsRememberedUntilItExpires) {
  ASSERT_TRUE(keeper->fetch_once());
  const auto token = token_of("mina");
  for (int i = 0; i < 5; ++i) EXPECT_EQ(status_with(token), 200);
  EXPECT_EQ(tokens->stats().verified, 1u);
  EXPECT_EQ(tokens->stats().remembered, 4u);
  clock.t += 1h + 59s;
  EXPECT_EQ(status_with(token), 200) << "within the skew";
  clock.t += 1s;
  EXPECT_EQ(status_with(token), 401);
}

TEST_F(TokenSignInTest, TheMemoryIsBounded) {
  ASSERT_TRUE(keeper->fetch_once());
  std::vector<std::string> all;
  for (int i = 0; i < 200; ++i) all.push_back(token_of("guest" + std::to_string(i)));
  for (const auto& t : all) ASSERT_TRUE(tokens->identify(t));
  for (const auto& t : all) ASSERT_TRUE(tokens->identify(t));
  EXPECT_GE(tokens->stats().verified, 200u + 200u - 32u);
}

TEST_F(TokenSignInTest, ARevokedKeyTakesItsTokensAlong) {
  ASSERT_TRUE(keeper->fetch_once());
  const auto token = token_of("mina");
  ASSERT_EQ(status_with(token), 200);
  published = key_set(ed25519_issuer("2027").jwk());
  ASSERT_TRUE(keeper->fetch_once());
  EXPECT_EQ(status_with(token), 401);
}

TEST_F(TokenSignInTest, BeforeThereAreKeysCallersAreAskedToWait) {
  const auto r = with_token(token_of("mina"), "GET", "/v1/me");
  EXPECT_EQ(r.status, 503);
  EXPECT_EQ(header(r, "Retry-After"), "1");
}

TEST_F(TokenSignInTest, AnUnknownKeyIsFetchedOnceInAWhile) {
  ASSERT_TRUE(keeper->fetch_once());
  const ed25519_issuer next("2027");
  const auto token = next.sign(good_claims(clock.t));
  EXPECT_EQ(status_with(token), 401) << "fetched a moment ago";
  steady += 10s;
  EXPECT_EQ(status_with(token), 503) << "being fetched";
  published = key_set(issuer.jwk() + "," + next.jwk());
  ASSERT_TRUE(keeper->fetch_once());
  EXPECT_EQ(status_with(token), 200);
  for (int i = 0; i < 100; ++i)
    EXPECT_EQ(status_with(ed25519_issuer("x" + std::to_string(i)).sign(good_claims(clock.t))), 401);
  EXPECT_EQ(fetches, 2);
}

TEST_F(TokenSignInTest, OldKeysStayWhenAFetchFails) {
  ASSERT_TRUE(keeper->fetch_once());
  const auto token = token_of("mina");
  down = true;
  EXPECT_FALSE(keeper->fetch_once());
  EXPECT_EQ(status_with(token), 200);
  down = false;
  published = "{\"keys\":[]}";
  EXPECT_FALSE(keeper->fetch_once()) << "a set without keys is no set";
  EXPECT_EQ(status_with(token_of("jonas")), 200);
  EXPECT_EQ(keeper->stats().failed, 2u);
}

TEST_F(TokenSignInTest, AFloodOfWrongTokensChecksNoMoreSignatures) {
  open_gate({.address = {.per_second = 10, .burst = 5}});
  ASSERT_TRUE(keeper->fetch_once());
  const auto known = token_of("mina");
  ASSERT_EQ(status_with(known), 200);
  const ed25519_issuer stranger("2026");
  const auto forged = [&](int i) {
    return stranger.sign(good_claims(clock.t, ",\"n\":" + std::to_string(i)));
  };
  for (int i = 0; i < 5; ++i) EXPECT_EQ(status_with(forged(i)), 401);
  const auto before = tokens->stats().refused;
  for (int i = 5; i < 50; ++i) {
    const auto r = with_token(forged(i), "GET", "/v1/me");
    EXPECT_EQ(r.status, 429);
    EXPECT_EQ(header(r, "Retry-After"), "1");
  }
  EXPECT_EQ(tokens->stats().refused, before) << "no signature was looked at";
  EXPECT_EQ(status_with(known), 200) << "who was verified before goes on";
  EXPECT_EQ(call(who::customer, "GET", "/v1/me").status, 200) << "and keys do";
  EXPECT_EQ(status_with(token_of("jonas")), 429) << "a new token from there has to wait";
  steady_now += 100ms;
  EXPECT_EQ(status_with(token_of("jonas")), 200);
}

TEST_F(TokenSignInTest, ApiKeysGoOnAsBefore) {
  EXPECT_EQ(call(who::customer, "GET", "/v1/me").status, 200);
  EXPECT_EQ(call(who::admin, "GET", "/v1/me").status, 200);
  EXPECT_EQ(status_with("atr_nonsense"), 401);
}

TEST(JwksKeeperTest, ItsThreadFetchesAtStartAndWhenAsked) {
  std::mutex mutex;
  std::condition_variable came;
  int fetches = 0;
  const ed25519_issuer issuer("1");
  jwks_keeper keeper(
      [&](const std::atomic<bool>&) -> result<std::string> {
        const std::lock_guard lock(mutex);
        ++fetches;
        came.notify_all();
        return key_set(issuer.jwk());
      },
      {});
  keeper.start();
  const auto wait_for = [&](int n) {
    std::unique_lock lock(mutex);
    return came.wait_for(lock, 10s, [&] { return fetches >= n; });
  };
  EXPECT_TRUE(wait_for(1));
  keeper.refresh_now();
  EXPECT_TRUE(wait_for(2));
  keeper.stop();
  EXPECT_EQ(keeper.generation(), 1u) << "the same keys are no news";
}

}  // namespace
}  // namespace atrium::test
