#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "domain/failure.hpp"

namespace atrium::psp {

enum class fault : std::uint8_t {
  none,
  timeout_before_effect,  ///< no effect, no answer
  timeout_after_effect,   ///< effect, no answer
  late_effect,            ///< effect and answer only after `lateMs`
  reset_before_effect,    ///< no effect, the connection is reset
  reset_after_effect,     ///< effect, the connection is reset
  server_error,           ///< no effect, 500, in bursts
  server_error_after_effect,
  rate_limited,  ///< no effect, 429
};
/// "timeout-before-effect", ...
std::string_view to_string(fault f);

/// What happens to one request.
struct planted {
  fault what = fault::none;
  std::chrono::milliseconds latency{0};
};
/// What happens to one webhook.
struct webhook_fate {
  int copies = 1;  ///< 0: lost, 2: duplicated
  std::chrono::milliseconds delay{0};
};

/// Decides which requests and webhooks go wrong, from probabilities and a seed: the same plan and
/// the same order of requests give the same faults.
/// Concurrency: from any thread.
class fault_plan {
 public:
  /// Replaces the plan by a JSON document (psp/README.md says what may be in it). Fails with
  /// validation and a text for people; the plan is then as it was.
  result<void> set(std::string_view json);
  void clear();

  /// `operation`: "authorize", "capture", "cancel", "refund" or "read".
  planted draw(std::string_view operation);
  webhook_fate draw_webhook();
  std::chrono::milliseconds late() const;
  std::chrono::milliseconds search_lag() const;
  /// The plan as it was set, and how often each fault was planted since.
  std::string describe() const;

 private:
  struct next_fault {
    std::string operation;  ///< "" for any
    fault what = fault::none;
  };
  struct plan {
    std::string text = "{}";
    std::uint64_t seed = 1;
    std::vector<std::string> operations;  ///< empty: all
    std::map<fault, double> chances;
    double webhook_lost = 0, webhook_twice = 0, webhook_late = 0;
    std::int64_t median_ms = 0, p99_ms = 0, late_ms = 3000, search_lag_ms = 0;
    std::int64_t up_ms = 0, down_ms = 0, webhook_late_ms = 1000, burst = 1;
    std::vector<next_fault> next;
  };
  class reader;

  double uniform();
  std::chrono::milliseconds latency();
  fault choose(std::string_view operation);
  bool is_down() const;

  mutable std::mutex mutex_;
  plan plan_;
  std::uint64_t drawn_ = 0;
  std::int64_t burst_left_ = 0;
  std::chrono::steady_clock::time_point since_ = std::chrono::steady_clock::now();
  std::map<std::string, std::uint64_t, std::less<>> counts_;
};

}  // namespace atrium::psp
