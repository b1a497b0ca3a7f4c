#pragma once

#include <memory>
#include <vector>

#include "cluster-config/options.hpp"
#include "http/api_context.hpp"
#include "http/token_sign_in.hpp"

namespace atrium {

/// Signing in by token as the options say: the issuer's keys, the thread that fetches them, and
/// the rules.
class token_access {
 public:
  /// Null when the options name no issuer. Fails when a file of keys cannot be used; an address may
  /// only be down for now.
  static result<std::unique_ptr<token_access>> open(const options& o, const clock_port& clock);

  http::token_sign_in& sign_in() { return sign_in_; }
  void start() { keys_.start(); }
  void stop() { keys_.stop(); }
  /// Fetches the keys again.
  void reload() { keys_.refresh_now(); }
  /// For /metrics.
  std::vector<http::metric_sample> numbers() const;

 private:
  token_access(const options& o, const clock_port& clock);

  http::jwks_keeper keys_;
  http::token_sign_in sign_in_;
};

}  // namespace atrium
