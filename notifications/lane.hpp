#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>

#include "notifications/delivery_channel.hpp"
#include "outbound/circuit_breaker.hpp"

namespace atrium {

/// The circuit breaker of one relay or endpoint, and how much is under way to it. Lanes to the same
/// relay share it. Concurrency: any thread.
struct guarded_destination {
  explicit guarded_destination(circuit_breaker::options o) : breaker(o) {}
  circuit_breaker breaker;
  std::atomic<std::uint64_t> under_way{0};
};

/// How one destination is doing; decides how many messages may be under way to it. Pure.
class lane {
 public:
  explicit lane(std::shared_ptr<guarded_destination> to) : to_(std::move(to)) {}

  bool may_start(instant now, std::size_t most) const {
    return now >= resume_at_ && under_way_.size() < most &&
           to_->breaker.refuses_for(now).count() == 0;
  }
  bool is_under_way(std::uint64_t position) const { return under_way_.contains(position); }
  bool is_idle() const { return under_way_.empty(); }
  /// False when the breaker was opened or tripped since may_start().
  bool start(std::uint64_t position, instant now);

  /// `chance` in [0, 1) spreads probes. True when this changed the breaker's state.
  bool ended(std::uint64_t position, const delivery_outcome& how, instant now, double chance);

  /// The first failure since the last success.
  std::optional<instant> failing_since() const { return failing_since_; }
  void set_failing_since(std::optional<instant> at) { failing_since_ = at; }
  const guarded_destination& to() const { return *to_; }

 private:
  std::map<std::uint64_t, circuit_breaker::permit> under_way_;
  std::shared_ptr<guarded_destination> to_;
  instant resume_at_{};  ///< the destination asked to be left alone until then
  std::optional<instant> failing_since_;
};

}  // namespace atrium
