#include "sagas/admission.hpp"

#include <algorithm>
#include <string>

namespace atrium {

namespace {
constexpr auto relaxed = std::memory_order_relaxed;

std::size_t with_newcomers(std::size_t bound) {
  return bound + bound / 8;
}
}  // namespace

std::size_t admission::bound(bool urgent) const noexcept {
  const auto limit = std::min(limit_.now(), edge_.now());
  return urgent ? limit + limit / 4 + 1 : limit;
}

admission::verdict admission::judge(fair_share::places who, bool urgent) noexcept {
  const auto most = bound(urgent);
  const auto taken = in_flight_.load(relaxed);
  auto& shares = urgent ? urgent_ : ordinary_;
  const bool holds_nothing = shares.held(who) == 0;
  if (taken >= (holds_nothing && !urgent ? with_newcomers(most) : most)) {
    reached();
    full_.fetch_add(1, relaxed);
    return verdict::full;
  }
  if (holds_nothing || shares.may_have_one_more(who, most - taken)) return verdict::admitted;
  // More room would have let this one in, too.
  reached();
  over_share_.fetch_add(1, relaxed);
  return verdict::over_share;
}

admission::verdict admission::ask(std::string_view customer, bool urgent) noexcept {
  return judge((urgent ? urgent_ : ordinary_).of(customer), urgent);
}

admission::verdict admission::enter(std::string_view customer, bool urgent, place& taken) noexcept {
  auto& shares = urgent ? urgent_ : ordinary_;
  const auto counters = shares.of(customer);
  const auto v = judge(counters, urgent);
  if (v != verdict::admitted) return v;
  const auto most = urgent ? bound(true) : with_newcomers(bound(false));
  if (in_flight_.fetch_add(1, relaxed) >= most) {
    // Somebody else took the last place in between.
    in_flight_.fetch_sub(1, relaxed);
    reached();
    full_.fetch_add(1, relaxed);
    return verdict::full;
  }
  shares.take(counters);
  taken = {counters, urgent};
  return verdict::admitted;
}

void admission::leave(const place& p, clock::time_point now) noexcept {
  (p.urgent ? urgent_ : ordinary_).give_back(p.counters);
  in_flight_.fetch_sub(1, relaxed);
  const auto done = done_.fetch_add(1, relaxed) + 1;
  constexpr std::int64_t window_ns = 1'000'000'000;
  const auto at = std::chrono::nanoseconds{now.time_since_epoch()}.count();
  auto start = window_start_ns_.load(relaxed);
  if (at - start < window_ns || !window_start_ns_.compare_exchange_strong(start, at, relaxed))
    return;
  const auto before = window_done_.exchange(done, relaxed);
  // A window that began long ago was idle in between and says nothing about now.
  if (start == 0 || at - start > 4 * window_ns) return;
  const auto rate = static_cast<double>(done - before) * 1e9 / static_cast<double>(at - start);
  rate_per_s_.store(std::max<std::uint64_t>(1, static_cast<std::uint64_t>(rate)), relaxed);
}

std::chrono::milliseconds admission::drains_in() const noexcept {
  constexpr std::uint64_t unknown_rate = 100;
  const auto rate = rate_per_s_.load(relaxed);
  return std::chrono::milliseconds{std::clamp<std::uint64_t>(
      1000 * in_flight() / (rate == 0 ? unknown_rate : rate), 1'000, 30'000)};
}

load_info admission::describe() const noexcept {
  return {.in_flight = in_flight(),
          .limit = bound(false),
          .limit_urgent = bound(true),
          .limit_least = edge_.rules().least,
          .limit_most = limit_.rules().most,
          .step_us = static_cast<std::uint64_t>(limit_.mean_latency().count() / 1000),
          .target_us = static_cast<std::uint64_t>(limit_.rules().target.count() / 1000),
          .wait_us = static_cast<std::uint64_t>(edge_.mean_latency().count() / 1000),
          .per_second = rate_per_s_.load(relaxed),
          .done = done_.load(relaxed),
          .refused_full = full_.load(relaxed),
          .refused_over_share = over_share_.load(relaxed)};
}

failure admission::refusal() const {
  const auto wait = drains_in();
  const auto seconds = (wait.count() + 999) / 1000;
  return {.code = ec::overloaded,
          .detail = "The booking desk is busy, please try again in " + std::to_string(seconds) +
                    (seconds == 1 ? " second." : " seconds."),
          .retry_after_ms = seconds * 1000,
          .reason = "booking-desk"};
}

}  // namespace atrium
