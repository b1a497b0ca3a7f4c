#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <random>
#include <string_view>
#include <vector>

namespace atrium {

/// How much each customer has in flight, and whether one may have more.
///
/// Operation: a customer may hold at most `generosity` times what is still free (dynamic queue
/// thresholds: A. K. Choudhury, E. L. Hahne, IEEE/ACM Transactions on Networking 6(2), 1998). So n
/// customers who take all they can together leave 1/(1 + n * generosity) of the places to those
/// who come now, and nobody has to be counted. Counts stand in two rows of counters, in places
/// given by salted hashes, and the smaller one counts (count-min sketch): memory is fixed, and a
/// customer shares a counter of each row with a given other one in fewer than one of ten million
/// pairs; one shared counter costs nothing.
/// Concurrency: every member from any thread; atomics only, so that a bound may be passed by as
/// many as ask at the same moment.
class fair_share {
 public:
  static constexpr std::size_t generosity = 2;

  explicit fair_share(std::uint64_t salt = std::random_device{}()) : salt_(salt) {}

  /// The two counters of a customer.
  struct places {
    std::uint32_t first = 0, second = 0;
  };
  places of(std::string_view customer) const noexcept {
    const auto h = (std::hash<std::string_view>{}(customer) ^ salt_) * 0x9e3779b97f4a7c15ULL;
    return {static_cast<std::uint32_t>((h >> 32) % width),
            static_cast<std::uint32_t>(width + ((h >> 16) ^ (h >> 48) * 31) % width)};
  }

  bool may_have_one_more(places p, std::size_t free) const noexcept {
    return held(p) < generosity * free;
  }
  std::size_t held(places p) const noexcept {
    const auto a = counters_[p.first].load(std::memory_order_relaxed);
    const auto b = counters_[p.second].load(std::memory_order_relaxed);
    return a < b ? a : b;
  }
  void take(places p) noexcept {
    counters_[p.first].fetch_add(1, std::memory_order_relaxed);
    counters_[p.second].fetch_add(1, std::memory_order_relaxed);
  }
  void give_back(places p) noexcept {
    counters_[p.first].fetch_sub(1, std::memory_order_relaxed);
    counters_[p.second].fetch_sub(1, std::memory_order_relaxed);
  }

 private:
  static constexpr std::size_t width = 4096;
  const std::uint64_t salt_;
  std::array<std::atomic<std::uint32_t>, 2 * width> counters_{};
};

}  // namespace atrium
