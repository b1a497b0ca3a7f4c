#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "domain/failure.hpp"

namespace atrium {

/// A bound on what is in flight, and the measured rate at which it drains, for Retry-After.
/// Concurrency: any thread; relaxed counters.
class admission {
 public:
  explicit admission(std::size_t most) : most_(most) {}

  bool enter() noexcept {
    if (in_flight_.fetch_add(1, std::memory_order_relaxed) < most_) return true;
    in_flight_.fetch_sub(1, std::memory_order_relaxed);
    refused_.fetch_add(1, std::memory_order_relaxed);
    return false;
  }
  void leave() noexcept {
    in_flight_.fetch_sub(1, std::memory_order_relaxed);
    done_.fetch_add(1, std::memory_order_relaxed);
  }
  std::size_t in_flight() const noexcept { return in_flight_.load(std::memory_order_relaxed); }
  std::uint64_t refused() const noexcept { return refused_.load(std::memory_order_relaxed); }

  /// The refusal, saying when the queue will have drained at the rate of the last seconds.
  failure refusal() noexcept;

 private:
  std::size_t most_;
  std::atomic<std::size_t> in_flight_{0};
  std::atomic<std::uint64_t> done_{0}, refused_{0};
  std::atomic<std::int64_t> window_start_ns_{0};
  std::atomic<std::uint64_t> window_done_{0};
  std::atomic<std::uint64_t> rate_per_s_{100};
};

}  // namespace atrium
