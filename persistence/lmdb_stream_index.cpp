#include "persistence/lmdb_stream_index.hpp"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <stdexcept>
#include <unordered_map>
#include <utility>

#include "persistence/derived_env.hpp"
#include "persistence/index_rows.hpp"
#include "persistence/stream_facts.hpp"

namespace atrium {

namespace {

using index_rows::saga_row;

/// Snapshots waiting for the follower; each may hold a whole room.
constexpr std::size_t max_offered = 256;
/// Rows looked at in one read transaction.
constexpr std::size_t rows_per_read = 4096;

stored_event read_one(const journal& log, std::uint64_t position) {
  std::optional<result<stored_event>> found;
  log.read(position, 1, [&](std::uint64_t at, std::string_view record) {
    found.emplace(decode_record(at, record));
    return false;
  });
  if (!found) throw std::runtime_error("the index names a position the journal does not have");
  if (!*found) throw std::runtime_error((*found).error().detail);
  return std::move(**found);
}

class lmdb_stream_index_impl final : public lmdb_stream_index, public projection {
 public:
  lmdb_stream_index_impl(std::unique_ptr<derived_env> store, const journal& log)
      : store_(std::move(store)),
        log_(log),
        streams_(store_->open_table("streams")),
        sagas_(store_->open_table("sagas")),
        open_(store_->open_table("open_sagas")),
        due_(store_->open_table("due")),
        snapshots_(store_->open_table("snapshots")) {}

  projection& as_projection() override { return *this; }
  void close() override { store_->close(); }

  // stream_index and projection
  std::uint64_t position() const override { return store_->position(); }
  bool wait_for(std::uint64_t wanted, std::chrono::milliseconds timeout) const override;
  std::vector<stored_event> read_stream(std::string_view stream, std::uint64_t from_seq,
                                        std::size_t limit) const override;
  std::optional<snapshot> find_snapshot(std::string_view stream) const override;
  void offer_snapshot(std::string stream, snapshot s) override;
  std::optional<saga_entry> find_saga(const saga_id& id) const override;
  std::vector<saga_id> open_sagas(std::size_t limit) const override;
  std::vector<due_entry> due(instant until, std::size_t limit) const override;

  std::string_view name() const override { return "index"; }
  bool is_awaited() const noexcept override { return waiters_.load() != 0; }
  void when_awaited(std::function<void()> hurry) override {
    const std::scoped_lock lock(waiting_mutex_);
    hurry_ = std::move(hurry);
  }
  void begin() override;
  void apply(const stored_event& e) override;
  void commit(std::uint64_t position) override;
  void rollback() noexcept override;

 private:
  /// A saga's row while its transaction runs.
  struct touched {
    saga_row row;
    std::optional<std::uint64_t> listed;  ///< its key in open_sagas on disk
  };
  touched& touch(std::string_view id);
  void write_sagas();
  void write_snapshots();
  std::vector<std::uint64_t> positions_of(std::string_view stream, std::uint64_t from_seq,
                                          std::size_t limit) const;

  std::unique_ptr<derived_env> store_;
  const journal& log_;
  lmdb::table streams_, sagas_, open_, due_, snapshots_;
  std::unordered_map<std::string, touched> touched_;  ///< the follower's thread only

  std::mutex offered_mutex_;
  std::unordered_map<std::string, snapshot> offered_;
  mutable std::atomic<int> waiters_{0};
  std::function<void()> hurry_;
  mutable std::mutex waiting_mutex_;
  mutable std::condition_variable advanced_;
};

// ---- the follower's half -----------------------------------------------------------------------

void lmdb_stream_index_impl::begin() {
  touched_.clear();
  store_->begin();
}

void lmdb_stream_index_impl::rollback() noexcept {
  touched_.clear();
  store_->rollback();
}

lmdb_stream_index_impl::touched& lmdb_stream_index_impl::touch(std::string_view id) {
  auto [at, fresh] = touched_.try_emplace(std::string(id));
  if (!fresh) return at->second;
  touched& saga = at->second;
  if (const auto bytes = store_->txn().get(sagas_, id)) {
    auto row = index_rows::decode_saga(*bytes);
    if (!row) throw std::runtime_error("a saga's row in the index is damaged");
    saga.row = std::move(*row);
    if (saga.row.entry.is != saga_entry::state::completed)
      saga.listed = saga.row.entry.started_position;
  }
  return saga;
}

void lmdb_stream_index_impl::apply(const stored_event& e) {
  if (const auto id = id_in(e.stream, saga_streams); !id.empty()) {
    saga_row& row = touch(id).row;
    advance(row.entry, e);
    row.positions.push_back(e.position);
    return;
  }
  auto& txn = store_->txn();
  txn.put(streams_, index_rows::stream_key(e.stream, e.seq), lmdb::view_of(lmdb::be64(e.position)));
  if (const auto room = id_in(e.stream, room_streams); !room.empty()) {
    const auto changes = due_of(e.what, room_id{std::string(room)}, e.at);
    for (const auto& entry : changes.remove) txn.del(due_, index_rows::due_key(entry));
    for (const auto& entry : changes.add) txn.put(due_, index_rows::due_key(entry), {});
  }
}

void lmdb_stream_index_impl::write_sagas() {
  auto& txn = store_->txn();
  for (const auto& [id, saga] : touched_) {
    txn.put(sagas_, id, index_rows::encode(saga.row));
    std::optional<std::uint64_t> list;
    if (saga.row.entry.is != saga_entry::state::completed) list = saga.row.entry.started_position;
    if (list == saga.listed) continue;
    if (saga.listed) txn.del(open_, lmdb::view_of(lmdb::be64(*saga.listed)));
    if (list) txn.put(open_, lmdb::view_of(lmdb::be64(*list)), id);
  }
}

/// Only snapshots whose last event is indexed, hence durable, are written; others wait.
void lmdb_stream_index_impl::write_snapshots() {
  const std::scoped_lock lock(offered_mutex_);
  auto& txn = store_->txn();
  for (auto at = offered_.begin(); at != offered_.end();) {
    const auto& [stream, offered] = *at;
    if (!txn.get(streams_, index_rows::stream_key(stream, offered.seq))) {
      ++at;
      continue;
    }
    txn.put(snapshots_, stream, index_rows::encode(stream, offered));
    at = offered_.erase(at);
  }
}

void lmdb_stream_index_impl::commit(std::uint64_t position) {
  write_sagas();
  write_snapshots();
  store_->commit(position);
  touched_.clear();
  if (waiters_.load() == 0) return;
  // Taking the lock once orders this behind a waiter that has looked but does not wait yet.
  { const std::scoped_lock lock(waiting_mutex_); }
  advanced_.notify_all();
}

// ---- readers -----------------------------------------------------------------------------------

bool lmdb_stream_index_impl::wait_for(std::uint64_t wanted,
                                      std::chrono::milliseconds timeout) const {
  if (position() >= wanted) return true;
  ++waiters_;
  std::unique_lock lock(waiting_mutex_);
  if (hurry_) hurry_();
  const bool reached = advanced_.wait_for(lock, timeout, [&] { return position() >= wanted; });
  --waiters_;
  return reached;
}

std::vector<std::uint64_t> lmdb_stream_index_impl::positions_of(std::string_view stream,
                                                                std::uint64_t from_seq,
                                                                std::size_t limit) const {
  const lmdb::read_txn txn(store_->env());
  std::vector<std::uint64_t> positions;
  if (const auto id = id_in(stream, saga_streams); !id.empty()) {
    const auto bytes = txn.get(sagas_, id);
    const auto row = bytes ? index_rows::decode_saga(*bytes) : std::nullopt;
    if (!row) return positions;
    for (std::size_t i = from_seq - 1; i < row->positions.size() && limit != 0; ++i, --limit)
      positions.push_back(row->positions[i]);
    return positions;
  }
  const std::string from = index_rows::stream_key(stream, from_seq);
  const std::string_view prefix = std::string_view(from).substr(0, stream.size() + 1);
  lmdb::cursor at(txn, streams_);
  for (bool more = at.seek(from); more && limit != 0; more = at.next(), --limit) {
    if (at.key().size() != from.size() || !at.key().starts_with(prefix)) break;
    positions.push_back(lmdb::read_be64(at.value().data()));
  }
  return positions;
}

std::vector<stored_event> lmdb_stream_index_impl::read_stream(std::string_view stream,
                                                              std::uint64_t from_seq,
                                                              std::size_t limit) const {
  std::vector<stored_event> events;
  from_seq = std::max<std::uint64_t>(from_seq, 1);
  while (events.size() < limit) {
    const auto want = std::min(limit - events.size(), rows_per_read);
    const auto positions = positions_of(stream, from_seq + events.size(), want);
    for (const auto position : positions) events.push_back(read_one(log_, position));
    if (positions.size() < want) break;
  }
  return events;
}

std::optional<stream_index::snapshot> lmdb_stream_index_impl::find_snapshot(
    std::string_view stream) const {
  const lmdb::read_txn txn(store_->env());
  const auto bytes = txn.get(snapshots_, stream);
  return bytes ? index_rows::decode_snapshot(*bytes) : std::nullopt;
}

void lmdb_stream_index_impl::offer_snapshot(std::string stream, snapshot s) {
  // Sagas are short and read whole.
  if (stream.starts_with(saga_streams)) return;
  const std::scoped_lock lock(offered_mutex_);
  if (offered_.size() >= max_offered && !offered_.contains(stream)) return;
  offered_.insert_or_assign(std::move(stream), std::move(s));
}

std::optional<saga_entry> lmdb_stream_index_impl::find_saga(const saga_id& id) const {
  if (id.empty()) return std::nullopt;
  const lmdb::read_txn txn(store_->env());
  const auto bytes = txn.get(sagas_, id.view());
  if (!bytes) return std::nullopt;
  auto row = index_rows::decode_saga(*bytes);
  return row ? std::optional(std::move(row->entry)) : std::nullopt;
}

std::vector<saga_id> lmdb_stream_index_impl::open_sagas(std::size_t limit) const {
  const lmdb::read_txn txn(store_->env());
  std::vector<saga_id> ids;
  lmdb::cursor at(txn, open_);
  for (bool more = at.first(); more && ids.size() < limit; more = at.next())
    ids.emplace_back(std::string(at.value()));
  return ids;
}

std::vector<due_entry> lmdb_stream_index_impl::due(instant until, std::size_t limit) const {
  const lmdb::read_txn txn(store_->env());
  std::vector<due_entry> entries;
  lmdb::cursor at(txn, due_);
  for (bool more = at.first(); more && entries.size() < limit; more = at.next()) {
    auto entry = index_rows::decode_due(at.key());
    if (!entry || entry->at > until) break;
    entries.push_back(std::move(*entry));
  }
  return entries;
}

}  // namespace

result<std::unique_ptr<lmdb_stream_index>> lmdb_stream_index::open(const std::filesystem::path& dir,
                                                                   const journal& log,
                                                                   std::size_t map_size_mb) {
  derived_options options;
  options.dir = dir;
  options.name = "index";
  options.schema_version = index_rows::schema_version;
  options.journal_id = log.id();
  options.durable_position = log.durable_position();
  options.map_size_mb = map_size_mb;
  options.max_tables = 8;
  auto store = derived_env::open(options);
  if (!store) return store.error();
  return std::unique_ptr<lmdb_stream_index>(
      std::make_unique<lmdb_stream_index_impl>(std::move(*store), log));
}

}  // namespace atrium
