#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace atrium {

/// How much may be in flight, learned from how long one step of work takes.
///
/// Operation: time is cut into intervals. A *mean* latency above `target` in two intervals in a row
/// is a standing queue, in one alone a stall. (CoDel, RFC 8289, section 3, tells them apart by the
/// smallest latency; here work moves in bursts, and whoever comes last into a burst waits for
/// nothing, however long the queue is.) Then the limit is multiplied by target/latency, at most
/// halved; when the mean is within the target, and the limit was reached, its square root is added
/// (Netflix concurrency-limits, Gradient2Limit: gradient clamped to [0.5, 1], head-room of
/// sqrt(limit)). The target is absolute instead of the gradient's long-term mean, because a group
/// commit makes latency grow with concurrency long before anything queues. The limit stays in
/// [least, most], and as it is while nothing is measured. Concurrency: every member from any
/// thread; atomics only. Two threads that end an interval at the same moment count it once; of a
/// sample that races with that, the time and the count may fall into different ones.
class latency_limit {
 public:
  using clock = std::chrono::steady_clock;
  struct options {
    std::size_t least = 256;   ///< at least 1
    std::size_t most = 2048;   ///< at least `least`
    std::size_t start = 2048;  ///< clamped to [least, most]
    std::chrono::nanoseconds target = std::chrono::milliseconds{50};
    std::chrono::nanoseconds interval = std::chrono::milliseconds{100};
  };
  explicit latency_limit(options o) : options_(o), limit_(std::clamp(o.start, o.least, o.most)) {}

  std::size_t now() const noexcept { return limit_.load(std::memory_order_relaxed); }
  /// Somebody wanted in when the limit was reached: growing would help.
  void reached() noexcept {
    if (!reached_.load(std::memory_order_relaxed)) reached_.store(true, std::memory_order_relaxed);
  }
  /// A step of work took so long and ended now.
  void sample(std::chrono::nanoseconds took, clock::time_point at) noexcept;

  /// Mean of the last interval that had any.
  std::chrono::nanoseconds mean_latency() const noexcept {
    return std::chrono::nanoseconds{mean_.load(std::memory_order_relaxed)};
  }
  const options& rules() const noexcept { return options_; }

 private:
  void end_interval() noexcept;

  const options options_;
  std::atomic<std::size_t> limit_;
  std::atomic<bool> reached_{false};
  std::atomic<std::int64_t> sum_{0}, samples_{0};
  std::atomic<std::int64_t> ends_at_{0};
  std::atomic<std::int64_t> mean_{0};
};

}  // namespace atrium
