#include "notifications/lane.hpp"

#include <algorithm>

namespace atrium {

void lane::ended(std::uint64_t position, const delivery_outcome& how, instant now,
                 const back_off& wait, double chance) {
  constexpr milliseconds longest_asked = std::chrono::hours(1);
  under_way_.erase(position);
  switch (how.is) {
    case delivery_outcome::kind::stopped:
    case delivery_outcome::kind::dropped:
      return;
    case delivery_outcome::kind::delivered:
    case delivery_outcome::kind::refused:  // an answer: the destination works
      failures_ = 0;
      failing_since_.reset();
      resume_at_ = {};
      return;
    case delivery_outcome::kind::failed:
      ++failures_;
      break;
    case delivery_outcome::kind::unreachable:
      failures_ = std::max(failures_ + 1, most_failures);
      break;
  }
  if (!failing_since_) failing_since_ = now;
  if (is_troubled()) trouble(now, wait, chance);
  if (how.retry_after)
    resume_at_ = std::max(resume_at_, now + std::min(*how.retry_after, longest_asked));
}

void lane::trouble(instant now, const back_off& wait, double chance) {
  resume_at_ = std::max(resume_at_, now + wait.after(failures_ - most_failures + 1, chance));
}

}  // namespace atrium
