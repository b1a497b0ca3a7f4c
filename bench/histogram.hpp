#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>

namespace atrium::bench {

/// Counts durations in buckets whose width grows with the value (the idea of HdrHistogram): any
/// value up to 2^40 ns is kept with an error below 1 %, in constant time and memory. Concurrency:
/// one thread.
class histogram {
 public:
  void record(std::uint64_t ns) {
    ns = std::min(ns, std::uint64_t{1} << 40);
    ++buckets_[index_of(ns)];
    ++count_;
    sum_ns_ += ns;
    max_ns_ = std::max(max_ns_, ns);
  }

  std::uint64_t count() const { return count_; }
  double mean_us() const {
    return count_ == 0 ? 0 : static_cast<double>(sum_ns_) / 1e3 / static_cast<double>(count_);
  }
  double max_us() const { return static_cast<double>(max_ns_) / 1e3; }

  /// The value that `percent` of all values do not exceed, in microseconds.
  double percentile_us(double percent) const {
    const auto wanted =
        static_cast<std::uint64_t>(percent / 100 * static_cast<double>(count_) + 0.5);
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i != buckets_.size(); ++i) {
      seen += buckets_[i];
      if (seen >= wanted && seen > 0)
        return std::min(static_cast<double>(upper_of(i)), static_cast<double>(max_ns_)) / 1e3;
    }
    return max_us();
  }

 private:
  static constexpr int sub_bits = 7;  ///< 128 buckets per doubling
  static constexpr std::uint64_t sub_count = std::uint64_t{1} << sub_bits;

  static std::size_t index_of(std::uint64_t v) {
    if (v < sub_count) return v;
    const int shift = std::bit_width(v) - 1 - sub_bits;
    return static_cast<std::size_t>(shift + 1) * sub_count + ((v >> shift) - sub_count);
  }
  static std::uint64_t upper_of(std::size_t index) {
    if (index < sub_count) return index;
    const auto shift = index / sub_count - 1;
    return ((index % sub_count + sub_count + 1) << shift) - 1;
  }

  std::array<std::uint64_t, 36 * sub_count> buckets_{};
  std::uint64_t count_ = 0;
  std::uint64_t sum_ns_ = 0;
  std::uint64_t max_ns_ = 0;
};

}  // namespace atrium::bench
