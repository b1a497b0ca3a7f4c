#include "sagas/admission.hpp"

#include <algorithm>
#include <chrono>
#include <string>

namespace atrium {

failure admission::refusal() noexcept {
  constexpr std::int64_t window_ns = 1'000'000'000;
  const auto now = std::chrono::steady_clock::now().time_since_epoch().count();
  auto start = window_start_ns_.load(std::memory_order_relaxed);
  if (now - start > window_ns &&
      window_start_ns_.compare_exchange_strong(start, now, std::memory_order_relaxed)) {
    const auto done = done_.load(std::memory_order_relaxed);
    const auto before = window_done_.exchange(done, std::memory_order_relaxed);
    // A window that began long ago says little about now; it still gives a floor of one a second.
    const auto elapsed = static_cast<double>(now - start) / 1e9;
    rate_per_s_.store(std::max<std::uint64_t>(1, static_cast<std::uint64_t>(
                                                     static_cast<double>(done - before) / elapsed)),
                      std::memory_order_relaxed);
  }
  const auto wait_ms = std::clamp<std::uint64_t>(
      1000 * in_flight() / rate_per_s_.load(std::memory_order_relaxed), 1000, 30'000);
  const auto seconds = (wait_ms + 999) / 1000;
  return {.code = ec::overloaded,
          .detail = "The booking desk is busy, please try again in " + std::to_string(seconds) +
                    (seconds == 1 ? " second." : " seconds."),
          .retry_after_ms = static_cast<std::int64_t>(wait_ms)};
}

}  // namespace atrium
