#include "notifications/lane.hpp"

#include <algorithm>

namespace atrium {

bool lane::start(std::uint64_t position, instant now) {
  const auto permit = to_->breaker.ask(now);
  if (!permit.granted) return false;
  under_way_.emplace(position, permit);
  ++to_->under_way;
  return true;
}

bool lane::ended(std::uint64_t position, const delivery_outcome& how, instant now, double chance) {
  using outcome = circuit_breaker::outcome;
  constexpr milliseconds longest_asked = std::chrono::hours(1);
  const auto found = under_way_.extract(position);
  if (found.empty()) return false;
  --to_->under_way;
  const auto& permit = found.mapped();
  switch (how.is) {
    case delivery_outcome::kind::stopped:
    case delivery_outcome::kind::dropped:
      to_->breaker.withdraw(permit);
      return false;
    case delivery_outcome::kind::delivered:
    case delivery_outcome::kind::refused:  // an answer: the destination works
      failing_since_.reset();
      resume_at_ = {};
      return to_->breaker.record(permit, outcome::ok, now);
    case delivery_outcome::kind::failed:
    case delivery_outcome::kind::unreachable:
      break;
  }
  if (!failing_since_) failing_since_ = now;
  if (how.retry_after)
    resume_at_ = std::max(resume_at_, now + std::min(*how.retry_after, longest_asked));
  const bool reached = how.is == delivery_outcome::kind::failed;
  return to_->breaker.record(permit, reached ? outcome::failed : outcome::unreachable, now, chance);
}

}  // namespace atrium
