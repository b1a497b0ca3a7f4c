#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string_view>

#include "domain/time.hpp"
#include "outbound/back_off.hpp"

namespace atrium {

/// Decides whether a dependency is called at all (M. Nygard, "Release It!", Circuit Breaker).
///
/// Operation: *closed* lets everything through and counts; when, among at least `least_calls` of
/// the last `window_s` seconds, too many failed or were slow, it *opens* and refuses at once for
/// `open_for`; then it is *half open*: one call is a probe, whose success closes it and whose
/// failure opens it again, for four times as long each time up to `most_open_for`. For what is
/// called too rarely to have a rate, so many failures in a row open it as well, and then one call
/// that did not even reach the other side does. An operator may trip it, which holds until reset().
/// Concurrency: every member from any thread; a short lock.
class circuit_breaker {
 public:
  struct options {
    std::size_t least_calls = 20;
    int failed_percent = 50;  ///< of the window's calls; 1..100
    int slow_percent = 80;    ///< of the window's calls; 1..100
    milliseconds slow_call{2'000};
    milliseconds open_for{5'000};  ///< at first, and always unless `most_open_for` is longer
    milliseconds most_open_for{0};
    milliseconds probe_patience{50'000};  ///< how long an unanswered probe is waited for
    std::uint32_t failures_in_a_row = 0;  ///< 0: only the rates count
  };
  static constexpr std::int64_t window_s = 10;

  enum class state : std::uint8_t { closed, open, half_open, tripped };
  struct permit {
    bool granted = false;
    bool probe = false;
    instant at{};
    milliseconds retry_after{0};  ///< when refused
  };
  struct status {
    state is = state::closed;
    instant since{};
    std::uint64_t calls = 0, failed = 0, slow = 0;  ///< of the window
    std::uint64_t refused = 0, opened = 0;          ///< since the start of the process
    milliseconds retry_after{0};
  };

  enum class outcome : std::uint8_t {
    ok,
    failed,
    unreachable,  ///< no connection: the other side has seen nothing
  };

  explicit circuit_breaker(options o) : options_(o) {}

  permit ask(instant now);
  /// The outcome of a permitted call. True when this changed the state, which is worth a line in
  /// the log.
  bool record(const permit& p, bool failed, instant now) {
    return record(p, failed ? outcome::failed : outcome::ok, now);
  }
  /// `chance` in [0, 1) shortens the time it stays open by up to half, so that not everything that
  /// opened together is tried together.
  bool record(const permit& p, outcome how, instant now, double chance = 0);
  /// A permitted call was not made, or nobody will ever know how it ended.
  void withdraw(const permit& p);
  /// How long a call would be refused now; zero when it would be let through.
  milliseconds refuses_for(instant now) const;
  void trip(instant now);
  void reset(instant now);
  status describe(instant now) const;

 private:
  struct second {
    std::int64_t number = -1;  ///< seconds since the epoch
    std::uint64_t calls = 0, failed = 0, slow = 0;
  };
  struct sums {
    std::uint64_t calls = 0, failed = 0, slow = 0;
  };
  sums window(instant now) const;
  void count(bool failed, bool slow, instant now);
  bool is_too_bad(const sums& s) const;
  bool is_row_too_long(outcome how) const;
  void change(state to, instant now, double chance = 0);
  milliseconds wait(instant now) const;

  const options options_;
  mutable std::mutex mutex_;
  state state_ = state::closed;
  instant since_{};
  instant probe_since_{};  ///< of the probe that is out; zero: none
  std::array<second, window_s> seconds_{};
  milliseconds open_for_{0};    ///< this time
  std::uint32_t openings_ = 0;  ///< without success in between
  std::uint32_t failed_in_a_row_ = 0;
  std::uint64_t refused_ = 0, opened_ = 0;
};

std::string_view to_string(circuit_breaker::state s);

}  // namespace atrium
