#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "actors/protocol/command_port.hpp"
#include "domain/failure.hpp"
#include "sagas/fair_share.hpp"
#include "sagas/latency_limit.hpp"

namespace atrium {

/// Decides what is taken on when there is more than can be done.
///
/// Operation: ordinary work is let in while less than the limit is in flight and its customer has
/// no more than a fair share of it; urgent work (cancellations, what operators do) has a reserve of
/// a quarter of the limit on top, shared fairly as well, and a customer with nothing in flight half
/// of that, so that a limit that just fell meets those who hold something. The limit is the smaller
/// one of two: one follows the latency of single steps in this process (a command of a room until
/// it is durable), so that a slow payment provider does not look like a busy office; the other the
/// time that requests wait before anybody reads them, which is where they pile up when processors
/// are short. What is refused is told how long what is in flight will take at the rate of the last
/// second. Concurrency: every member from any thread, without locks.
class admission {
 public:
  using clock = latency_limit::clock;

  /// Requests may wait so long to be read while nothing is refused for it.
  static constexpr std::chrono::milliseconds wait_target{8};
  /// 64 clients of one customer are never refused for it: two thirds of this are theirs.
  static constexpr std::size_t least_while_waiting = 98;

  explicit admission(latency_limit::options o)
      : limit_(o),
        edge_({.least = std::min(least_while_waiting, o.least),
               .most = o.most,
               .start = o.most,
               .target = wait_target,
               .interval = o.interval / 2}) {}

  /// What is in flight in somebody's name; given back by leave().
  struct place {
    fair_share::places counters;
    bool urgent = false;
  };
  enum class verdict : std::uint8_t { admitted, full, over_share };

  /// What enter() would say now; counts a refusal, takes nothing.
  verdict ask(std::string_view customer, bool urgent) noexcept;
  /// Takes a place when there is one for this customer.
  verdict enter(std::string_view customer, bool urgent, place& taken) noexcept;
  void leave(const place& p, clock::time_point now) noexcept;
  /// One step of work in this process took so long.
  void step_took(std::chrono::nanoseconds took, clock::time_point now) noexcept {
    limit_.sample(took, now);
  }
  /// A request waited so long to be read.
  void waited(std::chrono::nanoseconds time, clock::time_point now) noexcept {
    edge_.sample(time, now);
  }

  std::size_t in_flight() const noexcept { return in_flight_.load(std::memory_order_relaxed); }
  load_info describe() const noexcept;
  /// The refusal in words, with the time after which what is in flight now will have ended.
  failure refusal() const;

 private:
  verdict judge(fair_share::places who, bool urgent) noexcept;
  std::size_t bound(bool urgent) const noexcept;
  std::chrono::milliseconds drains_in() const noexcept;

  void reached() noexcept {
    limit_.reached();
    edge_.reached();
  }

  latency_limit limit_, edge_;
  fair_share ordinary_, urgent_;
  std::atomic<std::size_t> in_flight_{0};
  std::atomic<std::uint64_t> done_{0}, full_{0}, over_share_{0};
  std::atomic<std::int64_t> window_start_ns_{0};
  std::atomic<std::uint64_t> window_done_{0};
  std::atomic<std::uint64_t> rate_per_s_{0};  ///< 0: nothing was measured yet
};

}  // namespace atrium
