#pragma once

#include <cstdint>

#include "domain/time.hpp"

namespace atrium {

/// When to try again: each wait is four times as long as the one before, up to a bound, and is
/// shortened by up to half at random, so that what failed together does not come back together.
struct back_off {
  milliseconds first{5'000};
  milliseconds most{std::chrono::hours(4)};

  /// The wait after `failures` failures in a row (1, 2, ...); `chance` is in [0, 1).
  milliseconds after(std::uint32_t failures, double chance) const;
};

}  // namespace atrium
