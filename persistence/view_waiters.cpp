#include "persistence/view_waiters.hpp"

#include <utility>

namespace atrium::view {

void waiters::when_reached(std::uint64_t wanted, const std::function<std::uint64_t()>& now,
                           std::function<void()> ready) {
  if (now() < wanted) {
    const std::scoped_lock lock(mutex_);
    if (waiting_.size() >= most) return;
    // Counted before the position is read again: a commit in between either sees the count and
    // takes the lock, or its position is seen here.
    interested_.fetch_add(1);
    if (now() < wanted) {
      waiting_.emplace(wanted, std::move(ready));
      waiting_count_.store(waiting_.size());
      if (hurry_) hurry_();
      return;
    }
    interested_.fetch_sub(1);
  }
  ready();
}

void waiters::subscribe(std::function<void(std::uint64_t)> on_commit) {
  const std::scoped_lock lock(mutex_);
  subscribers_.push_back(std::move(on_commit));
  interested_.fetch_add(1);
}

void waiters::reached(std::uint64_t position) {
  // A read-modify-write, so that it has an order with the one of when_reached(): a plain load might
  // be older than a waiter that did not see this position yet.
  if (interested_.fetch_add(0, std::memory_order_acq_rel) == 0) return;
  std::vector<std::function<void()>> ready;
  std::vector<std::function<void(std::uint64_t)>> subscribers;
  {
    const std::scoped_lock lock(mutex_);
    const auto end = waiting_.upper_bound(position);
    for (auto it = waiting_.begin(); it != end; ++it) ready.push_back(std::move(it->second));
    waiting_.erase(waiting_.begin(), end);
    waiting_count_.store(waiting_.size(), std::memory_order_relaxed);
    interested_.fetch_sub(ready.size());
    subscribers = subscribers_;
  }
  for (const auto& tell : subscribers) tell(position);
  for (const auto& go : ready) go();
}

}  // namespace atrium::view
