#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "persistence/journal.hpp"
#include "persistence/stream_index.hpp"

namespace atrium {

/// What an entity is rebuilt from.
struct recovered_stream {
  std::optional<stream_index::snapshot> snapshot;
  std::vector<stored_event> tail;
};

/// Reads entities' streams back, off the actor threads, since a cold page means disk I/O.
///
/// Operation: gathers all waiting requests, sends one barrier through the journal for each shard
/// they concern and waits until the index has reached it: so an entity that is spawned again sees
/// everything its earlier incarnation handed to the journal.
/// Concurrency: one thread of its own; load() from any thread. Limitations: `loaded` must not
/// block.
class recovery {
 public:
  using loaded = std::function<void(recovered_stream)>;
  recovery(journal& log, const stream_index& index);
  ~recovery();
  recovery(const recovery&) = delete;
  recovery& operator=(const recovery&) = delete;

  /// `shard` is where the stream's events are appended. `done` runs on the recovery thread;
  /// requests still waiting when it stops are dropped.
  void load(std::string stream, shard_no shard, loaded done);
  void stop();

 private:
  struct job {
    std::string stream;
    shard_no shard;
    loaded done;
  };
  void run();
  void serve(std::vector<job> jobs);
  bool wait_until_indexed(const std::vector<job>& jobs);

  journal& log_;
  const stream_index& index_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<job> waiting_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace atrium
