#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
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
  /// Whether somebody waits for a position not reached yet; then the follower does not pause (3 ms
  /// under load) to gather more. Called from the follower's thread; must not block.
  virtual bool is_awaited() const noexcept { return false; }
};

/// One thread that reads the journal once, decodes each event once and feeds every projection.
/// Coalesces: under load a transaction carries thousands of events; when idle it wakes within 2 ms,
/// or at once when somebody waits. Concurrency: members from any thread.
class follower {
 public:
  follower(const journal& log, std::vector<projection*> projections);
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
