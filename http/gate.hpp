#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "http/message.hpp"
#include "http/rate_limiter.hpp"
#include "http/router.hpp"

namespace atrium::http {

/// Says who calls, from the value of the Authorization field ("" when there is none). An anonymous
/// principal is a good answer; a failure means wrong credentials. Credentials that are costly to
/// check and were not checked before may fail with rate_limited when `may_cost()` is false: the
/// caller's address has sent too many wrong ones. Called on io threads: must not block.
using may_cost = std::function<bool()>;
using authenticator =
    std::function<result<principal>(std::string_view authorization, const may_cost& costly)>;

/// Everything that is decided about a request before its handler runs, and before its body is read:
/// route, method, caller, rate limit, role, scope. Knows no sockets.
/// Concurrency: admit() from any thread.
class gate {
 public:
  struct limits {
    rate_limit account;  ///< per signed-in account
    rate_limit address;  ///< per address of anonymous callers and of wrong credentials
    std::size_t most_keys = 10'000;
    /// Why new work of this caller would be refused now; may be empty. Cheap; any thread.
    std::function<std::optional<failure>(const principal&)> busy = {};
  };

  gate(std::vector<route> routes, authenticator who, limits limits);

  struct admission {
    std::size_t route = router::none;
    std::optional<response> refusal;  ///< answer this instead of calling the handler
    std::string rate_headers;         ///< whole header lines, "" when nothing is limited
    bool may_book = false;            ///< the route books, and is refused at most by a busy desk
  };
  /// Completes `r` (params, caller, language) and decides. `address`: what counts as one anonymous
  /// caller (an IPv4 address, an IPv6 /64).
  admission admit(request& r, std::string_view address, std::chrono::steady_clock::time_point now);

  /// The route that books under just this target; router::none when there is none.
  std::size_t booking_route(verb method, std::string_view target) const;
  /// Why admit() would refuse new work of `r.caller`, who was let in to `route` lately: because the
  /// desk is busy. Completes the language of `r`. Nothing: only admit() can say.
  std::optional<failure> shed(request& r, std::size_t route, std::string_view accept_language,
                              std::chrono::steady_clock::time_point now, std::string& rate_headers);

  const std::vector<route>& routes() const { return router_.routes(); }

 private:
  std::optional<failure> identify(request& r, const route& to, std::string_view address,
                                  std::chrono::steady_clock::time_point now) const;
  bool take_token(const request& r, std::string_view address, bool anonymous,
                  std::chrono::steady_clock::time_point now, admission& out);

  router router_;
  std::vector<std::size_t> booking_;  ///< routes that book, without placeholders
  authenticator who_;
  rate_limiter accounts_;
  rate_limiter addresses_;
  std::function<std::optional<failure>(const principal&)> busy_;
};

}  // namespace atrium::http
