#pragma once

#include <deque>
#include <mutex>
#include <string>
#include <vector>

#include "persistence/journal.hpp"

namespace atrium {

/// A journal in memory for simulations: nothing becomes durable by itself, so that a test can stop
/// the world between "appended" and "durable", or between any two batches.
///
/// Operation: append() queues; step() makes the oldest queued batch durable and calls its callback
/// on the calling thread, then the subscribers; flush() steps until nothing waits, also what
/// callbacks add. crash() forgets what is not durable, never calling back, and drops the
/// subscribers, as a killed process would; the durable records stay for the next life. Concurrency:
/// every member from any thread; callbacks run without the lock.
class memory_journal final : public journal {
 public:
  explicit memory_journal(shard_no shards = 12, std::uint64_t id = 1);

  void append(shard_no shard, batch records, done on_done) override;
  shard_no shards() const override { return shards_; }
  std::uint64_t id() const override { return id_; }
  std::uint64_t durable_position() const override;
  std::size_t backlog() const override;
  void read(std::uint64_t from, std::size_t limit,
            const std::function<bool(std::uint64_t, std::string_view)>& visit) const override;
  void subscribe(std::function<void(std::uint64_t)> on_advance) override;

  /// False when nothing waits.
  bool step();
  /// Returns how many batches became durable. Ends after `most` even if callbacks keep appending.
  std::size_t flush(std::size_t most = 1'000'000);
  void crash();

  /// The next `batches` steps come back fenced and write nothing.
  void plant_fencing(std::size_t batches);
  /// From now on step() does nothing, as a disk that never answers; heal() ends it.
  void plant_stall();
  void heal();

  /// Every durable record, decoded. Throws std::logic_error on one that does not decode: a bug.
  std::vector<stored_event> events() const;

 private:
  struct waiting {
    shard_no shard;
    batch records;
    done on_done;
  };
  append_result write(waiting& next);

  const shard_no shards_;
  const std::uint64_t id_;
  mutable std::mutex mutex_;
  std::deque<std::string> durable_;
  std::vector<std::uint64_t> next_offset_;
  std::deque<waiting> queue_;
  std::vector<std::function<void(std::uint64_t)>> subscribers_;
  std::size_t fenced_steps_ = 0;
  bool stalled_ = false;
};

}  // namespace atrium
