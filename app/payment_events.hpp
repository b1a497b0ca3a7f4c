#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "actors/protocol/command_port.hpp"
#include "cluster-config/options.hpp"
#include "domain/failure.hpp"
#include "http/api_context.hpp"
#include "payments/stripe_events.hpp"

namespace atrium {

/// The way in for the payment provider's events, with its secrets and numbers.
/// Concurrency: every member from any thread.
class payment_events {
 public:
  /// `clock` and `desk` outlive it. Fails with a text for people: a file of secrets that cannot be
  /// used.
  static result<std::unique_ptr<payment_events>> open(const options& o, const clock_port& clock,
                                                      command_port& desk);

  /// As stripe_events::take(); what is refused is logged at most once in ten seconds.
  result<void> take(std::string_view signature, std::string_view body);
  /// Reads the file of secrets again. A mistake is logged; the secrets in use stay.
  void reload();
  std::vector<http::metric_sample> numbers() const;

 private:
  payment_events(const options& o, std::vector<std::string> secrets, const clock_port& clock,
                 command_port& desk);

  const options& options_;
  stripe_events events_;
  std::atomic<std::int64_t> next_warning_ms_{0};
};

}  // namespace atrium
