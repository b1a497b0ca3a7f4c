#include "http/gate.hpp"

#include <algorithm>

#include "http/accept.hpp"
#include "http/target.hpp"
#include "http/trace_context.hpp"

namespace atrium::http {
namespace {

response options_answer(std::string_view allow) {
  response out;
  out.status = 204;
  out.content_type.clear();
  out.headers.emplace_back("Allow", allow);
  return out;
}

failure refused(ec code, std::string detail, std::string reason = {}) {
  failure f;
  f.code = code;
  f.detail = std::move(detail);
  f.reason = std::move(reason);
  return f;
}

std::optional<failure> check_role(access who, const principal& caller) {
  if (who == access::anonymous) return {};
  if (caller.anonymous())
    return refused(ec::unauthenticated,
                   "Send an API key or token as \"Authorization: Bearer ...\".");
  if (who == access::operators && !caller.is_operator())
    return refused(ec::forbidden,
                   "Only operators and administrators may do this. Use the key of one.");
  if (who == access::admins && !caller.is_admin())
    return refused(ec::forbidden, "Only administrators may do this. Use the key of one.");
  return {};
}

std::optional<failure> check_scope(const std::string& scope, const principal& caller) {
  const auto& has = caller.scopes;
  if (scope.empty() || has.empty() || caller.anonymous()) return {};
  const auto fits = [&](const std::string& s) { return s == scope || s == "*"; };
  if (std::any_of(has.begin(), has.end(), fits)) return {};
  return refused(ec::forbidden, "This key lacks the scope \"" + scope + "\". Use one that has it.",
                 scope);
}

void append_rate_headers(std::string_view name, const rate_limit& limit,
                         const rate_limiter::verdict& v, std::string& out) {
  const auto window =
      std::max<std::uint32_t>(1, (limit.burst + limit.per_second - 1) / limit.per_second);
  out.append("RateLimit-Policy: \"")
      .append(name)
      .append("\";q=")
      .append(std::to_string(limit.burst));
  out.append(";w=").append(std::to_string(window));
  out.append("\r\nRateLimit: \"").append(name).append("\";r=").append(std::to_string(v.left));
  out.append(";t=").append(std::to_string((v.full.count() + 999) / 1000)).append("\r\n");
}

void choose_language(request& r, std::string_view accept_language) {
  const auto accepted = preferred_language(accept_language);
  if (!accepted.empty())
    r.language = accepted;
  else
    r.language = r.caller.locale == "ko" ? "ko" : "en";
}

}  // namespace

gate::gate(std::vector<route> routes, authenticator who, limits limits)
    : router_(std::move(routes)),
      who_(std::move(who)),
      accounts_(limits.account, limits.most_keys),
      addresses_(limits.address, limits.most_keys),
      busy_(std::move(limits.busy)) {
  const auto& all = router_.routes();
  for (std::size_t i = 0; i != all.size(); ++i)
    if (all[i].books && all[i].pattern.find('{') == std::string::npos) booking_.push_back(i);
}

std::optional<failure> gate::identify(request& r, const route& to, std::string_view address,
                                      std::chrono::steady_clock::time_point now) const {
  r.caller = {};
  const auto authorization = r.header("authorization");
  if (!who_ || (to.who == access::anonymous && authorization.empty())) return {};
  const auto has_token = [this, address, now] { return addresses_.has_token(address, now); };
  auto caller = who_(authorization, std::cref(has_token));
  if (caller) {
    r.caller = std::move(*caller);
    return {};
  }
  // A stale key must not keep anyone from reading what everybody may read.
  if (to.who == access::anonymous) return {};
  return caller.error();
}

bool gate::take_token(const request& r, std::string_view address, bool anonymous,
                      std::chrono::steady_clock::time_point now, admission& out) {
  auto& limiter = anonymous ? addresses_ : accounts_;
  if (!limiter.enabled()) return true;
  const auto name = anonymous ? std::string_view("address") : std::string_view("account");
  const auto v = limiter.take(anonymous ? address : r.caller.account.view(), now);
  append_rate_headers(name, limiter.limit(), v, out.rate_headers);
  if (v.allowed) return true;
  auto f = refused(ec::rate_limited,
                   "The limit of " + std::to_string(limiter.limit().per_second) +
                       " requests per second (at most " + std::to_string(limiter.limit().burst) +
                       " at once) for this " + std::string(name) + " is used up; wait and repeat.",
                   std::string(name));
  f.retry_after_ms = v.next.count();
  out.refusal = problem(f, r);
  return false;
}

gate::admission gate::admit(request& r, std::string_view address,
                            std::chrono::steady_clock::time_point now) {
  admission out;
  choose_language(r, r.header("accept-language"));
  if (r.target == "*") {
    out.refusal = options_answer("GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
    return out;
  }
  auto path = split_query(origin_form(r.target)).first;
  if (path.empty()) path = "/";
  const auto found = router_.find(r.method, path, r.params);
  out.route = found.index;
  if (found.index == router::none) {
    if (found.allow.empty()) {
      out.refusal =
          problem(refused(ec::not_found, "There is nothing at this address; see /docs."), r);
    } else if (r.method == verb::options) {
      out.refusal = options_answer(found.allow);
    } else {
      out.refusal =
          edge_problem("method-not-allowed",
                       "Use one of these methods here: " + std::string(found.allow) + ".", r);
      out.refusal->headers.emplace_back("Allow", found.allow);
    }
    return out;
  }
  const auto& to = router_.routes()[found.index];
  const auto wrong = identify(r, to, address, now);
  choose_language(r, r.header("accept-language"));  // again, with the caller's own locale
  if (to.limited && !take_token(r, address, r.caller.anonymous(), now, out)) return out;
  auto refusal = wrong ? wrong : check_role(to.who, r.caller);
  if (!refusal) refusal = check_scope(to.scope, r.caller);
  out.may_book = !refusal && to.books;
  if (out.may_book && busy_) refusal = busy_(r.caller);
  if (refusal) out.refusal = problem(*refusal, r);
  return out;
}

std::size_t gate::booking_route(verb method, std::string_view target) const {
  const auto found = std::find_if(booking_.begin(), booking_.end(), [&](std::size_t i) {
    return routes()[i].method == method && routes()[i].pattern == target;
  });
  return found == booking_.end() ? router::none : *found;
}

std::optional<failure> gate::shed(request& r, std::size_t route, std::string_view accept_language,
                                  std::chrono::steady_clock::time_point now,
                                  std::string& rate_headers) {
  const bool limited = routes()[route].limited && accounts_.enabled();
  if (!busy_ || (limited && !accounts_.has_token(r.caller.account.view(), now))) return {};
  auto why = busy_(r.caller);
  if (!why) return {};
  choose_language(r, accept_language);
  if (!limited) return why;
  admission taken;
  if (!take_token(r, {}, false, now, taken)) return {};
  rate_headers = std::move(taken.rate_headers);
  return why;
}

}  // namespace atrium::http
