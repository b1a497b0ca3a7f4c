#pragma once

#include <array>
#include <cstdint>
#include <mutex>

#include "domain/time.hpp"

namespace atrium {

/// How many calls to one dependency may be repetitions: a share of the first calls of the last ten
/// seconds, and a few a second whatever is called (the rule of Finagle's RetryBudget; gRPC's retry
/// throttling bounds the same with the failures that are seen). So a dependency in trouble gets at
/// most that share more than usual, not each call as often as a policy would repeat it.
/// Concurrency: every member from any thread; a short lock.
class retry_budget {
 public:
  struct options {
    int percent = 50;                ///< of the first calls; 0..1000
    std::uint32_t least_per_s = 50;  ///< repetitions that are allowed without any calls
  };
  static constexpr std::int64_t window_s = 10;

  explicit retry_budget(options o) : options_(o) {}

  /// A call goes out, a repetition or not.
  void called(instant now);
  /// Whether a call may be repeated now; when it may, its own called() adds nothing. When it may
  /// not, the caller waits and asks again.
  bool take(instant now);
  /// How many take() would grant now.
  std::uint64_t left(instant now) const;
  std::uint64_t postponed() const;

 private:
  struct second {
    std::int64_t number = -1;  ///< seconds since the epoch
    std::int64_t calls = 0, repeated = 0;
  };
  second& at(instant now);
  std::int64_t balance(instant now) const;

  const options options_;
  mutable std::mutex mutex_;
  std::array<second, window_s> seconds_{};
  std::uint64_t postponed_ = 0;
};

}  // namespace atrium
