#include "domain/failure.hpp"

#include <array>
#include <stdexcept>
#include <utility>

namespace atrium {

namespace {

// In the order of the enumeration, so that to_string is an index.
constexpr std::array<std::string_view, 23> names{
    "malformed",
    "unauthenticated",
    "forbidden",
    "not-found",
    "idempotency-conflict",
    "validation",
    "precondition-required",
    "precondition-failed",
    "rule-violation",
    "slot-taken",
    "hold-expired",
    "room-has-bookings",
    "illegal-transition",
    "already-exists",
    "payment-declined",
    "rate-limited",
    "overloaded",
    "dependency-unavailable",
    "view-behind",
    "draining",
    "storage-full",
    "fenced",
    "timeout",
};
static_assert(names.size() == static_cast<std::size_t>(ec::timeout) + 1);

}  // namespace

std::string_view to_string(ec code) {
  const auto i = static_cast<std::size_t>(code);
  return i < names.size() ? names[i] : std::string_view{"unknown"};
}

std::optional<ec> parse_ec(std::string_view name) {
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i] == name) return static_cast<ec>(i);
  }
  return std::nullopt;
}

bool is_transient(ec code) {
  switch (code) {
    case ec::rate_limited:
    case ec::overloaded:
    case ec::dependency_unavailable:
    case ec::view_behind:
    case ec::draining:
    case ec::storage_full:
    case ec::fenced:
    case ec::timeout:
      return true;
    default:
      return false;
  }
}

void throw_exception_from_error(const failure& f, const boost::source_location& loc) {
  throw std::logic_error("value() of a failure: " + std::string(to_string(f.code)) + ": " +
                         f.detail + " (" + loc.to_string() + ")");
}

}  // namespace atrium
