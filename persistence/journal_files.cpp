#include "persistence/journal_files.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <random>
#include <string>
#include <sys/file.h>
#include <system_error>
#include <unistd.h>

#include "domain/refusal.hpp"

namespace atrium::journal_files {

namespace fs = std::filesystem;

namespace {

constexpr const char* lock_file = "LOCK";
constexpr std::string_view magic = "atrium-journal";
constexpr std::string_view magic_key = "magic", format_key = "format", id_key = "id",
                           shards_key = "shards", offsets_key = "next_offsets";

/// LMDB writes this number behind the first page's 16-byte header, in the machine's byte order.
constexpr std::size_t lmdb_magic_at = 16;
constexpr std::uint32_t lmdb_magic = 0xBEEFC0DE;

failure alien(const fs::path& dir, const std::string& why) {
  return refusal(ec::malformed, dir.string() + " is not an Atrium journal (" + why +
                                    "); nothing was written to it. Choose another data directory.");
}

failure damaged(const std::string& why) {
  return refusal(ec::malformed,
                 "the journal is damaged: " + why + ". Restore a backup with `atrium restore`.");
}

bool has_lmdb_magic(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::array<char, lmdb_magic_at + sizeof lmdb_magic> head{};
  if (!in.read(head.data(), head.size())) return false;
  return std::memcmp(head.data() + lmdb_magic_at, &lmdb_magic, sizeof lmdb_magic) == 0;
}

std::optional<std::uint64_t> number(const lmdb::txn& txn, lmdb::table t, std::string_view key) {
  const auto v = txn.get(t, key);
  if (!v || v->size() != 8) return std::nullopt;
  return lmdb::read_be64(v->data());
}

result<void> inspect_data(const fs::path& dir) {
  lmdb::env_options read_only;
  read_only.dir = dir;
  read_only.read_only = read_only.no_lock = true;
  const lmdb::env env(read_only);
  // In this order: a server that goes on writing makes the file longer before its header says so.
  const auto needed = env.map_used();
  const auto size = fs::file_size(dir / lmdb::data_file);
  if (size < needed)
    return damaged("data.mdb has " + std::to_string(size) + " bytes where its header speaks of " +
                   std::to_string(needed) + "; it was cut off or copied in part");
  if (env.has_table() && !env.has_table(meta_table))
    return alien(dir, "its data.mdb belongs to another program");
  return {};
}

}  // namespace

failure explain(const fs::path& dir, int code, const std::string& what) {
  const bool full = code == ENOSPC || code == EDQUOT;
  return refusal(full ? ec::storage_full : ec::dependency_unavailable,
                 dir.string() + ": " + what + (full ? ". Free some space and start again." : ""));
}

// ---- LOCK --------------------------------------------------------------------------------------

result<dir_lock> dir_lock::take(const fs::path& dir, bool may_create) {
  const fs::path file = dir / lock_file;
  const int fd = ::open(file.c_str(), O_RDWR | O_CLOEXEC | (may_create ? O_CREAT : 0), 0640);
  if (fd < 0) {
    if (errno == ENOENT && !may_create) return dir_lock(-1);
    return explain(dir, errno, std::string("LOCK cannot be opened: ") + std::strerror(errno));
  }
  dir_lock lock(fd);
  if (::flock(fd, LOCK_EX | LOCK_NB) == 0) return lock;
  std::string pid;
  std::ifstream(file) >> pid;
  return refusal(ec::dependency_unavailable,
                 dir.string() + " is in use by process " + (pid.empty() ? "(unknown)" : pid) +
                     ". Stop it first, or choose another data directory.");
}

dir_lock::~dir_lock() {
  if (fd_ >= 0) ::close(fd_);
}

void dir_lock::write_pid() const {
  const std::string text = std::to_string(::getpid()) + "\n";
  if (::ftruncate(fd_, 0) != 0 ||
      ::pwrite(fd_, text.data(), text.size(), 0) != static_cast<ssize_t>(text.size()))
    throw std::system_error(errno, std::generic_category(), "writing LOCK");
}

// ---- recognising -------------------------------------------------------------------------------

result<void> inspect(const fs::path& dir) {
  try {
    if (!fs::exists(dir)) return {};
    if (!fs::is_directory(dir)) return alien(dir, "it is a file");
    const fs::path data = dir / lmdb::data_file;
    if (!fs::exists(data)) {
      for (const auto& entry : fs::directory_iterator(dir)) {
        const auto name = entry.path().filename();
        if (name != lock_file && name != "lock.mdb" && name != "lost+found")
          return alien(dir, "it holds " + name.string() + " but no " + lmdb::data_file);
      }
      return {};
    }
    // Of no bytes: a first start that was killed before it wrote anything.
    if (fs::file_size(data) == 0) return {};
    if (!has_lmdb_magic(data)) return alien(dir, "its data.mdb is of another kind, or torn");
    return inspect_data(dir);
  } catch (const lmdb::error& e) {
    if (e.code() == MDB_VERSION_MISMATCH)
      return alien(dir, "its data.mdb was written by another version of LMDB");
    if (e.code() == MDB_INVALID || e.code() == MDB_CORRUPTED) return damaged(e.what());
    return explain(dir, e.code(), e.what());
  } catch (const fs::filesystem_error& e) {
    return explain(dir, e.code().value(), e.what());
  }
}

result<meta> load(const lmdb::env& env, lmdb::table metas, lmdb::table records) {
  const lmdb::read_txn txn(env);
  if (txn.get(metas, magic_key) != magic)
    return refusal(ec::malformed, "this is not an Atrium journal: its magic is missing");
  const auto written_format = number(txn, metas, format_key);
  if (!written_format || *written_format != format)
    return refusal(ec::malformed, "the journal has format " +
                                      std::to_string(written_format.value_or(0)) +
                                      ", this release reads format " + std::to_string(format) +
                                      ". Use the release that wrote it, or a newer one.");
  const auto shards = number(txn, metas, shards_key);
  const auto id = number(txn, metas, id_key);
  const auto offsets = txn.get(metas, offsets_key);
  if (!shards || !id || *shards == 0 || *shards > 1024 || !offsets ||
      offsets->size() != 8 * *shards)
    return damaged("its meta table is incomplete");
  meta m;
  m.shards = static_cast<shard_no>(*shards);
  m.journal_id = *id;
  std::uint64_t events = 0;
  for (std::size_t i = 0; i != *shards; ++i) {
    m.next_offsets.push_back(lmdb::read_be64(offsets->data() + 8 * i));
    events += m.next_offsets.back() - 1;
  }
  lmdb::cursor last(txn, records);
  if (last.last()) {
    if (last.key().size() != 8) return damaged("a record's key is not a position");
    m.last_position = lmdb::read_be64(last.key().data());
  }
  if (m.last_position != txn.count(records) || m.last_position != events)
    return damaged("positions and offsets do not add up");
  return m;
}

void store_new(lmdb::write_txn& txn, lmdb::table metas, const meta& m) {
  txn.put(metas, magic_key, magic);
  txn.put(metas, format_key, lmdb::view_of(lmdb::be64(format)));
  txn.put(metas, shards_key, lmdb::view_of(lmdb::be64(m.shards)));
  store_id(txn, metas, m.journal_id);
  store_offsets(txn, metas, m.next_offsets);
}

void store_offsets(lmdb::write_txn& txn, lmdb::table metas,
                   const std::vector<std::uint64_t>& next) {
  char* to = txn.put_reserve(metas, offsets_key, 8 * next.size());
  for (const auto n : next) {
    const auto bytes = lmdb::be64(n);
    to = std::copy(bytes.begin(), bytes.end(), to);
  }
}

void store_id(lmdb::write_txn& txn, lmdb::table metas, std::uint64_t id) {
  txn.put(metas, id_key, lmdb::view_of(lmdb::be64(id)));
}

std::uint64_t random_id() {
  std::random_device device;
  const std::uint64_t id = std::uint64_t{device()} << 32 | device();
  return id == 0 ? 1 : id;
}

}  // namespace atrium::journal_files
