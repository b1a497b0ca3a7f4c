#include "sagas/latency_limit.hpp"

#include <algorithm>
#include <cmath>

namespace atrium {

namespace {
constexpr auto relaxed = std::memory_order_relaxed;
}

void latency_limit::sample(std::chrono::nanoseconds took, clock::time_point at) noexcept {
  const auto now = std::chrono::nanoseconds{at.time_since_epoch()}.count();
  auto end = ends_at_.load(relaxed);
  if (now >= end &&
      ends_at_.compare_exchange_strong(end, now + options_.interval.count(), relaxed) && end != 0)
    end_interval();
  sum_.fetch_add(took.count(), relaxed);
  samples_.fetch_add(1, relaxed);
}

void latency_limit::end_interval() noexcept {
  const auto samples = samples_.exchange(0, relaxed);
  const auto sum = sum_.exchange(0, relaxed);
  const bool was_reached = reached_.exchange(false, relaxed);
  if (samples == 0) return;
  const auto latency = sum / samples;
  const auto target = options_.target.count();
  const bool was_slow = mean_.exchange(latency, relaxed) > target;
  const auto limit = static_cast<double>(limit_.load(relaxed));
  double next = limit;
  if (latency > target && was_slow)
    next = limit * std::max(0.5, static_cast<double>(target) / static_cast<double>(latency));
  else if (latency <= target && was_reached)
    next = limit + std::sqrt(limit);
  limit_.store(std::clamp(static_cast<std::size_t>(next), options_.least, options_.most), relaxed);
}

}  // namespace atrium
