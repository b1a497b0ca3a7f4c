#include "persistence/view_waiters.hpp"

#include <string>
#include <utility>

namespace atrium::view {
namespace {

failure too_many_wait() {
  return {.code = ec::overloaded,
          .detail = std::to_string(waiters::most) +
                    " requests wait for the read model already. Repeat the request in a moment; a "
                    "GET without Atrium-Min-Position is answered at once.",
          .retry_after_ms = 2'000};
}

}  // namespace

result<waiters::place> waiters::when_reached(std::uint64_t wanted,
                                             const std::function<std::uint64_t()>& now,
                                             std::function<void()> ready) {
  if (now() < wanted) {
    const std::scoped_lock lock(mutex_);
    if (waiting_.size() >= most) return too_many_wait();
    // Counted before the position is read again: a commit in between either sees the count and
    // takes the lock, or its position is seen here.
    interested_.fetch_add(1);
    if (now() < wanted) {
      const key at{wanted, next_serial_++};
      waiting_.emplace(at, std::move(ready));
      waiting_count_.store(waiting_.size());
      if (hurry_) hurry_();
      return place(*this, at);
    }
    interested_.fetch_sub(1);
  }
  ready();
  return place();
}

void waiters::withdraw(const key& at) {
  std::function<void()> ready;  // destroyed after the lock: what it holds may do anything then
  const std::scoped_lock lock(mutex_);
  const auto found = waiting_.find(at);
  if (found == waiting_.end()) return;
  ready = std::move(found->second);
  waiting_.erase(found);
  waiting_count_.store(waiting_.size(), std::memory_order_relaxed);
  interested_.fetch_sub(1);
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
    const auto end = waiting_.upper_bound({position, UINT64_MAX});
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
