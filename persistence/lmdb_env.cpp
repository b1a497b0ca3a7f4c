#include "persistence/lmdb_env.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <functional>
#include <thread>

namespace atrium::lmdb {

namespace {

constexpr std::size_t mib = 1u << 20;
/// Where a doubling map stops: an address space of 16 TiB holds more than any disk it may meet.
constexpr std::size_t max_map_bytes = std::size_t{16} << 40;

MDB_val val(std::string_view s) {
  return {s.size(), const_cast<char*>(s.data())};
}

/// Where this thread looks first in the pool, so that threads rarely meet.
std::size_t home_slot() {
  static thread_local const std::size_t home =
      std::hash<std::thread::id>{}(std::this_thread::get_id());
  return home;
}

}  // namespace

error::error(int code, const std::string& what_failed)
    : std::runtime_error(what_failed + ": " + mdb_strerror(code)), code_(code) {}

void check(int rc, const char* what_failed) {
  if (rc != MDB_SUCCESS) throw error(rc, what_failed);
}

// ---- env ---------------------------------------------------------------------------------------

env::env(const env_options& options) {
  if (!options.read_only) std::filesystem::create_directories(options.dir);
  check(mdb_env_create(&env_), "mdb_env_create");
  try {
    check(mdb_env_set_maxdbs(env_, options.max_tables), "mdb_env_set_maxdbs");
    check(mdb_env_set_maxreaders(env_, options.max_readers), "mdb_env_set_maxreaders");
    if (!options.read_only)
      check(mdb_env_set_mapsize(env_, std::max<std::size_t>(options.map_size_mb, 1) * mib),
            "mdb_env_set_mapsize");
    unsigned flags = MDB_NOTLS | MDB_NORDAHEAD;
    if (!options.synchronous) flags |= MDB_NOSYNC;
    if (options.read_only) flags |= MDB_RDONLY;
    if (options.no_lock) flags |= MDB_NOLOCK;
    check(mdb_env_open(env_, options.dir.c_str(), flags, 0640), "mdb_env_open");
    // Readers that were killed in the middle would keep pages from being reused for ever.
    int dead = 0;
    mdb_reader_check(env_, &dead);
  } catch (...) {
    mdb_env_close(env_);
    throw;
  }
}

env::~env() {
  for (auto& slot : pool_)
    if (MDB_txn* txn = slot.exchange(nullptr)) mdb_txn_abort(txn);
  mdb_env_close(env_);
}

table env::open_table(const char* name, unsigned flags) {
  unsigned env_flags = 0;
  check(mdb_env_get_flags(env_, &env_flags), "mdb_env_get_flags");
  const bool read_only = (env_flags & MDB_RDONLY) != 0;
  table opened;
  for (;;) {
    MDB_txn* txn = nullptr;
    check(mdb_txn_begin(env_, nullptr, read_only ? MDB_RDONLY : 0, &txn), "mdb_txn_begin");
    int rc = mdb_dbi_open(txn, name, read_only ? flags : flags | MDB_CREATE, &opened.dbi);
    if (rc != MDB_SUCCESS) {
      mdb_txn_abort(txn);
    } else {
      rc = mdb_txn_commit(txn);  // of a reader too: an abort would close the handle again
    }
    if (rc == MDB_SUCCESS) return opened;
    if (rc != MDB_MAP_FULL) throw error(rc, std::string("opening table ") + name);
    grow();
  }
}

bool env::has_table(const char* name) const {
  const read_txn txn(*this);
  MDB_dbi dbi = 0;
  check(mdb_dbi_open(txn.raw(), nullptr, 0, &dbi), "mdb_dbi_open");
  if (name != nullptr) return txn.get(table{dbi}, name).has_value();
  return txn.count(table{dbi}) != 0;
}

std::size_t env::map_size() const {
  MDB_envinfo info{};
  const pass inside(*this);
  mdb_env_info(env_, &info);
  return info.me_mapsize;
}

std::size_t env::map_used() const {
  MDB_envinfo info{};
  MDB_stat stat{};
  const pass inside(*this);
  mdb_env_info(env_, &info);
  mdb_env_stat(env_, &stat);
  return (info.me_last_pgno + 1) * stat.ms_psize;
}

void env::grow() {
  const std::size_t now = map_size();
  if (now >= max_map_bytes) throw error(MDB_MAP_FULL, "the map cannot grow further");
  resize(now * 2);
}

void env::reserve(std::size_t bytes) {
  while (map_size() < map_used() + bytes) grow();
}

void env::resize(std::size_t bytes) const {
  // Only one thread works the gate; a second one waits for its turn.
  for (bool free = false; !resizing_.compare_exchange_strong(free, true); free = false)
    resizing_.wait(true);
  closed_ = true;
  for (std::uint32_t n = inside_; n != 0; n = inside_) inside_.wait(n);
  const int rc = mdb_env_set_mapsize(env_, bytes);
  closed_ = false;
  closed_.notify_all();
  resizing_ = false;
  resizing_.notify_one();
  check(rc, "mdb_env_set_mapsize");
}

void env::sync() {
  check(mdb_env_sync(env_, 1), "mdb_env_sync");
}

std::uint64_t env::oldest_reader_lag() const {
  struct scan {
    std::uint64_t newest, oldest;
  };
  MDB_envinfo info{};
  const pass inside(*this);
  mdb_env_info(env_, &info);
  scan found{info.me_last_txnid, info.me_last_txnid};
  // One line per reader: pid, thread, transaction ("-" when idle).
  mdb_reader_list(
      env_,
      [](const char* line, void* context) {
        auto& s = *static_cast<scan*>(context);
        const std::string_view text(line);
        const auto end = text.find_last_not_of(" \n");
        if (end == std::string_view::npos) return 0;
        const auto begin = text.find_last_of(' ', end) + 1;
        std::uint64_t id = 0;
        const auto parsed = std::from_chars(text.data() + begin, text.data() + end + 1, id);
        if (parsed.ec == std::errc{} && parsed.ptr == text.data() + end + 1)
          s.oldest = std::min(s.oldest, id);
        return 0;
      },
      &found);
  return found.newest - found.oldest;
}

void env::enter() const noexcept {
  for (;;) {
    if (!closed_) {
      inside_.fetch_add(1);
      if (!closed_) return;
      leave();
    }
    closed_.wait(true);
  }
}

void env::leave() const noexcept {
  if (inside_.fetch_sub(1) == 1 && closed_) inside_.notify_all();
}

MDB_txn* env::begin_reader() const {
  MDB_txn* txn = nullptr;
  check(mdb_txn_begin(env_, nullptr, MDB_RDONLY, &txn), "mdb_txn_begin (read)");
  return txn;
}

MDB_txn* env::acquire_reader() const {
  enter();
  try {
    const std::size_t home = home_slot();
    for (std::size_t i = 0; i != pooled_readers; ++i) {
      auto& slot = pool_[(home + i) % pooled_readers];
      if (slot.load(std::memory_order_relaxed) == nullptr) continue;
      if (MDB_txn* txn = slot.exchange(nullptr, std::memory_order_acquire)) {
        const int rc = mdb_txn_renew(txn);
        if (rc == MDB_SUCCESS) return txn;
        mdb_txn_abort(txn);
        if (rc != MDB_MAP_RESIZED) throw error(rc, "mdb_txn_renew");
        break;
      }
    }
    return begin_reader();
  } catch (const error& e) {
    leave();
    if (e.code() != MDB_MAP_RESIZED) throw;
  }
  // Another process has grown the file: take its size over.
  resize(0);
  enter();
  try {
    return begin_reader();
  } catch (...) {
    leave();
    throw;
  }
}

void env::release_reader(MDB_txn* txn) const noexcept {
  mdb_txn_reset(txn);
  const std::size_t home = home_slot();
  for (std::size_t i = 0; i != pooled_readers; ++i) {
    auto& slot = pool_[(home + i) % pooled_readers];
    MDB_txn* empty = nullptr;
    if (slot.load(std::memory_order_relaxed) == nullptr &&
        slot.compare_exchange_strong(empty, txn, std::memory_order_release)) {
      leave();
      return;
    }
  }
  mdb_txn_abort(txn);
  leave();
}

// ---- transactions ------------------------------------------------------------------------------

std::optional<std::string_view> txn::get(table t, std::string_view key) const {
  if (key.empty()) return std::nullopt;  // LMDB would call it an error
  MDB_val k = val(key);
  MDB_val v{};
  const int rc = mdb_get(txn_, t.dbi, &k, &v);
  if (rc == MDB_NOTFOUND) return std::nullopt;
  check(rc, "mdb_get");
  return std::string_view(static_cast<char*>(v.mv_data), v.mv_size);
}

std::uint64_t txn::count(table t) const {
  MDB_stat stat{};
  check(mdb_stat(txn_, t.dbi, &stat), "mdb_stat");
  return stat.ms_entries;
}

read_txn::read_txn(const env& e) : env_(e) {
  txn_ = e.acquire_reader();
}
read_txn::~read_txn() {
  env_.release_reader(txn_);
}

write_txn::write_txn(env& e) {
  check(mdb_txn_begin(e.raw(), nullptr, 0, &txn_), "mdb_txn_begin");
}
write_txn::~write_txn() {
  abort();
}

void write_txn::checked(int rc, const char* what_failed) {
  if (rc == MDB_MAP_FULL) full_ = true;
  check(rc, what_failed);
}

void write_txn::put(table t, std::string_view key, std::string_view value, unsigned flags) {
  MDB_val k = val(key);
  MDB_val v = val(value);
  checked(mdb_put(txn_, t.dbi, &k, &v, flags), "mdb_put");
}

char* write_txn::put_reserve(table t, std::string_view key, std::size_t size, unsigned flags) {
  MDB_val k = val(key);
  MDB_val v{size, nullptr};
  checked(mdb_put(txn_, t.dbi, &k, &v, flags | MDB_RESERVE), "mdb_put");
  return static_cast<char*>(v.mv_data);
}

bool write_txn::del(table t, std::string_view key) {
  MDB_val k = val(key);
  const int rc = mdb_del(txn_, t.dbi, &k, nullptr);
  if (rc == MDB_NOTFOUND) return false;
  checked(rc, "mdb_del");
  return true;
}

void write_txn::clear(table t) {
  checked(mdb_drop(txn_, t.dbi, 0), "mdb_drop");
}

void write_txn::commit() {
  MDB_txn* committing = txn_;
  txn_ = nullptr;  // LMDB frees it, whatever the outcome
  checked(mdb_txn_commit(committing), "mdb_txn_commit");
}

void write_txn::abort() noexcept {
  if (txn_ != nullptr) mdb_txn_abort(txn_);
  txn_ = nullptr;
}

// ---- cursor ------------------------------------------------------------------------------------

cursor::cursor(const txn& t, table which) {
  check(mdb_cursor_open(t.raw(), which.dbi, &cursor_), "mdb_cursor_open");
}
cursor::~cursor() {
  mdb_cursor_close(cursor_);
}

bool cursor::move(MDB_cursor_op op) {
  const int rc = mdb_cursor_get(cursor_, &key_, &value_, op);
  if (rc == MDB_NOTFOUND) return false;
  check(rc, "mdb_cursor_get");
  return true;
}

bool cursor::seek(std::string_view key) {
  if (key.empty()) return first();
  key_ = val(key);
  return move(MDB_SET_RANGE);
}

bool cursor::seek_before(std::string_view key) {
  return seek(key) ? prev() : last();
}

// ---- keys --------------------------------------------------------------------------------------

std::array<char, 8> be64(std::uint64_t n) noexcept {
  std::array<char, 8> bytes{};
  for (int i = 7; i >= 0; --i, n >>= 8) bytes[static_cast<std::size_t>(i)] = static_cast<char>(n);
  return bytes;
}

void append_be64(std::string& to, std::uint64_t n) {
  const auto bytes = be64(n);
  to.append(bytes.data(), bytes.size());
}

std::uint64_t read_be64(const char* bytes) noexcept {
  std::uint64_t n = 0;
  for (int i = 0; i != 8; ++i) n = n << 8 | static_cast<unsigned char>(bytes[i]);
  return n;
}

}  // namespace atrium::lmdb
