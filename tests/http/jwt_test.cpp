// Tokens, keys and claims as pure functions.
#include "http/jwt.hpp"

#include <gmock/gmock.h>

#include "tests/http/token_maker.hpp"

namespace atrium::test {
namespace {

using namespace atrium::http;
using ::testing::HasSubstr;
using verdict = jwk_set::verdict;

const instant now = *parse_instant("2026-11-23T00:00:00Z");

token_rules rules() {
  token_rules r;
  r.issuer = "https://id.example";
  r.audience = "atrium";
  r.algorithms = {jws_algorithm::rs256, jws_algorithm::es256, jws_algorithm::eddsa};
  return r;
}

std::string token_with(std::string_view header) {
  return base64url(header) + "." + base64url("{}") + "." + base64url("signature");
}

/// Why the header is refused; "" when it is not.
std::string header_refusal(std::string_view header) {
  const auto read = read_token(token_with(header), rules());
  if (read) return "";
  EXPECT_EQ(read.error().code, ec::unauthenticated);
  return read.error().detail;
}

std::string claims_refusal(std::string_view claims, const token_rules& r = rules()) {
  const auto read = read_claims(claims, r, now);
  return read ? "" : read.error().detail;
}

std::string claims_at(int iat, int nbf, int exp) {
  const auto s = [](int offset) {
    return std::to_string(now.time_since_epoch().count() / 1000 + offset);
  };
  return R"({"iss":"https://id.example","aud":"atrium","sub":"mina","iat":)" + s(iat) +
         ",\"nbf\":" + s(nbf) + ",\"exp\":" + s(exp) + "}";
}

TEST(JwtTest, OnlyListedAsymmetricAlgorithmsAreRead) {
  EXPECT_EQ(header_refusal(R"({"alg":"ES256"})"), "");
  for (const char* alg : {"none", "None", "HS256", "HS512", "RS384", "es256", "ES256K", "dir", ""})
    EXPECT_THAT(header_refusal(std::string(R"({"alg":")") + alg + "\"}"), HasSubstr("algorithm"))
        << alg;
  EXPECT_THAT(header_refusal(R"({"typ":"JWT"})"), HasSubstr("algorithm"));
  EXPECT_THAT(header_refusal(R"({"alg":["ES256"]})"), HasSubstr("algorithm"));
  EXPECT_FALSE(parse_jws_algorithm("none"));
  EXPECT_FALSE(parse_jws_algorithm("HS256"));
}

TEST(JwtTest, CriticalExtensionsAreRefusedWhateverTheyAre) {
  EXPECT_THAT(header_refusal(R"({"alg":"ES256","crit":["b64"],"b64":false})"), HasSubstr("crit"));
  EXPECT_THAT(header_refusal(R"({"alg":"ES256","crit":[]})"), HasSubstr("crit"));
}

TEST(JwtTest, DuplicateMembersAreRefused) {
  EXPECT_THAT(header_refusal(R"({"alg":"none","alg":"ES256"})"), HasSubstr("JSON"));
  auto claims = good_claims(now);
  EXPECT_EQ(claims_refusal(claims), "");
  claims.insert(1, R"("sub":"jonas",)");
  EXPECT_THAT(claims_refusal(claims), HasSubstr("JSON"));
}

TEST(JwtTest, OtherTypesOfTokensAreRefused) {
  for (const char* typ : {"JWT", "jwt", "at+jwt", "application/at+jwt", "application/JWT"})
    EXPECT_EQ(header_refusal(std::string(R"({"alg":"ES256","typ":")") + typ + "\"}"), "") << typ;
  for (const char* typ : {"dpop+jwt", "secevent+jwt", "logout+jwt", "JOSE", ""})
    EXPECT_THAT(header_refusal(std::string(R"({"alg":"ES256","typ":")") + typ + "\"}"),
                HasSubstr("type"))
        << typ;
}

TEST(JwtTest, MalformedTokensAreRefused) {
  const auto good = token_with(R"({"alg":"ES256"})");
  EXPECT_TRUE(read_token(good, rules()));
  const auto end = good.substr(good.find('.'));
  for (const std::string& bad :
       {std::string(), std::string(".."), "." + good, good + ".x", good.substr(0, good.rfind('.')),
        good.substr(0, good.rfind('.') + 1), "A" + good, "!" + good, good.substr(1),
        base64url("[]") + end, base64url("{") + end, base64url("{}") + end,
        base64url(R"({"alg":"ES256"} )") + "=" + end})
    EXPECT_FALSE(read_token(bad, rules())) << bad;
  const auto oversized =
      token_with(R"({"alg":"ES256","x":")" + std::string(max_token_bytes, 'a') + "\"}");
  EXPECT_THAT(read_token(oversized, rules()).error().detail, HasSubstr("6144 bytes"));
}

TEST(JwtTest, Base64urlIsCanonical) {
  EXPECT_EQ(decode_base64url("Zm9v"), "foo");
  EXPECT_EQ(decode_base64url("Zg"), "f");
  for (const char* bad : {"Zg==", "Zh", "Z", "Zm9v\n", "Zm+v", "Zm/v", " Zm9v"})
    EXPECT_EQ(decode_base64url(bad), std::nullopt) << bad;
}

TEST(JwtTest, IssuerAndAudienceAreComparedExactly) {
  EXPECT_EQ(claims_refusal(good_claims(now)), "");
  auto r = rules();
  r.issuer = "https://id.example/";
  EXPECT_THAT(claims_refusal(good_claims(now), r), HasSubstr("issuer"));
  r = rules();
  r.audience = "Atrium";
  EXPECT_THAT(claims_refusal(good_claims(now), r), HasSubstr("audience"));
  const auto with_audience = [](const std::string& aud) {
    auto claims = good_claims(now);
    claims.replace(claims.find(R"("aud":"atrium")"), 14, "\"aud\":" + aud);
    return claims_refusal(claims);
  };
  EXPECT_EQ(with_audience(R"(["x","atrium"])"), "");
  EXPECT_THAT(with_audience(R"(["x","atrium2"])"), HasSubstr("audience"));
  EXPECT_THAT(with_audience(R"({"atrium":1})"), HasSubstr("audience"));
  EXPECT_THAT(with_audience("null"), HasSubstr("audience"));
}

TEST(JwtTest, TimesAreCheckedWithTheSkew) {
  EXPECT_EQ(claims_refusal(claims_at(-10, -10, 10)), "");
  EXPECT_EQ(claims_refusal(claims_at(-90, -90, -59)), "") << "a minute of skew";
  EXPECT_THAT(claims_refusal(claims_at(-90, -90, -60)), HasSubstr("expired"));
  EXPECT_EQ(claims_refusal(claims_at(0, 60, 90)), "");
  EXPECT_THAT(claims_refusal(claims_at(0, 61, 90)), HasSubstr("not valid before"));
  EXPECT_THAT(claims_refusal(claims_at(61, 0, 90)), HasSubstr("not valid before"));
}

TEST(JwtTest, ExpiryIsRequiredAndANumber) {
  const std::string rest = R"("iss":"https://id.example","aud":"atrium","sub":"mina"})";
  EXPECT_THAT(claims_refusal("{" + rest), HasSubstr("exp"));
  for (const char* exp : {"\"2026-11-24\"", "-1", "1e300", "null", "253402300800"})
    EXPECT_NE(claims_refusal("{\"exp\":" + std::string(exp) + "," + rest), "") << exp;
  EXPECT_EQ(claims_refusal("{\"exp\":1795392000.5," + rest), "");
}

TEST(JwtTest, SubjectIsRequired) {
  auto claims = good_claims(now);
  claims.replace(claims.find("\"mina\""), 6, "\"\"");
  EXPECT_THAT(claims_refusal(claims), HasSubstr("sub"));
  claims.replace(claims.find("\"\""), 2, "7");
  EXPECT_THAT(claims_refusal(claims), HasSubstr("sub"));
}

ev::role role_with(std::string_view more, const token_rules& r = rules()) {
  const auto read = read_claims(good_claims(now, more), r, now);
  EXPECT_TRUE(read) << more;
  return read->facts.as;
}

TEST(JwtTest, TheStrongestNamedRoleCounts) {
  EXPECT_EQ(role_with(""), ev::role::customer);
  EXPECT_EQ(role_with(R"(,"roles":["x"])"), ev::role::customer);
  EXPECT_EQ(role_with(R"(,"roles":"atrium-operator")"), ev::role::operator_);
  EXPECT_EQ(role_with(R"(,"roles":["atrium-admin","atrium-operator"])"), ev::role::admin);
  EXPECT_EQ(role_with(R"(,"roles":[1,null,"atrium-operator"])"), ev::role::operator_);
  EXPECT_EQ(role_with(R"(,"roles":{"atrium-admin":true})"), ev::role::customer);
}

TEST(JwtTest, RolesMayBeDeepInsideAndMayBeRequired) {
  auto r = rules();
  r.roles_claim = "/resource_access/a~1b/roles";
  EXPECT_EQ(role_with(R"(,"resource_access":{"a/b":{"roles":["atrium-admin"]}})", r),
            ev::role::admin);
  EXPECT_EQ(role_with(R"(,"resource_access":"atrium-admin")", r), ev::role::customer);
  r.roles_claim = "https://id.example/roles";
  EXPECT_EQ(role_with(R"(,"https://id.example/roles":["atrium-operator"])", r),
            ev::role::operator_);
  r.customer_role = "guest";
  EXPECT_EQ(role_with(R"(,"https://id.example/roles":["guest"])", r), ev::role::customer);
  const auto none = read_claims(good_claims(now), r, now);
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, ec::forbidden);
  r.admin_role.clear();
  EXPECT_FALSE(read_claims(good_claims(now, R"(,"https://id.example/roles":[""])"), r, now))
      << "an empty role is no role";
}

TEST(JwtTest, AccountsAreDerivedFromIssuerAndSubject) {
  const auto id = account_of_token("https://id.example", "mina");
  // Who signed in owns bookings under this id: a change here takes them away.
  EXPECT_EQ(id.str(), "acc_aloa5yb374yjba6xoiydrbfzkm");
  EXPECT_NE(id, account_of_token("https://id.example", "jonas"));
  EXPECT_NE(account_of_token("ab", "c"), account_of_token("a", "bc"));
  EXPECT_EQ(read_claims(good_claims(now), rules(), now)->account, id);
}

TEST(JwtTest, AccountFactsFollowTheClaimsAsFarAsTheyAreValid) {
  const auto facts = [](std::string_view more) {
    return read_claims(good_claims(now, more), rules(), now)->facts;
  };
  const auto full = facts(R"(,"name":"Mina","email":"m@example.org","locale":"ko-KR")");
  EXPECT_EQ(full.name, "Mina");
  EXPECT_EQ(full.email, "m@example.org");
  EXPECT_EQ(full.locale, "ko");
  const auto poor = facts(R"(,"name":"","email":"nobody","locale":"xx")");
  EXPECT_EQ(poor.name, "mina");
  EXPECT_THAT(poor.email, HasSubstr("@token.invalid"));
  EXPECT_EQ(poor.locale, "en");
}

TEST(JwkSetTest, SignaturesOfEveryFamilyAreChecked) {
  const ed25519_issuer ed("ed");
  const cjose_issuer rsa("rsa", "RSA"), p256("p256", "P-256"), p521("p521", "P-521");
  const auto keys =
      *jwk_set::parse(key_set(ed.jwk() + "," + rsa.jwk() + "," + p256.jwk() + "," + p521.jwk()));
  const auto claims = good_claims(now);
  EXPECT_EQ(keys.size(), 4u);
  EXPECT_EQ(keys.check(ed.sign(claims), jws_algorithm::eddsa, "ed"), verdict::good);
  EXPECT_EQ(keys.check(rsa.sign("RS256", claims), jws_algorithm::rs256, "rsa"), verdict::good);
  EXPECT_EQ(keys.check(rsa.sign("PS384", claims), jws_algorithm::ps384, "rsa"), verdict::good);
  EXPECT_EQ(keys.check(p256.sign("ES256", claims), jws_algorithm::es256, "p256"), verdict::good);
  EXPECT_EQ(keys.check(p521.sign("ES512", claims), jws_algorithm::es512, "p521"), verdict::good);
}

TEST(JwkSetTest, EveryChangeOfATokenIsNoticed) {
  const ed25519_issuer ed("ed");
  const cjose_issuer ec("ec", "P-256");
  const auto keys = *jwk_set::parse(key_set(ed.jwk() + "," + ec.jwk()));
  const auto spoil = [&](std::string token, jws_algorithm alg, const char* kid) {
    for (std::size_t i = token.find('.') + 1; i < token.size(); i += 3) {
      auto changed = token;
      changed[i] = changed[i] == 'A' ? 'B' : 'A';
      if (changed[i] == token[i] || token[i] == '.') continue;
      EXPECT_NE(keys.check(changed, alg, kid), verdict::good) << i;
    }
    EXPECT_EQ(keys.check(token + "AA", alg, kid), verdict::bad) << "longer signature";
    EXPECT_EQ(keys.check(token + "=", alg, kid), verdict::bad) << "padding";
    EXPECT_EQ(keys.check(token.substr(0, token.size() - 4), alg, kid), verdict::bad);
  };
  spoil(ed.sign(good_claims(now)), jws_algorithm::eddsa, "ed");
  spoil(ec.sign("ES256", good_claims(now)), jws_algorithm::es256, "ec");
}

TEST(JwkSetTest, AKeySignsOnlyWithAlgorithmsOfItsType) {
  const cjose_issuer p384("k", "P-384");
  const auto keys = *jwk_set::parse(key_set(p384.jwk()));
  const auto token = p384.sign("ES256", good_claims(now));  // ES256 wants P-256
  EXPECT_EQ(keys.check(token, jws_algorithm::es256, "k"), verdict::unknown_key);
  EXPECT_EQ(keys.check(token, jws_algorithm::rs256, "k"), verdict::unknown_key);
}

TEST(JwkSetTest, TheKeyIdChoosesTheKey) {
  const ed25519_issuer one("1"), two("2");
  const auto keys = *jwk_set::parse(key_set(one.jwk() + "," + two.jwk()));
  const auto token = one.sign(good_claims(now));
  EXPECT_EQ(keys.check(token, jws_algorithm::eddsa, "1"), verdict::good);
  EXPECT_EQ(keys.check(token, jws_algorithm::eddsa, "2"), verdict::bad);
  EXPECT_EQ(keys.check(token, jws_algorithm::eddsa, "3"), verdict::unknown_key);
  EXPECT_EQ(keys.check(token, jws_algorithm::eddsa, std::nullopt), verdict::ambiguous);
  const auto only = *jwk_set::parse(key_set(one.jwk()));
  EXPECT_EQ(only.check(token, jws_algorithm::eddsa, std::nullopt), verdict::good);
}

TEST(JwkSetTest, UnfitKeysAreLeftOutWithTheReason) {
  const ed25519_issuer good("good");
  const auto skipped = [&](const std::string& jwk) {
    const auto keys = jwk_set::parse(key_set(good.jwk() + "," + jwk));
    EXPECT_TRUE(keys) << jwk;
    EXPECT_EQ(keys->size(), 1u) << jwk;
    return keys->skipped().empty() ? "" : keys->skipped().front();
  };
  auto other = good.jwk();
  const auto with = [&](const std::string& more) {
    return other.substr(0, other.size() - 1) + more + "}";
  };
  EXPECT_THAT(skipped(with(R"(,"d":"AAAA")")), HasSubstr("private"));
  EXPECT_THAT(skipped(R"({"kty":"oct","k":"AAAA"})"), HasSubstr("private"));
  EXPECT_THAT(skipped(with(R"(,"use":"enc")")), HasSubstr("not for signatures"));
  EXPECT_THAT(skipped(with(R"(,"key_ops":["sign"])")), HasSubstr("not for signatures"));
  EXPECT_THAT(skipped(with(R"(,"alg":"RS256")")), HasSubstr("alg"));
  EXPECT_THAT(skipped(R"({"kty":"OKP","crv":"X25519","x":"AA"})"), HasSubstr("Ed25519"));
  EXPECT_THAT(skipped(R"({"kty":"OKP","crv":"Ed25519","x":"AA"})"), HasSubstr("32 bytes"));
  EXPECT_THAT(skipped(R"({"kty":"EC","crv":"secp256k1","x":"AA","y":"AA"})"), HasSubstr("curve"));
  EXPECT_THAT(skipped(R"({"kty":"EC","crv":"P-256","x":"AA","y":"AA"})"), HasSubstr("no key"));
  EXPECT_THAT(
      skipped(R"({"kty":"RSA","n":")" + base64url(std::string(128, 'x')) + R"(","e":"AQAB"})"),
      HasSubstr("2048"));
  EXPECT_THAT(skipped("7"), HasSubstr("no JSON object"));
}

TEST(JwkSetTest, WhatIsNoKeySetIsRefused) {
  for (const std::string& bad :
       {std::string(), std::string("{}"), std::string("[]"), std::string(R"({"keys":{}})"),
        key_set(""), key_set(R"({"kty":"oct","k":"AAAA"})"),
        std::string(jwk_set::most_bytes + 1, ' ')})
    EXPECT_FALSE(jwk_set::parse(bad)) << bad.substr(0, 40);
  std::string many;
  const ed25519_issuer one("1");
  for (std::size_t i = 0; i <= jwk_set::most_keys; ++i) many += (i ? "," : "") + one.jwk();
  EXPECT_FALSE(jwk_set::parse(key_set(many)));
}

}  // namespace
}  // namespace atrium::test
