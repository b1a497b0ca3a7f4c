#pragma once

#include <filesystem>
#include <memory>

#include "persistence/journal.hpp"

namespace atrium {

struct lmdb_journal_options {
  std::filesystem::path dir;               ///< <data dir>/journal; made when missing
  shard_no shards = 12;                    ///< only for a new directory; 1..1024
  std::size_t map_size_mb = 1024;          ///< first size of the map; grows by doubling when full
  std::size_t max_batch_bytes = 8u << 20;  ///< most bytes gathered into one transaction
  /// Runs once on the writer thread when a write fails (EIO, ENOSPC, ...); the text says what and
  /// what to do. Must not return to serving: the default logs and calls std::_Exit(74).
  std::function<void(const std::string&)> on_fatal;
  /// For tests: runs on the writer thread before each commit; an errno other than 0 fails the
  /// commit as the disk would.
  std::function<int()> before_commit;
};

/// Counters for metrics and introspection; a consistent-enough copy.
struct journal_stats {
  std::uint64_t events = 0, batches = 0, commits = 0, bytes = 0;
  std::uint64_t last_commit_us = 0, max_commit_us = 0, map_size = 0, map_used = 0;
};

/// The journal in LMDB. One writer thread gathers all waiting batches into one synchronous
/// transaction: nobody waits for company, and many share a commit because they come during one.
class lmdb_journal : public journal {
 public:
  /// Fails with a text for people: not ours, newer format, torn, held by another process (naming
  /// its pid), no space. Writes nothing into a directory that is not empty and not ours.
  static result<std::unique_ptr<lmdb_journal>> open(lmdb_journal_options options);
  virtual journal_stats stats() const = 0;
  /// Writes what is queued and joins the writer; later batches are dropped without an answer, and
  /// reads go on until the journal is destroyed. Idempotent.
  virtual void close() = 0;
};

}  // namespace atrium
