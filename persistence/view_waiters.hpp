#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

#include "domain/failure.hpp"

namespace atrium::view {

/// Those who wait for the views to reach a position, and those who want to hear of every commit.
/// Costs one atomic load a commit when nobody waits.
/// Concurrency: every member from any thread; callbacks run without the lock held.
class waiters {
  using key = std::pair<std::uint64_t, std::uint64_t>;  ///< wanted position, serial number

 public:
  static constexpr std::size_t most = 10'000;

  /// A place among those who wait. Letting go of it withdraws `ready`, unless it was called already
  /// or is about to be. Must not outlive the waiters.
  class [[nodiscard]] place {
   public:
    place() = default;  ///< of one who need not wait
    place(waiters& of, key at) : of_(&of), at_(at) {}
    place(place&& other) noexcept : of_(std::exchange(other.of_, nullptr)), at_(other.at_) {}
    place& operator=(place&&) = delete;
    ~place() {
      if (of_) of_->withdraw(at_);
    }

   private:
    waiters* of_ = nullptr;
    key at_;
  };

  /// `now` reads the position of the views. Fails with overloaded, without keeping `ready`, when
  /// `most` wait already.
  result<place> when_reached(std::uint64_t wanted, const std::function<std::uint64_t()>& now,
                             std::function<void()> ready);
  void subscribe(std::function<void(std::uint64_t)> on_commit);
  /// After the position is visible to readers.
  void reached(std::uint64_t position);
  bool anyone() const noexcept { return waiting_count_.load() != 0; }
  /// `hurry` is called whenever somebody begins to wait, with the lock held; once this returns, the
  /// one before is not called any more.
  void when_waiting(std::function<void()> hurry) {
    const std::scoped_lock lock(mutex_);
    hurry_ = std::move(hurry);
  }

 private:
  void withdraw(const key& at);

  std::mutex mutex_;
  std::map<key, std::function<void()>> waiting_;
  std::uint64_t next_serial_ = 0;
  std::vector<std::function<void(std::uint64_t)>> subscribers_;
  std::atomic<std::size_t> interested_{0};
  std::atomic<std::size_t> waiting_count_{0};
  std::function<void()> hurry_;
};

}  // namespace atrium::view
