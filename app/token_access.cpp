#include "app/token_access.hpp"

#include "app/token_keys.hpp"
#include "cluster-config/values.hpp"

namespace atrium {
namespace {

http::token_rules rules_of(const options& o) {
  http::token_rules r;
  r.issuer = o.jwt_issuer;
  r.audience = o.jwt_audience;
  for (const auto& name : split_list(o.jwt_algorithms))
    r.algorithms.push_back(*http::parse_jws_algorithm(name));
  r.clock_skew = o.jwt_clock_skew;
  r.roles_claim = o.jwt_roles_claim;
  r.admin_role = o.jwt_admin_role;
  r.operator_role = o.jwt_operator_role;
  r.customer_role = o.jwt_customer_role;
  return r;
}

http::jwks_keeper::options keeper_options_of(const options& o) {
  http::jwks_keeper::options k;
  k.interval = o.jwt_keys_refresh;
  return k;
}

}  // namespace

token_access::token_access(const options& o, const clock_port& clock)
    : keys_(fetch_token_keys(o.jwt_keys, o.jwt_keys_ca), keeper_options_of(o)),
      sign_in_(rules_of(o), keys_, clock) {}

result<std::unique_ptr<token_access>> token_access::open(const options& o,
                                                         const clock_port& clock) {
  if (o.jwt_issuer.empty()) return std::unique_ptr<token_access>();
  std::unique_ptr<token_access> made(new token_access(o, clock));
  if (o.jwt_keys.find("://") == std::string::npos)
    if (auto read = made->keys_.fetch_once(); !read)
      return failure{.code = read.error().code, .detail = "jwt-keys: " + read.error().detail};
  return made;
}

std::vector<http::metric_sample> token_access::numbers() const {
  using kind = http::metric_sample::kind;
  const auto t = sign_in_.stats();
  const auto k = keys_.stats();
  const auto total = [](const char* name, const char* help, std::uint64_t v) {
    return http::metric_sample{kind::counter, name, help, {}, static_cast<double>(v)};
  };
  const auto gauge = [](const char* name, const char* help, double v) {
    return http::metric_sample{kind::gauge, name, help, {}, v};
  };
  return {
      total("atrium_token_verified_total", "Tokens whose signature was found good.", t.verified),
      total("atrium_token_remembered_total", "Requests with a token verified before.",
            t.remembered),
      total("atrium_token_refused_total", "Requests with a token that was refused.", t.refused),
      total("atrium_token_keys_fetched_total", "Fetches of the issuer's keys.", k.fetched),
      total("atrium_token_keys_failed_total", "Fetches that failed.", k.failed),
      gauge("atrium_token_keys", "Keys of the issuer in use.", static_cast<double>(k.keys)),
      gauge("atrium_token_keys_age_seconds", "Since the keys were fetched; -1: there are none yet.",
            static_cast<double>(k.age_s)),
  };
}

}  // namespace atrium
