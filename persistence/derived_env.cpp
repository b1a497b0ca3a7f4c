#include "persistence/derived_env.hpp"

#include <spdlog/spdlog.h>

#include <cerrno>
#include <fcntl.h>
#include <fstream>
#include <sstream>
#include <system_error>
#include <unistd.h>

#include "domain/refusal.hpp"

namespace atrium {

namespace fs = std::filesystem;

namespace {

/// Kept free behind the last page when a transaction begins, so that growing in the middle is rare.
constexpr std::size_t headroom_bytes = std::size_t{64} << 20;
constexpr const char* state_file = "state";
constexpr std::string_view position_key = "position";

std::string boot_id() {
  std::ifstream in("/proc/sys/kernel/random/boot_id");
  std::string id;
  in >> id;
  return id.empty() ? "unknown" : id;
}

/// The state file: one line of words, so that a person can read it.
struct store_state {
  std::uint32_t schema_version = 0;
  std::uint64_t journal_id = 0;
  std::string boot;
  bool clean = false;
};

std::optional<store_state> read_state(const fs::path& dir) {
  std::ifstream in(dir / state_file);
  store_state s;
  std::string magic;
  std::string clean;
  if (!(in >> magic >> s.schema_version >> s.journal_id >> s.boot >> clean)) return std::nullopt;
  if (magic != "atrium-derived-1") return std::nullopt;
  s.clean = clean == "clean";
  return s;
}

/// Replaces the file durably: written beside it, synced, renamed.
void write_state(const fs::path& dir, const store_state& s) {
  std::ostringstream text;
  text << "atrium-derived-1 " << s.schema_version << ' ' << s.journal_id << ' ' << s.boot << ' '
       << (s.clean ? "clean" : "open") << '\n';
  const std::string bytes = text.str();
  const fs::path beside = dir / "state.new";
  const int fd = ::open(beside.c_str(), O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0640);
  if (fd < 0) throw std::system_error(errno, std::generic_category(), beside.string());
  const bool written =
      ::write(fd, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()) &&
      ::fsync(fd) == 0;
  const int why = errno;
  ::close(fd);
  if (!written) throw std::system_error(why, std::generic_category(), beside.string());
  fs::rename(beside, dir / state_file);
  const int dir_fd = ::open(dir.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (dir_fd >= 0) {
    ::fsync(dir_fd);
    ::close(dir_fd);
  }
}

/// Why the files on disk cannot be trusted; empty when they can.
std::string distrust(const derived_options& o) {
  if (!fs::exists(o.dir / lmdb::data_file)) return {};
  const auto state = read_state(o.dir);
  if (!state) return "its state file is missing";
  if (state->schema_version != o.schema_version) return "its tables are of another version";
  if (state->journal_id != o.journal_id) return "it was built from another journal";
  if (!state->clean && (state->boot != boot_id() || state->boot == "unknown"))
    return "the machine stopped before it was closed";
  return {};
}

}  // namespace

void derived_env::drop(const fs::path& dir) {
  for (const char* name : {lmdb::data_file, "lock.mdb", state_file, "state.new"})
    fs::remove(dir / name);
}

derived_env::derived_env(const derived_options& options) : options_(options) {
  fs::create_directories(options_.dir);
  write_state(options_.dir, {options_.schema_version, options_.journal_id, boot_id(), false});
  lmdb::env_options env;
  env.dir = options_.dir;
  env.map_size_mb = options_.map_size_mb;
  env.max_tables = options_.max_tables;
  env.synchronous = false;
  env_ = std::make_unique<lmdb::env>(env);
  meta_ = env_->open_table("meta");
  const lmdb::read_txn txn(*env_);
  if (const auto p = txn.get(meta_, position_key); p && p->size() == 8)
    position_ = lmdb::read_be64(p->data());
}

derived_env::~derived_env() {
  rollback();
}

result<std::unique_ptr<derived_env>> derived_env::open(const derived_options& options) {
  try {
    std::string why = distrust(options);
    for (int attempt = 0;; ++attempt) {
      if (!why.empty()) {
        spdlog::info("{}: rebuilding from the journal, because {}", options.name, why);
        drop(options.dir);
      }
      try {
        std::unique_ptr<derived_env> opened(new derived_env(options));
        if (opened->position() <= options.durable_position) return opened;
        why = "it is ahead of the journal";
      } catch (const lmdb::error& e) {
        // A derived store is never worth refusing to start for: what cannot be opened is rebuilt.
        if (attempt > 0 || e.code() == ENOSPC || e.code() == EACCES || e.code() == EROFS) throw;
        why = e.what();
      }
    }
  } catch (const lmdb::error& e) {
    return refusal(e.code() == ENOSPC ? ec::storage_full : ec::dependency_unavailable,
                   options.dir.string() + ": " + e.what());
  } catch (const std::system_error& e) {
    return refusal(
        e.code() == std::errc::no_space_on_device ? ec::storage_full : ec::dependency_unavailable,
        options.dir.string() + ": " + e.what());
  }
}

void derived_env::begin() {
  env_->reserve(headroom_bytes);
  txn_.emplace(*env_);
}

void derived_env::commit(std::uint64_t position) {
  txn_->put(meta_, position_key, lmdb::view_of(lmdb::be64(position)));
  txn_->commit();
  txn_.reset();
  position_.store(position, std::memory_order_release);
}

void derived_env::rollback() noexcept {
  const bool was_full = txn_ && txn_->was_full();
  txn_.reset();
  if (!was_full) return;
  try {
    env_->grow();
  } catch (const lmdb::error& e) {
    spdlog::error("{}: {}", options_.name, e.what());
  }
}

void derived_env::close() {
  if (closed_) return;
  rollback();
  env_->sync();
  write_state(options_.dir, {options_.schema_version, options_.journal_id, boot_id(), true});
  closed_ = true;
}

}  // namespace atrium
