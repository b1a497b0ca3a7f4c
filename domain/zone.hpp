#pragma once

#include <optional>
#include <string_view>

#include "domain/time.hpp"

namespace date {
class time_zone;
}

namespace atrium {

/// A stretch of the time line on which a zone's offset from UTC does not change.
struct zone_segment {
  interval when;
  milliseconds offset{};  ///< local = UTC + offset
};

/// An IANA time zone. A light handle into the process-wide database, which is read on first use and
/// never changes; copies are free and every function is thread-safe.
class zone {
 public:
  /// Nothing when the machine's database does not know the name. Names that mean "whatever this
  /// machine is set to" are not zones.
  static std::optional<zone> find(std::string_view name);

  /// The segment that contains `t`. Compiled zone files list transitions up to 2037 only; where
  /// daylight saving is still going on then, later years repeat the latest listed year whose
  /// weekdays fall on the same dates from March on.
  zone_segment at(instant t) const;

  /// Wall-clock reading of `t`, as milliseconds since 1970-01-01 00:00 local time.
  milliseconds local(instant t) const { return t.time_since_epoch() + at(t).offset; }

 private:
  explicit zone(const date::time_zone* z) : zone_(z) {}
  const date::time_zone* zone_;
};

}  // namespace atrium
