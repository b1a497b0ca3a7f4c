#include "payments/call_probe.hpp"

#include <algorithm>

namespace atrium {

void call_probe::record(operation op, outcome how, std::chrono::microseconds took) {
  auto& n = all_[static_cast<std::size_t>(op)];
  const auto us = static_cast<std::uint64_t>(std::max<std::int64_t>(0, took.count()));
  const auto bound = std::lower_bound(
      bounds_ms.begin(), bounds_ms.end(), us,
      [](std::uint32_t ms, std::uint64_t t) { return std::uint64_t{ms} * 1000 < t; });
  constexpr auto relaxed = std::memory_order_relaxed;
  n.by_outcome[static_cast<std::size_t>(how)].fetch_add(1, relaxed);
  n.by_time[static_cast<std::size_t>(bound - bounds_ms.begin())].fetch_add(1, relaxed);
  n.total_us.fetch_add(us, relaxed);
}

std::string_view to_string(call_probe::operation op) {
  static constexpr std::array<std::string_view, call_probe::operations> names{
      "authorize", "capture", "void", "refund", "lookup"};
  return names[static_cast<std::size_t>(op)];
}

std::string_view to_string(call_probe::outcome how) {
  static constexpr std::array<std::string_view, call_probe::outcomes> names{
      "ok", "requires_action", "declined", "retryable", "not_sent", "unknown"};
  return names[static_cast<std::size_t>(how)];
}

call_probe::outcome outcome_of(const payment_answer& a) {
  using outcome = call_probe::outcome;
  switch (a.is) {
    case payment_answer::kind::ok:
      return outcome::ok;
    case payment_answer::kind::rejected:
      return outcome::declined;
    case payment_answer::kind::retryable:
      return a.not_sent ? outcome::not_sent : outcome::retryable;
    case payment_answer::kind::unknown:
      return outcome::unknown;
    case payment_answer::kind::requires_action:
      return outcome::requires_action;
  }
  return outcome::unknown;
}

call_probe::outcome outcome_of(const payment_lookup& l) {
  if (l.is == payment_lookup::kind::ok) return call_probe::outcome::ok;
  return l.not_sent ? call_probe::outcome::not_sent : call_probe::outcome::retryable;
}

}  // namespace atrium
