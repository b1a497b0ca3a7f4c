#include "payments/timer.hpp"

#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>

namespace atrium {

using steady = std::chrono::steady_clock;

struct timer_thread::impl {
  std::mutex mutex;
  std::condition_variable changed;
  std::multimap<steady::time_point, std::function<void()>> waiting;
  bool stopping = false;
  std::thread thread;

  void run() {
    std::unique_lock lock(mutex);
    while (!stopping) {
      if (waiting.empty()) {
        changed.wait(lock);
        continue;
      }
      const auto first = waiting.begin();
      if (first->first > steady::now()) {
        const auto until = first->first;
        changed.wait_until(lock, until);
        continue;
      }
      auto due = std::move(first->second);
      waiting.erase(first);
      lock.unlock();
      due();
      due = nullptr;  // what it owns may lock something: let it go before the mutex is taken again
      lock.lock();
    }
  }
};

timer_thread::timer_thread() : impl_(std::make_unique<impl>()) {
  impl_->thread = std::thread([this] { impl_->run(); });
}

timer_thread::~timer_thread() {
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->stopping = true;
  }
  impl_->changed.notify_one();
  impl_->thread.join();
}

void timer_thread::delay(std::chrono::milliseconds after, std::function<void()> run) {
  const auto at = steady::now() + after;
  bool is_first = false;
  {
    const std::lock_guard lock(impl_->mutex);
    // Two statements: the operands of one == are evaluated in any order.
    const auto placed = impl_->waiting.emplace(at, std::move(run));
    is_first = placed == impl_->waiting.begin();
  }
  if (is_first) impl_->changed.notify_one();
}

}  // namespace atrium
