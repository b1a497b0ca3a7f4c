#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "domain/failure.hpp"
#include "persistence/codec.hpp"

namespace atrium {

using shard_no = std::uint16_t;

/// Which shard an entity's stream lives in: FNV-1a 64 of the text modulo the number of shards,
/// which is fixed when the data directory is made. Never change the hash.
shard_no shard_of(std::string_view key, shard_no shards);

/// What became of one append.
struct append_result {
  enum class status : std::uint8_t { durable, fenced } is = status::durable;
  std::uint64_t position = 0;  ///< of the batch's last event
};

/// The journal port: the only truth. One machine: LMDB (persistence/lmdb_journal.hpp); many: a
/// Kafka partition per shard.
///
/// Operation: append() queues a batch; batches of one shard become durable in the order of their
/// appends and are acknowledged in that order. A batch is atomic. An append that cannot be written
/// is never retried: on one machine the implementation reports to its fatal handler and the process
/// stops without acknowledging; in a cluster the batch comes back fenced.
/// Concurrency: every member may be called from any thread.
/// An empty batch is a barrier: nothing is written, and it is acknowledged (with the position
/// reached) once everything appended before it is durable. Limitations: a batch holds at most 64
/// records of at most 1 MiB each.
class journal {
 public:
  /// Called once, on a thread of the journal's own; must not block and must not call append().
  using done = std::function<void(const append_result&)>;
  /// Records are made by encode_record(); a vector so that one batch is one allocation to hand
  /// over.
  using batch = std::vector<std::string>;

  virtual ~journal() = default;
  virtual void append(shard_no shard, batch records, done on_done) = 0;

  virtual shard_no shards() const = 0;
  /// Random number given to the journal when it was made (or restored): what is derived from one
  /// journal is dropped when it meets another.
  virtual std::uint64_t id() const { return 0; }
  /// Position of the last durable event, 0 when empty.
  virtual std::uint64_t durable_position() const = 0;
  /// Batches queued or being written now; admission control reads it.
  virtual std::size_t backlog() const = 0;

  /// Visits durable records with position in [from, ...) in order until `visit` returns false.
  /// The views are valid inside the call only, and `visit` must not call the journal. The read
  /// transaction it holds is short-lived: at most `limit` records.
  virtual void read(
      std::uint64_t from, std::size_t limit,
      const std::function<bool(std::uint64_t position, std::string_view record)>& visit) const = 0;

  /// `on_advance(position)` runs on the journal's thread after each commit; must not block.
  virtual void subscribe(std::function<void(std::uint64_t)> on_advance) = 0;
};

/// For implementations of append(): throws std::logic_error on a batch outside the port's bounds.
void check_batch(shard_no shard, shard_no shards, const journal::batch& records);

}  // namespace atrium
