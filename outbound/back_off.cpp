#include "outbound/back_off.hpp"

#include <algorithm>

namespace atrium {

milliseconds back_off::after(std::uint32_t failures, double chance) const {
  auto wait = first;
  for (std::uint32_t n = 1; n < failures && wait < most; ++n) wait *= 4;
  const auto longest = static_cast<double>(std::min(wait, most).count());
  return milliseconds(static_cast<std::int64_t>(longest * (1.0 - chance / 2)));
}

}  // namespace atrium
