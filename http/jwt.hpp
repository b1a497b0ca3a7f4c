#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "domain/events.hpp"
#include "domain/failure.hpp"
#include "domain/time.hpp"
#include "http/json.hpp"
#include "http/jwk_set.hpp"

/// What a JSON Web Token (RFC 7519) must look like to sign somebody in; pure functions. The rules
/// follow RFC 8725 (best practices) and RFC 9068 (access tokens).
namespace atrium::http {

/// Longest token that is looked at, in bytes.
inline constexpr std::size_t max_token_bytes = 6 * 1024;

struct token_rules {
  std::string issuer;    ///< compared exactly
  std::string audience;  ///< must be among the token's
  std::vector<jws_algorithm> algorithms;
  std::chrono::milliseconds clock_skew{60'000};  ///< between the issuer's clock and ours
  /// Member of the claims, or an RFC 6901 pointer when it begins with "/"; its value is a text or
  /// an array of texts.
  std::string roles_claim = "roles";
  std::string admin_role = "atrium-admin";
  std::string operator_role = "atrium-operator";
  std::string customer_role;  ///< empty: who has neither of the others is a customer
};

/// The parts of a compact JWS before anything about it is believed. Views point into the token.
struct token_parts {
  jws_algorithm algorithm = jws_algorithm::rs256;
  std::optional<std::string> key_id;
  std::string claims;  ///< decoded, JSON or not
};

/// Who a token speaks of.
struct token_identity {
  account_id account;       ///< derived from issuer and subject, always the same
  ev::account_facts facts;  ///< role by the rules; name, e-mail and locale as far as claimed
  instant expires_at{};     ///< without skew
};

/// Three non-empty parts between dots: meant as a token. API keys never look so.
bool looks_like_token(std::string_view text);

/// Reads the header. Fails with unauthenticated for: more than max_token_bytes, wrong base64url,
/// a header that is not strict JSON (duplicate members), `crit`, a `typ` that is neither a JWT nor
/// an access token, an algorithm outside the list. Keys or addresses of keys in the header (`jwk`,
/// `jku`, `x5c`, `x5u`) mean nothing here.
result<token_parts> read_token(std::string_view token, const token_rules& rules);

/// Reads claims whose signature is good. Fails with unauthenticated (wrong issuer or audience, out
/// of its time, no `exp`, no `sub`, duplicate members) or forbidden (no role of Atrium).
result<token_identity> read_claims(std::string_view claims, const token_rules& rules, instant now);

/// "acc_" and 26 base32 characters: 128 bits of BLAKE2b over (issuer, subject). Never change it:
/// who signed in by token owns what stands under this id.
account_id account_of_token(std::string_view issuer, std::string_view subject);

}  // namespace atrium::http
