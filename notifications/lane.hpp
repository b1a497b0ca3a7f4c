#pragma once

#include <cstdint>
#include <optional>
#include <set>

#include "notifications/back_off.hpp"
#include "notifications/delivery_channel.hpp"

namespace atrium {

/// How one destination is doing; decides how many messages may be under way to it. Pure.
class lane {
 public:
  /// Failures in a row that count as the destination's own fault; one bad message among good ones
  /// never gets there.
  static constexpr std::uint32_t most_failures = 3;

  bool may_start(instant now, std::size_t most) const {
    return now >= resume_at_ && under_way_.size() < (is_troubled() ? 1 : most);
  }
  bool is_under_way(std::uint64_t position) const { return under_way_.contains(position); }
  bool is_idle() const { return under_way_.empty(); }
  void started(std::uint64_t position) { under_way_.insert(position); }

  void ended(std::uint64_t position, const delivery_outcome& how, instant now, const back_off& wait,
             double chance);

  /// The first failure since the last success.
  std::optional<instant> failing_since() const { return failing_since_; }
  void set_failing_since(std::optional<instant> at) { failing_since_ = at; }
  instant resume_at() const { return resume_at_; }

 private:
  bool is_troubled() const { return failures_ >= most_failures; }
  void trouble(instant now, const back_off& wait, double chance);

  std::set<std::uint64_t> under_way_;
  std::uint32_t failures_ = 0;
  instant resume_at_{};
  std::optional<instant> failing_since_;
};

}  // namespace atrium
