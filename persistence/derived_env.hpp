#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "domain/failure.hpp"
#include "persistence/lmdb_env.hpp"

namespace atrium {

struct derived_options {
  std::filesystem::path dir;  ///< made when missing; everything in it may be dropped
  std::string name;           ///< for messages, e.g. "views"
  std::uint32_t schema_version =
      1;                         ///< of the tables' keys and values; another one on disk: rebuild
  std::uint64_t journal_id = 0;  ///< journal::id(); another one on disk: rebuild
  std::uint64_t durable_position =
      0;  ///< journal::durable_position(); a store ahead of it: rebuild
  std::size_t map_size_mb = 1024;
  unsigned max_tables = 32;
};

/// An LMDB environment that can be rebuilt from the journal: the index and the views.
///
/// Operation: it is not synchronous. What was committed survives kill -9 through the page cache,
/// but not a machine stop; so a small state file remembers the boot id of the machine and whether
/// the store was closed cleanly, and open() drops the files and starts empty at position 0 unless
/// it can trust them. The position is written in the same transaction as the tables. Concurrency:
/// begin/write/commit/rollback/close by one thread (the follower's); env() reads and position() by
/// any.
class derived_env {
 public:
  /// Fails (storage_full, dependency_unavailable) with a text for people when the directory cannot
  /// be made or opened even empty.
  static result<std::unique_ptr<derived_env>> open(const derived_options& options);
  /// Closes as after a kill unless close() ran.
  ~derived_env();
  derived_env(const derived_env&) = delete;
  derived_env& operator=(const derived_env&) = delete;

  lmdb::env& env() noexcept { return *env_; }
  const lmdb::env& env() const noexcept { return *env_; }
  lmdb::table open_table(const char* name, unsigned flags = 0) {
    return env_->open_table(name, flags);
  }

  /// Last committed position.
  std::uint64_t position() const noexcept { return position_.load(std::memory_order_acquire); }

  /// The projection's half of one transaction. begin() grows the map ahead of need; when a write
  /// still finds it full (lmdb::error, is_map_full()), rollback() grows it and the caller may run
  /// the same events again at once.
  void begin();
  lmdb::write_txn& txn() noexcept { return *txn_; }
  void commit(std::uint64_t position);
  void rollback() noexcept;

  /// Makes the store durable and marks it clean, so that it outlives a machine stop. Idempotent.
  void close();

  /// Removes the files of a derived store that no process has open (`atrium views rebuild`).
  static void drop(const std::filesystem::path& dir);

 private:
  explicit derived_env(const derived_options& options);

  derived_options options_;
  std::unique_ptr<lmdb::env> env_;
  lmdb::table meta_;
  std::optional<lmdb::write_txn> txn_;
  std::atomic<std::uint64_t> position_{0};
  bool closed_ = false;
};

}  // namespace atrium
