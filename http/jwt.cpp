#include "http/jwt.hpp"

#include <sodium.h>

#include <algorithm>
#include <cmath>

#include "domain/account.hpp"
#include "http/idempotency.hpp"

namespace atrium::http {
namespace {

constexpr std::size_t most_subject_bytes = 255;
constexpr std::size_t most_audiences = 50, most_roles = 500;
constexpr double latest_second = 253'402'300'799.0;  // the year 9999

failure refused(std::string detail) {
  return failure{.code = ec::unauthenticated, .detail = std::move(detail)};
}

std::optional<std::string_view> text_of(json_value object, std::string_view name) {
  const auto found = object.find(name);
  if (!found || found->type() != json_value::kind::string) return {};
  return found->text();
}

/// Media types compare without case, and "application/" may be left out (RFC 7515, 4.1.9).
bool is_acceptable_type(std::string_view typ) {
  std::string lower(typ);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; });
  if (lower.starts_with("application/")) lower.erase(0, 12);
  return lower == "jwt" || lower == "at+jwt";
}

result<token_parts> read_header(json_value header, const token_rules& rules) {
  if (header.type() != json_value::kind::object)
    return refused("The token's header is no JSON object.");
  if (header.find("crit"))
    return refused(
        "The token's header marks extensions as critical (\"crit\"); none is supported here.");
  if (header.find("typ")) {
    const auto typ = text_of(header, "typ");
    if (!typ || !is_acceptable_type(*typ))
      return refused("The token is of another type than JWT or at+jwt; send an access token.");
  }
  const auto alg = text_of(header, "alg");
  const auto known = alg ? parse_jws_algorithm(*alg) : std::nullopt;
  if (!known ||
      std::find(rules.algorithms.begin(), rules.algorithms.end(), *known) == rules.algorithms.end())
    return refused("The token's signature algorithm is not accepted here.");
  token_parts out;
  out.algorithm = *known;
  if (header.find("kid")) {
    const auto kid = text_of(header, "kid");
    if (!kid || kid->empty()) return refused("The token's \"kid\" is not a text.");
    out.key_id = std::string(*kid);
  }
  return out;
}

/// Seconds since the epoch (RFC 7519, 2), fractions allowed.
std::optional<instant> read_date(json_value v) {
  if (v.type() != json_value::kind::integer && v.type() != json_value::kind::fraction) return {};
  const double seconds = v.number();
  if (!(seconds >= 0 && seconds <= latest_second)) return {};
  return instant(milliseconds(static_cast<std::int64_t>(std::floor(seconds * 1000.0))));
}

/// Fails unless the token is in its time; the answer is `exp`.
result<instant> check_times(json_value claims, const token_rules& rules, instant now) {
  const auto expiry = claims.find("exp");
  if (!expiry) return refused("The token has no \"exp\"; tokens must expire.");
  const auto exp = read_date(*expiry);
  if (!exp) return refused("The token's \"exp\" is not a time.");
  if (now >= *exp + rules.clock_skew)
    return refused("The token expired at " + format_instant(*exp) + ". Sign in again.");
  for (const char* name : {"nbf", "iat"}) {
    const auto claim = claims.find(name);
    if (!claim) continue;
    const auto from = read_date(*claim);
    if (!from) return refused(std::string("The token's \"") + name + "\" is not a time.");
    if (*from > now + rules.clock_skew)
      return refused("The token is not valid before " + format_instant(*from) +
                     "; check the clocks of the issuer and of this server.");
  }
  return *exp;
}

bool has_audience(json_value claims, std::string_view wanted) {
  const auto aud = claims.find("aud");
  if (!aud) return false;
  if (aud->type() == json_value::kind::string) return aud->text() == wanted;
  if (aud->type() != json_value::kind::array || aud->size() > most_audiences) return false;
  for (std::size_t i = 0; i < aud->size(); ++i)
    if (aud->at(i).type() == json_value::kind::string && aud->at(i).text() == wanted) return true;
  return false;
}

/// "~1" and "~0" of RFC 6901 back to "/" and "~".
std::string unescaped(std::string_view token) {
  std::string out;
  for (std::size_t i = 0; i < token.size(); ++i) {
    if (token[i] == '~' && i + 1 < token.size() && (token[i + 1] == '0' || token[i + 1] == '1'))
      out += token[++i] == '1' ? '/' : '~';
    else
      out += token[i];
  }
  return out;
}

std::optional<json_value> find_claim(json_value claims, std::string_view path) {
  if (!path.starts_with('/')) return claims.find(path);
  std::optional<json_value> at = claims;
  while (at && !path.empty()) {
    path.remove_prefix(1);
    const auto end = path.find('/');
    if (at->type() != json_value::kind::object) return {};
    at = at->find(unescaped(path.substr(0, end)));
    path = end == std::string_view::npos ? std::string_view() : path.substr(end);
  }
  return at;
}

/// The strongest role that the claim names.
std::optional<ev::role> read_role(json_value claims, const token_rules& rules) {
  std::optional<ev::role> best;
  if (rules.customer_role.empty()) best = ev::role::customer;
  const auto consider = [&](json_value v) {
    if (v.type() != json_value::kind::string || v.text().empty()) return;
    if (v.text() == rules.admin_role)
      best = ev::role::admin;
    else if (v.text() == rules.operator_role && best != ev::role::admin)
      best = ev::role::operator_;
    else if (v.text() == rules.customer_role && !best)
      best = ev::role::customer;
  };
  const auto claim = find_claim(claims, rules.roles_claim);
  if (!claim) return best;
  if (claim->type() != json_value::kind::array) {
    consider(*claim);
    return best;
  }
  for (std::size_t i = 0; i < std::min(claim->size(), most_roles); ++i) consider(claim->at(i));
  return best;
}

/// Name, e-mail and locale as far as the token says them and an account can hold them.
ev::account_facts facts_of(json_value claims, const account_id& id, ev::role as) {
  // Always valid: a subject may hold what a name must not.
  ev::account_facts out{id.str(), id.str() + "@token.invalid", as, "en"};
  const auto locale = text_of(claims, "locale").value_or("");
  if (locale == "ko" || locale.starts_with("ko-")) out.locale = "ko";
  const auto take = [&](std::string_view claim, std::string ev::account_facts::*member) {
    const auto value = text_of(claims, claim);
    if (!value) return false;
    auto tried = out;
    tried.*member = std::string(*value);
    if (!validate(tried).empty()) return false;
    out = std::move(tried);
    return true;
  };
  if (!take("name", &ev::account_facts::name) &&
      !take("preferred_username", &ev::account_facts::name))
    take("sub", &ev::account_facts::name);
  take("email", &ev::account_facts::email);
  return out;
}

}  // namespace

bool looks_like_token(std::string_view text) {
  const auto first = text.find('.');
  const auto last = text.rfind('.');
  return first != std::string_view::npos && first > 0 && last > first + 1 &&
         last + 1 < text.size() && text.find('.', first + 1) == last;
}

result<token_parts> read_token(std::string_view token, const token_rules& rules) {
  if (token.size() > max_token_bytes)
    return refused("The token has more than " + std::to_string(max_token_bytes) +
                   " bytes; ask its issuer for a smaller one.");
  if (!looks_like_token(token)) return refused("This is no signed token.");
  const auto first = token.find('.');
  const auto last = token.rfind('.');
  const auto header = decode_base64url(token.substr(0, first));
  auto claims = decode_base64url(token.substr(first + 1, last - first - 1));
  if (!header || !claims) return refused("The token is not base64url; copy it completely.");
  const auto doc = json_document::parse(*header);
  if (!doc) return refused("The token's header is not valid JSON: " + doc.error().detail);
  auto out = read_header(doc->root(), rules);
  if (out) out->claims = std::move(*claims);
  return out;
}

result<token_identity> read_claims(std::string_view claims, const token_rules& rules, instant now) {
  const auto doc = json_document::parse(claims);
  if (!doc) return refused("The token's claims are not valid JSON: " + doc.error().detail);
  const auto root = doc->root();
  if (root.type() != json_value::kind::object)
    return refused("The token's claims are no JSON object.");
  if (text_of(root, "iss") != rules.issuer)
    return refused("The token is not from the issuer that is trusted here.");
  if (!has_audience(root, rules.audience))
    return refused("The token was made for another audience.");
  const auto expires_at = check_times(root, rules, now);
  if (!expires_at) return expires_at.error();
  const auto subject = text_of(root, "sub");
  if (!subject || subject->empty() || subject->size() > most_subject_bytes)
    return refused("The token has no \"sub\" of 1 to 255 bytes.");
  const auto role = read_role(root, rules);
  if (!role)
    return failure{.code = ec::forbidden,
                   .detail = "The token names no role of Atrium. Ask for one where you sign in."};
  token_identity out;
  out.account = account_of_token(rules.issuer, *subject);
  out.facts = facts_of(root, out.account, *role);
  out.expires_at = *expires_at;
  return out;
}

account_id account_of_token(std::string_view issuer, std::string_view subject) {
  return account_id("acc_" + derived_id("token", issuer, subject));
}

}  // namespace atrium::http
