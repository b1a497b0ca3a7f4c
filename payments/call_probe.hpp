#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <string_view>

#include "payments/provider.hpp"

namespace atrium {

/// Counts what a provider answers to each operation, and how long it takes.
/// Concurrency: any thread; relaxed counters.
class call_probe {
 public:
  enum class operation : std::uint8_t { authorize, capture, void_payment, refund, lookup };
  static constexpr std::size_t operations = 5;
  enum class outcome : std::uint8_t {
    ok,
    requires_action,
    declined,
    retryable,
    not_sent,
    unknown,
  };
  static constexpr std::size_t outcomes = 6;
  /// Upper bounds of the histogram's buckets; one more holds what took longer.
  static constexpr std::array<std::uint32_t, 11> bounds_ms{1,   2,   5,    10,   25,   50,
                                                           100, 250, 1000, 2500, 10000};

  void record(operation op, outcome how, std::chrono::microseconds took);

  using counter = std::atomic<std::uint64_t>;
  struct numbers {
    std::array<counter, outcomes> by_outcome{};
    std::array<counter, bounds_ms.size() + 1> by_time{};  ///< not cumulative
    counter total_us{0};
  };
  const numbers& of(operation op) const { return all_[static_cast<std::size_t>(op)]; }

 private:
  std::array<numbers, operations> all_{};
};

std::string_view to_string(call_probe::operation op);
std::string_view to_string(call_probe::outcome how);
call_probe::outcome outcome_of(const payment_answer& a);
call_probe::outcome outcome_of(const payment_lookup& l);

}  // namespace atrium
