#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <vector>

#include "domain/failure.hpp"
#include "persistence/journal.hpp"
#include "persistence/lmdb_env.hpp"

/// What a journal's directory holds, and how it is recognised before anything is written to it:
/// LOCK (the pid of the process that has it), data.mdb, lock.mdb. Shared by the journal and by the
/// maintenance commands.
namespace atrium::journal_files {

inline constexpr std::uint64_t format = 1;
inline constexpr const char* records_table = "records";  ///< big-endian position -> record
inline constexpr const char* meta_table = "meta";        ///< the members of `meta` below

/// The journal's own facts, kept in its meta table.
struct meta {
  std::uint64_t journal_id = 0;
  shard_no shards = 0;
  std::uint64_t last_position = 0;
  std::vector<std::uint64_t> next_offsets;  ///< one a shard, from 1
};

/// An flock-ed LOCK file; released by the destructor or the end of the process, however it ends.
class dir_lock {
 public:
  /// Fails naming the pid of the process that has it. Makes the file only if `may_create`; without
  /// it a missing file gives a lock that holds nothing.
  static result<dir_lock> take(const std::filesystem::path& dir, bool may_create);
  dir_lock(dir_lock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  dir_lock& operator=(dir_lock&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~dir_lock();
  bool held() const noexcept { return fd_ >= 0; }
  void write_pid() const;

 private:
  explicit dir_lock(int fd) : fd_(fd) {}
  int fd_;
};

/// Looks without writing: success for a missing or empty directory (or one where a journal was
/// only just begun) and for a journal this release can read; else the text says what is wrong.
result<void> inspect(const std::filesystem::path& dir);

/// Reads the meta table and holds it against the records. Fails with malformed.
result<meta> load(const lmdb::env& env, lmdb::table metas, lmdb::table records);
/// Writes what never changes of a new journal, and next_offsets.
void store_new(lmdb::write_txn& txn, lmdb::table metas, const meta& m);
void store_offsets(lmdb::write_txn& txn, lmdb::table metas, const std::vector<std::uint64_t>& next);
/// Gives the journal another id: it goes its own way from here (a restored copy).
void store_id(lmdb::write_txn& txn, lmdb::table metas, std::uint64_t id);
std::uint64_t random_id();

/// A failure to open, in words for people: storage_full or dependency_unavailable.
failure explain(const std::filesystem::path& dir, int code, const std::string& what);

}  // namespace atrium::journal_files
