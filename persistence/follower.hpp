#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "persistence/journal.hpp"

namespace atrium {

/// Something derived from the journal, with a store and a position of its own.
class projection {
 public:
  virtual ~projection() = default;
  virtual std::string_view name() const = 0;
  /// Last position applied and committed.
  virtual std::uint64_t position() const = 0;
  /// begin, apply in journal order, commit (with the position, in the same transaction). Only the
  /// follower's thread calls these. They report failures by exception: the follower logs it, marks
  /// the projection failed, retries with back-off and goes on feeding the others.
  virtual void begin() = 0;
  virtual void apply(const stored_event& e) = 0;
  virtual void commit(std::uint64_t position) = 0;
  virtual void rollback() noexcept = 0;
  /// Whether somebody waits for a position not reached yet; then the follower does not rest (at
  /// most 250 ms under load) to gather more. Called by the follower; must not block.
  virtual bool is_awaited() const noexcept { return false; }
  /// `hurry` is to be called, from any thread, after is_awaited() has become true. Set once, before
  /// the follower starts; the follower outlives those who wait.
  virtual void when_awaited(std::function<void()> /*hurry*/) {}
};

/// One thread that reads the journal once, decodes each event once and feeds every projection.
/// Coalesces: it rests four times as long as it worked, at most 250 ms, so that under load a
/// transaction carries thousands of events; when idle it wakes within 2 ms, and whenever somebody
/// waits at once. Concurrency: members from any thread.
class follower {
 public:
  struct pace {
    int rests_per_work = 4;  ///< how many times as long it rests as it worked
    std::chrono::microseconds longest_rest{250'000};
    std::chrono::microseconds after_waking{2'000};
  };
  follower(const journal& log, std::vector<projection*> projections);
  follower(const journal& log, std::vector<projection*> projections, pace pace);
  ~follower();
  follower(const follower&) = delete;
  follower& operator=(const follower&) = delete;

  /// Applies everything that is durable now on the calling thread; used at start-up before start().
  void catch_up();
  void start();
  void stop();

  /// Wakes the thread; cheap, called after each commit.
  void nudge() noexcept;
  /// Pauses or resumes one projection by name (drills); the others go on. False for an unknown
  /// name.
  bool set_paused(std::string_view name, bool paused);

  struct status {
    std::string name;
    std::uint64_t position = 0;
    std::uint64_t lag = 0;
    bool paused = false;
    std::string last_error;
    std::uint64_t events = 0;
  };
  std::vector<status> describe() const;

 private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace atrium
