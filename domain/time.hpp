#pragma once

#include <chrono>
#include <compare>
#include <optional>
#include <string>
#include <string_view>

namespace atrium {

/// A point on the UTC time line, in milliseconds. Wall-clock rules are computed in a room's IANA
/// zone (domain/calendar.hpp); nothing else in the engine knows local time.
using instant = std::chrono::sys_time<std::chrono::milliseconds>;
using std::chrono::milliseconds;

/// The instants Atrium deals in: 1970-01-01T00:00:00Z to 9999-12-31T23:59:59.999Z. Everything
/// parsed lies between them, so that sums with the bounded durations of this folder cannot
/// overflow.
inline constexpr instant min_instant{};
inline constexpr instant max_instant{milliseconds{253'402'300'799'999}};

/// Half-open interval [start, end).
struct interval {
  instant start{};
  instant end{};

  bool empty() const noexcept { return end <= start; }
  bool overlaps(const interval& o) const noexcept { return start < o.end && o.start < end; }
  milliseconds length() const noexcept { return end - start; }
  friend bool operator==(const interval&, const interval&) = default;
  friend auto operator<=>(const interval&, const interval&) = default;
};

/// Parses RFC 3339 with an offset or `Z` (milliseconds kept, finer digits refused when not zero).
/// Years 1970..9999; nothing on any other text (no offset, 24:00:00, leap second, out of range).
std::optional<instant> parse_instant(std::string_view text);

/// `2026-11-22T00:00:00Z`, with `.mmm` only when the milliseconds are not zero.
std::string format_instant(instant t);

/// The clock is a port: production passes the system clock, tests a virtual one.
/// Implementations are safe to call from any thread.
class clock_port {
 public:
  virtual ~clock_port() = default;
  virtual instant now() const = 0;
};

/// Reads the machine's real-time clock.
class system_clock final : public clock_port {
 public:
  instant now() const override;
};

}  // namespace atrium
