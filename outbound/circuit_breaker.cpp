#include "outbound/circuit_breaker.hpp"

#include <algorithm>

namespace atrium {

namespace {
constexpr milliseconds shortest_wait{1'000};

std::int64_t second_of(instant t) {
  return std::chrono::floor<std::chrono::seconds>(t).time_since_epoch().count();
}
}  // namespace

std::string_view to_string(circuit_breaker::state s) {
  constexpr std::array<std::string_view, 4> names{"closed", "open", "half-open", "tripped"};
  return names[static_cast<std::size_t>(s)];
}

circuit_breaker::permit circuit_breaker::ask(instant now) {
  const std::scoped_lock lock(mutex_);
  const auto left = wait(now);
  if (left.count() > 0) {
    ++refused_;
    return {.retry_after = left};
  }
  if (state_ == state::closed) return {.granted = true, .at = now};
  if (state_ == state::open) change(state::half_open, now);
  probe_since_ = now;
  return {.granted = true, .probe = true, .at = now};
}

bool circuit_breaker::record(const permit& p, outcome how, instant now, double chance) {
  const std::scoped_lock lock(mutex_);
  const auto before = state_;
  const bool failed = how != outcome::ok;
  count(failed, now - p.at >= options_.slow_call, now);
  failed_in_a_row_ = failed ? failed_in_a_row_ + 1 : 0;
  if (p.probe && state_ == state::half_open) {
    change(failed ? state::open : state::closed, now, chance);
  } else if (state_ == state::closed && (is_row_too_long(how) || is_too_bad(window(now)))) {
    change(state::open, now, chance);
  }
  return state_ != before;
}

void circuit_breaker::withdraw(const permit& p) {
  const std::scoped_lock lock(mutex_);
  if (p.probe && state_ == state::half_open) probe_since_ = {};
}

bool circuit_breaker::is_row_too_long(outcome how) const {
  if (options_.failures_in_a_row == 0) return false;
  return how == outcome::unreachable || failed_in_a_row_ >= options_.failures_in_a_row;
}

milliseconds circuit_breaker::refuses_for(instant now) const {
  const std::scoped_lock lock(mutex_);
  return wait(now);
}

void circuit_breaker::trip(instant now) {
  const std::scoped_lock lock(mutex_);
  change(state::tripped, now);
}

void circuit_breaker::reset(instant now) {
  const std::scoped_lock lock(mutex_);
  change(state::closed, now);
}

circuit_breaker::status circuit_breaker::describe(instant now) const {
  const std::scoped_lock lock(mutex_);
  const auto s = window(now);
  return {state_, since_, s.calls, s.failed, s.slow, refused_, opened_, wait(now)};
}

circuit_breaker::sums circuit_breaker::window(instant now) const {
  const auto oldest = second_of(now) - window_s + 1;
  sums all;
  for (const auto& s : seconds_) {
    if (s.number < oldest) continue;
    all.calls += s.calls;
    all.failed += s.failed;
    all.slow += s.slow;
  }
  return all;
}

void circuit_breaker::count(bool failed, bool slow, instant now) {
  const auto number = second_of(now);
  auto& s = seconds_[static_cast<std::size_t>(number % window_s)];
  if (s.number != number) s = {.number = number};
  ++s.calls;
  s.failed += failed ? 1 : 0;
  s.slow += slow ? 1 : 0;
}

bool circuit_breaker::is_too_bad(const sums& s) const {
  const auto reaches = [&](std::uint64_t part, int percent) {
    return part * 100 >= s.calls * static_cast<std::uint64_t>(percent);
  };
  return s.calls >= options_.least_calls &&
         (reaches(s.failed, options_.failed_percent) || reaches(s.slow, options_.slow_percent));
}

void circuit_breaker::change(state to, instant now, double chance) {
  if (to == state::open) {
    ++opened_;
    ++openings_;
    const back_off growing{options_.open_for, std::max(options_.open_for, options_.most_open_for)};
    open_for_ = growing.after(openings_, chance);
  }
  if (to == state::closed) {
    seconds_ = {};
    openings_ = 0;
    failed_in_a_row_ = 0;
  }
  state_ = to;
  since_ = now;
  probe_since_ = {};
}

/// Zero when a call would be let through.
milliseconds circuit_breaker::wait(instant now) const {
  switch (state_) {
    case state::closed:
      return milliseconds{0};
    case state::open:
      return std::max(milliseconds{0}, since_ + open_for_ - now);
    case state::half_open: {
      const bool probing =
          probe_since_ != instant{} && now < probe_since_ + options_.probe_patience;
      return probing ? shortest_wait : milliseconds{0};
    }
    case state::tripped:
      return std::max(shortest_wait, options_.open_for);
  }
  return milliseconds{0};
}

}  // namespace atrium
