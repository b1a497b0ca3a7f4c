#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace atrium {

/// An amount in the minor units of an ISO 4217 currency (KRW has none: 33000 is 33,000 won).
struct money {
  std::int64_t amount = 0;
  std::string currency;
  friend bool operator==(const money&, const money&) = default;
};

/// Number of decimal digits of the minor unit, or nothing for a code that is not in ISO 4217's list
/// of circulating currencies.
std::optional<int> minor_unit_digits(std::string_view currency);

/// amount * numerator / denominator, rounded half-even (IEEE 754 roundTiesToEven, as banks do).
/// Requires denominator > 0; computed in 128 bits, the result must fit 63 bits.
std::int64_t scale_half_even(std::int64_t amount, std::int64_t numerator, std::int64_t denominator);

}  // namespace atrium
