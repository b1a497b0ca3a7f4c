#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <vector>

namespace atrium::view {

/// Those who wait for the views to reach a position, and those who want to hear of every commit.
/// Costs one atomic load a commit when nobody waits.
/// Concurrency: every member from any thread; callbacks run without the lock held.
class waiters {
 public:
  static constexpr std::size_t most = 10'000;

  /// `now` reads the position of the views.
  void when_reached(std::uint64_t wanted, const std::function<std::uint64_t()>& now,
                    std::function<void()> ready);
  void subscribe(std::function<void(std::uint64_t)> on_commit);
  /// After the position is visible to readers.
  void reached(std::uint64_t position);
  bool anyone() const noexcept { return waiting_count_.load() != 0; }
  /// `hurry` is called whenever somebody begins to wait; set before there are others' threads.
  void when_waiting(std::function<void()> hurry) { hurry_ = std::move(hurry); }

 private:
  std::mutex mutex_;
  std::multimap<std::uint64_t, std::function<void()>> waiting_;
  std::vector<std::function<void(std::uint64_t)>> subscribers_;
  std::atomic<std::size_t> interested_{0};
  std::atomic<std::size_t> waiting_count_{0};
  std::function<void()> hurry_;
};

}  // namespace atrium::view
