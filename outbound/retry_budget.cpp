#include "outbound/retry_budget.hpp"

#include <algorithm>

namespace atrium {

namespace {
std::int64_t second_of(instant t) {
  return std::chrono::floor<std::chrono::seconds>(t).time_since_epoch().count();
}
}  // namespace

retry_budget::second& retry_budget::at(instant now) {
  const auto number = second_of(now);
  auto& s = seconds_[static_cast<std::size_t>(number % window_s)];
  if (s.number != number) s = {.number = number};
  return s;
}

std::int64_t retry_budget::balance(instant now) const {
  const auto oldest = second_of(now) - window_s + 1;
  std::int64_t calls = 0, repeated = 0;
  for (const auto& s : seconds_) {
    if (s.number < oldest) continue;
    calls += s.calls;
    repeated += s.repeated;
  }
  const auto earned = std::max<std::int64_t>(0, calls - repeated) * options_.percent / 100;
  return earned + options_.least_per_s * window_s - repeated;
}

void retry_budget::called(instant now) {
  const std::scoped_lock lock(mutex_);
  ++at(now).calls;
}

bool retry_budget::take(instant now) {
  const std::scoped_lock lock(mutex_);
  auto& s = at(now);
  if (balance(now) < 1) {
    ++postponed_;
    return false;
  }
  ++s.repeated;
  return true;
}

std::uint64_t retry_budget::left(instant now) const {
  const std::scoped_lock lock(mutex_);
  return static_cast<std::uint64_t>(std::max<std::int64_t>(0, balance(now)));
}

std::uint64_t retry_budget::postponed() const {
  const std::scoped_lock lock(mutex_);
  return postponed_;
}

}  // namespace atrium
