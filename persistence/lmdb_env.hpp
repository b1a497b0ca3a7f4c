#pragma once

#include <lmdb.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

/// Owners for LMDB's handles. Only persistence/ includes this.
namespace atrium::lmdb {

/// A call into LMDB failed. Thrown because a store that cannot be read or written is not an answer
/// to anybody's request; "not found" is never an error here.
class error : public std::runtime_error {
 public:
  error(int code, const std::string& what_failed);
  /// MDB_... (negative) or an errno.
  int code() const noexcept { return code_; }
  /// The map is full: abort the transaction, env::grow(), run the whole transaction again.
  bool is_map_full() const noexcept { return code_ == MDB_MAP_FULL; }

 private:
  int code_;
};

/// Throws error unless rc is MDB_SUCCESS.
void check(int rc, const char* what_failed);

/// What LMDB calls the file with an environment's data, in its directory.
inline constexpr const char* data_file = "data.mdb";

/// A named table (LMDB: "database") of an environment; a plain handle.
struct table {
  MDB_dbi dbi = 0;
};

struct env_options {
  std::filesystem::path dir;  ///< made when missing, unless read_only
  std::size_t map_size_mb =
      1024;  ///< address space, not disk; at least what the file already needs
  unsigned max_tables = 16;
  unsigned max_readers = 510;  ///< read transactions at once, of all processes
  bool synchronous = true;     ///< false: MDB_NOSYNC, survives kill -9 but not a machine stop
  bool read_only = false;      ///< for a second process beside the server
  bool no_lock = false;        ///< read_only and alone: makes not even a lock file
};

/// An LMDB environment with a growing map and a pool of reusable read transactions.
///
/// Concurrency: read_txn from any thread; one write_txn at a time (LMDB's own lock). A process must
/// not open one directory twice at the same time (LMDB's file locks forbid it).
/// Limitations: grow() waits for every running read transaction, so reads must be short (a read
/// that walks far pages by count or time: a few thousand rows or 100 ms, whichever is first), and a
/// thread never opens a second read_txn of the same environment while it has one. A read
/// transaction also keeps every page that is freed meanwhile from being reused: long ones make the
/// file grow.
class env {
 public:
  explicit env(const env_options& options);
  ~env();
  env(const env&) = delete;
  env& operator=(const env&) = delete;

  MDB_env* raw() const noexcept { return env_; }

  /// Opens a table, made when missing (a missing one of a read-only environment throws
  /// MDB_NOTFOUND). Only at start-up, with no transaction open on this thread.
  table open_table(const char* name, unsigned flags = 0);

  /// Whether the file has a table of this name; with none given, whether it has anything at all.
  bool has_table(const char* name = nullptr) const;

  std::size_t map_size() const;
  /// Bytes up to the last used page; free pages below it are counted as used.
  std::size_t map_used() const;
  /// Doubles the map. No write_txn may be open; blocks new readers and waits for running ones.
  void grow();
  /// grow() until at least `bytes` are free behind the last used page.
  void reserve(std::size_t bytes);
  /// Makes everything committed durable (for environments that are not synchronous).
  void sync();
  /// Transactions committed since the oldest running read transaction began; 0 when none runs.
  std::uint64_t oldest_reader_lag() const;

 private:
  friend class read_txn;
  MDB_txn* acquire_reader() const;
  void release_reader(MDB_txn* txn) const noexcept;
  MDB_txn* begin_reader() const;
  void enter() const noexcept;
  void leave() const noexcept;
  /// Inside the gate for a scope: LMDB reads its header through the map, too.
  struct pass {
    explicit pass(const env& e) : of(e) { of.enter(); }
    ~pass() { of.leave(); }
    pass(const pass&) = delete;
    pass& operator=(const pass&) = delete;
    const env& of;
  };
  void resize(std::size_t bytes) const;

  static constexpr std::size_t pooled_readers = 64;
  MDB_env* env_ = nullptr;
  mutable std::array<std::atomic<MDB_txn*>, pooled_readers> pool_{};
  // A gate in front of the map: readers pass while it is open; grow() closes it and waits until the
  // last one inside has left. Unlike std::shared_mutex a steady stream of readers cannot starve it.
  mutable std::atomic<std::uint32_t> inside_{0};
  mutable std::atomic<bool> closed_{false};
  mutable std::atomic<bool> resizing_{false};
};

/// What read and write transactions have in common.
class txn {
 public:
  txn(const txn&) = delete;
  txn& operator=(const txn&) = delete;
  MDB_txn* raw() const noexcept { return txn_; }

  /// Valid until the next write of this transaction or its end.
  std::optional<std::string_view> get(table t, std::string_view key) const;
  std::uint64_t count(table t) const;

 protected:
  txn() = default;
  ~txn() = default;
  MDB_txn* txn_ = nullptr;
};

/// A consistent view of the environment; about 0.1 us to open.
class read_txn : public txn {
 public:
  explicit read_txn(const env& e);
  ~read_txn();

 private:
  const env& env_;
};

/// Aborts unless committed.
class write_txn : public txn {
 public:
  explicit write_txn(env& e);
  ~write_txn();

  /// `flags`: MDB_APPEND when keys only ever grow.
  void put(table t, std::string_view key, std::string_view value, unsigned flags = 0);
  /// Room for `size` bytes of value that the caller fills before the next write.
  char* put_reserve(table t, std::string_view key, std::size_t size, unsigned flags = 0);
  /// False when there was no such key.
  bool del(table t, std::string_view key);
  void clear(table t);
  /// After a throw the transaction is gone and nothing of it was written.
  void commit();
  void abort() noexcept;
  /// Some call of this transaction found the map full.
  bool was_full() const noexcept { return full_; }

 private:
  void checked(int rc, const char* what_failed);
  bool full_ = false;
};

/// A position in a table; must not outlive its transaction. Moves return false at the end.
class cursor {
 public:
  cursor(const txn& t, table which);
  ~cursor();
  cursor(const cursor&) = delete;
  cursor& operator=(const cursor&) = delete;

  bool first() { return move(MDB_FIRST); }
  bool last() { return move(MDB_LAST); }
  bool next() { return move(MDB_NEXT); }
  bool prev() { return move(MDB_PREV); }
  /// To the first key at or after `key`.
  bool seek(std::string_view key);
  /// To the last key before `key`.
  bool seek_before(std::string_view key);
  std::string_view key() const noexcept { return {static_cast<char*>(key_.mv_data), key_.mv_size}; }
  std::string_view value() const noexcept {
    return {static_cast<char*>(value_.mv_data), value_.mv_size};
  }

 private:
  bool move(MDB_cursor_op op);
  MDB_cursor* cursor_ = nullptr;
  MDB_val key_{};
  MDB_val value_{};
};

/// Big-endian, so that LMDB's byte order is numeric order.
std::array<char, 8> be64(std::uint64_t n) noexcept;
void append_be64(std::string& to, std::uint64_t n);
/// Requires 8 bytes at `bytes`.
std::uint64_t read_be64(const char* bytes) noexcept;
inline std::string_view view_of(const std::array<char, 8>& key) noexcept {
  return {key.data(), key.size()};
}
/// Signed numbers (times) in order: the sign bit is flipped.
inline std::uint64_t ordered(std::int64_t n) noexcept {
  return static_cast<std::uint64_t>(n) ^ (std::uint64_t{1} << 63);
}
inline std::int64_t from_ordered(std::uint64_t n) noexcept {
  return static_cast<std::int64_t>(n ^ (std::uint64_t{1} << 63));
}

}  // namespace atrium::lmdb
