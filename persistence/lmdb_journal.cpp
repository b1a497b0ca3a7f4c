#include "persistence/lmdb_journal.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <fcntl.h>
#include <mutex>
#include <optional>
#include <pthread.h>
#include <span>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <utility>

#include "domain/refusal.hpp"
#include "persistence/file_reserve.hpp"
#include "persistence/journal_files.hpp"
#include "persistence/lmdb_env.hpp"
#include "persistence/record_layout.hpp"

namespace atrium {

namespace {

/// The exit code for "an I/O error happened" (EX_IOERR of sysexits.h).
constexpr int exit_io_error = 74;

[[noreturn]] void stop_the_process(const std::string& text) {
  spdlog::critical("{}", text);
  spdlog::shutdown();
  std::_Exit(exit_io_error);
}

void sync_directory(const std::filesystem::path& dir) {
  const int fd = ::open(dir.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) throw std::system_error(errno, std::generic_category(), dir.string());
  const int rc = ::fsync(fd);
  const int why = errno;
  ::close(fd);
  if (rc != 0) throw std::system_error(why, std::generic_category(), dir.string());
}

class lmdb_journal_impl final : public lmdb_journal {
 public:
  lmdb_journal_impl(lmdb_journal_options options, journal_files::dir_lock lock);
  ~lmdb_journal_impl() override { close(); }

  /// The half of opening that can find something wrong with what is on disk.
  result<void> load();

  void append(shard_no shard, batch records, done on_done) override;
  shard_no shards() const override { return meta_.shards; }
  std::uint64_t id() const override { return meta_.journal_id; }
  std::uint64_t durable_position() const override { return durable_.load(); }
  std::size_t backlog() const override { return backlog_.load(std::memory_order_relaxed); }
  void read(std::uint64_t from, std::size_t limit,
            const std::function<bool(std::uint64_t, std::string_view)>& visit) const override;
  void subscribe(std::function<void(std::uint64_t)> on_advance) override;
  journal_stats stats() const override;
  void close() override;

 private:
  struct waiting {
    shard_no shard;
    batch records;
    done on_done;
    append_result outcome;
  };

  void run();
  bool take(std::vector<waiting>& taken);
  /// How long a group that still grows is not written yet.
  static constexpr std::chrono::microseconds most_courtesy{300};
  std::size_t fitting(std::span<const waiting> taken) const;
  void write(std::span<waiting> group);
  void write_once(std::span<waiting> group);
  void acknowledge(std::span<waiting> group);
  void fail(const std::string& what);

  lmdb_journal_options options_;
  journal_files::dir_lock lock_;
  lmdb::env env_;
  lmdb::table metas_, records_;
  file_reserve reserve_;
  journal_files::meta meta_;  ///< after load(): the writer's own, but for the constants in it

  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<waiting> queue_;
  bool asleep_ = false;
  bool closing_ = false;
  std::mutex subscribers_mutex_;
  std::vector<std::function<void(std::uint64_t)>> subscribers_;

  std::atomic<std::uint64_t> durable_{0};
  std::atomic<std::size_t> backlog_{0};
  std::atomic<std::uint64_t> events_{0}, batches_{0}, commits_{0}, bytes_{0}, last_us_{0},
      max_us_{0};
  std::mutex close_mutex_;
  std::thread writer_;
};

lmdb::env_options env_options_of(const lmdb_journal_options& o) {
  lmdb::env_options env;
  env.dir = o.dir;
  env.map_size_mb = o.map_size_mb;
  return env;
}

lmdb_journal_impl::lmdb_journal_impl(lmdb_journal_options options, journal_files::dir_lock lock)
    : options_(std::move(options)),
      lock_(std::move(lock)),
      env_(env_options_of(options_)),
      metas_(env_.open_table(journal_files::meta_table)),
      records_(env_.open_table(journal_files::records_table)),
      reserve_(options_.dir / lmdb::data_file) {
  if (!options_.on_fatal) options_.on_fatal = stop_the_process;
}

result<void> lmdb_journal_impl::load() {
  bool fresh = false;
  {
    const lmdb::read_txn txn(env_);
    fresh = txn.count(metas_) == 0 && txn.count(records_) == 0;
  }
  if (fresh) {
    journal_files::meta born;
    born.journal_id = journal_files::random_id();
    born.shards = options_.shards;
    born.next_offsets.assign(options_.shards, 1);
    lmdb::write_txn txn(env_);
    journal_files::store_new(txn, metas_, born);
    txn.commit();
    sync_directory(options_.dir);
  }
  auto loaded = journal_files::load(env_, metas_, records_);
  if (!loaded) return loaded.error();
  meta_ = std::move(*loaded);
  durable_ = meta_.last_position;
  events_ = meta_.last_position;
  reserve_.used(env_.map_used());
  writer_ = std::thread([this] { run(); });
  return {};
}

void lmdb_journal_impl::append(shard_no shard, batch records, done on_done) {
  check_batch(shard, meta_.shards, records);
  bool wake = false;
  {
    const std::scoped_lock lock(mutex_);
    if (closing_) return;
    queue_.push_back({shard, std::move(records), std::move(on_done), {}});
    backlog_.fetch_add(1, std::memory_order_relaxed);
    wake = std::exchange(asleep_, false);
  }
  // While the writer is at work it looks into the queue itself: a wake-up would be a wasted
  // syscall.
  if (wake) wake_.notify_one();
}

// ---- the writer --------------------------------------------------------------------------------

void lmdb_journal_impl::run() {
  ::pthread_setname_np(::pthread_self(), "atrium-journal");
  std::vector<waiting> taken;
  while (take(taken)) {
    std::span<waiting> rest(taken);
    while (!rest.empty()) {
      const auto group = rest.first(fitting(rest));
      try {
        write(group);
      } catch (const std::exception& e) {
        return fail(e.what());
      }
      acknowledge(group);
      rest = rest.subspan(group.size());
    }
    taken.clear();
  }
}

/// Everything that waits, as one group; false when closing and nothing does. What comes while a
/// group is written is the next group: the busier the clients, the larger the groups.
bool lmdb_journal_impl::take(std::vector<waiting>& taken) {
  std::unique_lock lock(mutex_);
  while (queue_.empty()) {
    if (closing_) return false;
    asleep_ = true;
    wake_.wait(lock, [this] { return !asleep_; });
  }
  // Threads that are ready to run may add to the group, as long as that makes it grow.
  const auto until = std::chrono::steady_clock::now() + most_courtesy;
  for (std::size_t seen = 0; seen != queue_.size() && std::chrono::steady_clock::now() < until;) {
    seen = queue_.size();
    lock.unlock();
    std::this_thread::yield();
    lock.lock();
  }
  taken.swap(queue_);
  return true;
}

/// How many batches from the front go into one transaction: at least one.
std::size_t lmdb_journal_impl::fitting(std::span<const waiting> taken) const {
  std::size_t bytes = 0;
  std::size_t n = 0;
  for (; n != taken.size(); ++n) {
    for (const auto& record : taken[n].records) bytes += record.size();
    if (n != 0 && bytes > options_.max_batch_bytes) break;
  }
  return n;
}

/// Grows the map and writes the same group again when it was full; throws on every other failure.
void lmdb_journal_impl::write(std::span<waiting> group) {
  for (;;) {
    try {
      return write_once(group);
    } catch (const lmdb::error& e) {
      if (!e.is_map_full()) throw;
    }
    env_.grow();
  }
}

void lmdb_journal_impl::write_once(std::span<waiting> group) {
  const auto began = std::chrono::steady_clock::now();
  auto next = meta_.next_offsets;
  std::uint64_t position = meta_.last_position;
  std::uint64_t bytes = 0;
  std::optional<lmdb::write_txn> txn;
  for (auto& w : group) {
    if (!txn && !w.records.empty()) txn.emplace(env_);
    for (auto& record : w.records) {
      record::place(record.data(), w.shard, next[w.shard]++);
      txn->put(records_, lmdb::view_of(lmdb::be64(++position)), record, MDB_APPEND);
      bytes += record.size();
    }
    w.outcome.position = position;
  }
  if (!txn) return;  // barriers only
  journal_files::store_offsets(*txn, metas_, next);
  if (options_.before_commit) {
    if (const int planted = options_.before_commit(); planted != 0)
      throw lmdb::error(planted, "committing (planted)");
  }
  txn->commit();
  reserve_.used(env_.map_used());

  const auto took = std::chrono::duration_cast<std::chrono::microseconds>(
      std::chrono::steady_clock::now() - began);
  const auto us = static_cast<std::uint64_t>(took.count());
  events_ += position - meta_.last_position;
  batches_ += group.size();
  ++commits_;
  bytes_ += bytes;
  last_us_ = us;
  if (us > max_us_) max_us_ = us;
  meta_.next_offsets = std::move(next);
  meta_.last_position = position;
}

void lmdb_journal_impl::acknowledge(std::span<waiting> group) {
  const bool advanced = durable_.exchange(meta_.last_position) != meta_.last_position;
  for (auto& w : group)
    if (w.on_done) w.on_done(w.outcome);
  backlog_.fetch_sub(group.size(), std::memory_order_relaxed);
  if (!advanced) return;
  const std::scoped_lock lock(subscribers_mutex_);
  for (const auto& tell : subscribers_) tell(meta_.last_position);
}

void lmdb_journal_impl::fail(const std::string& what) {
  {
    // Whoever appends from now on waits in vain: the process is about to end.
    const std::scoped_lock lock(mutex_);
    closing_ = true;
    queue_.clear();
  }
  options_.on_fatal("The journal in " + options_.dir.string() + " cannot be written: " + what +
                    ". Nothing of the failed write was acknowledged. Atrium stops; check the disk "
                    "(space, quota, I/O errors in the kernel log) and start it again.");
}

// ---- readers -----------------------------------------------------------------------------------

void lmdb_journal_impl::read(
    std::uint64_t from, std::size_t limit,
    const std::function<bool(std::uint64_t, std::string_view)>& visit) const {
  if (limit == 0 || from > durable_position()) return;
  const auto key = lmdb::be64(from == 0 ? 1 : from);
  const lmdb::read_txn txn(env_);
  if (limit == 1) {
    if (const auto record = txn.get(records_, lmdb::view_of(key)))
      visit(lmdb::read_be64(key.data()), *record);
    return;
  }
  lmdb::cursor at(txn, records_);
  for (bool more = at.seek(lmdb::view_of(key)); more && limit != 0; more = at.next(), --limit)
    if (!visit(lmdb::read_be64(at.key().data()), at.value())) return;
}

void lmdb_journal_impl::subscribe(std::function<void(std::uint64_t)> on_advance) {
  const std::scoped_lock lock(subscribers_mutex_);
  subscribers_.push_back(std::move(on_advance));
}

journal_stats lmdb_journal_impl::stats() const {
  journal_stats s;
  s.events = events_;
  s.batches = batches_;
  s.commits = commits_;
  s.bytes = bytes_;
  s.last_commit_us = last_us_;
  s.max_commit_us = max_us_;
  s.map_size = env_.map_size();
  s.map_used = env_.map_used();
  return s;
}

void lmdb_journal_impl::close() {
  const std::scoped_lock only_one(close_mutex_);
  {
    const std::scoped_lock lock(mutex_);
    closing_ = true;
    asleep_ = false;
  }
  wake_.notify_one();
  if (writer_.joinable()) writer_.join();
}

}  // namespace

result<std::unique_ptr<lmdb_journal>> lmdb_journal::open(lmdb_journal_options options) {
  const auto dir = options.dir;
  if (options.shards == 0 || options.shards > 1024)
    return refusal(ec::validation, "the number of shards must be 1..1024");
  try {
    // A lock that exists is taken before looking, a missing one is made only after: so that a
    // directory of somebody else stays as it is.
    auto lock = journal_files::dir_lock::take(dir, false);
    if (!lock) return lock.error();
    if (auto fine = journal_files::inspect(dir); !fine) return fine.error();
    if (!lock->held()) {
      std::filesystem::create_directories(dir);
      lock = journal_files::dir_lock::take(dir, true);
      if (!lock) return lock.error();
    }
    lock->write_pid();
    auto opened = std::make_unique<lmdb_journal_impl>(std::move(options), std::move(*lock));
    if (auto loaded = opened->load(); !loaded) return loaded.error();
    return std::unique_ptr<lmdb_journal>(std::move(opened));
  } catch (const lmdb::error& e) {
    return journal_files::explain(dir, e.code(), e.what());
  } catch (const std::system_error& e) {
    return journal_files::explain(dir, e.code().value(), e.what());
  }
}

}  // namespace atrium
