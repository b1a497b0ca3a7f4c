#include "persistence/memory_stream_index.hpp"

#include <stdexcept>

#include "persistence/stream_facts.hpp"

namespace atrium {

namespace {

stored_event decoded(std::uint64_t position, std::string_view record) {
  auto e = decode_record(position, record);
  if (!e) throw std::runtime_error(e.error().detail);
  return std::move(*e);
}

}  // namespace

void memory_stream_index::catch_up() {
  std::vector<stored_event> fresh;
  log_.read(position() + 1, SIZE_MAX, [&](std::uint64_t position, std::string_view record) {
    fresh.push_back(decoded(position, record));
    return true;
  });
  for (const auto& e : fresh) apply(e);
  if (!fresh.empty()) commit(fresh.back().position);
}

void memory_stream_index::clear() {
  const std::scoped_lock lock(mutex_);
  position_ = 0;
  streams_.clear();
  snapshots_.clear();
  sagas_.clear();
  open_.clear();
  due_.clear();
}

void memory_stream_index::apply(const stored_event& e) {
  const std::scoped_lock lock(mutex_);
  if (e.position <= position_) return;
  position_ = e.position;
  streams_[e.stream].push_back(e.position);
  if (const auto id = id_in(e.stream, saga_streams); !id.empty()) {
    const saga_id key{std::string(id)};
    auto& saga = sagas_[key];
    advance(saga, e);
    if (saga.is == saga_entry::state::completed) {
      open_.erase(saga.started_position);
    } else {
      open_[saga.started_position] = key;
    }
  } else if (const auto room = id_in(e.stream, room_streams); !room.empty()) {
    const auto changes = due_of(e.what, room_id{std::string(room)}, e.at);
    for (const auto& entry : changes.remove) due_.erase(entry);
    for (const auto& entry : changes.add) due_.insert(entry);
  }
}

void memory_stream_index::commit(std::uint64_t position) {
  {
    const std::scoped_lock lock(mutex_);
    position_ = std::max(position_, position);
  }
  advanced_.notify_all();
}

std::uint64_t memory_stream_index::position() const {
  const std::scoped_lock lock(mutex_);
  return position_;
}

bool memory_stream_index::wait_for(std::uint64_t wanted, std::chrono::milliseconds timeout) const {
  std::unique_lock lock(mutex_);
  return advanced_.wait_for(lock, timeout, [&] { return position_ >= wanted; });
}

std::vector<stored_event> memory_stream_index::read_stream(std::string_view stream,
                                                           std::uint64_t from_seq,
                                                           std::size_t limit) const {
  std::vector<std::uint64_t> positions;
  {
    const std::scoped_lock lock(mutex_);
    if (const auto found = streams_.find(std::string(stream)); found != streams_.end())
      positions = found->second;
  }
  std::vector<stored_event> events;
  for (std::size_t i = from_seq == 0 ? 0 : from_seq - 1; i < positions.size(); ++i) {
    if (events.size() == limit) break;
    log_.read(positions[i], 1, [&](std::uint64_t position, std::string_view record) {
      events.push_back(decoded(position, record));
      return false;
    });
  }
  return events;
}

std::optional<stream_index::snapshot> memory_stream_index::find_snapshot(
    std::string_view stream) const {
  const std::scoped_lock lock(mutex_);
  const auto found = snapshots_.find(std::string(stream));
  return found == snapshots_.end() ? std::nullopt : std::optional(found->second);
}

void memory_stream_index::offer_snapshot(std::string stream, snapshot s) {
  const std::scoped_lock lock(mutex_);
  auto& kept = snapshots_[std::move(stream)];
  if (s.seq >= kept.seq) kept = std::move(s);
}

std::optional<saga_entry> memory_stream_index::find_saga(const saga_id& id) const {
  const std::scoped_lock lock(mutex_);
  const auto found = sagas_.find(id);
  return found == sagas_.end() ? std::nullopt : std::optional(found->second);
}

std::vector<saga_id> memory_stream_index::open_sagas(std::size_t limit) const {
  const std::scoped_lock lock(mutex_);
  std::vector<saga_id> ids;
  for (const auto& [started, id] : open_) {
    if (ids.size() == limit) break;
    ids.push_back(id);
  }
  return ids;
}

std::vector<due_entry> memory_stream_index::due(instant until, std::size_t limit) const {
  const std::scoped_lock lock(mutex_);
  std::vector<due_entry> entries;
  for (const auto& entry : due_) {
    if (entry.at > until || entries.size() == limit) break;
    entries.push_back(entry);
  }
  return entries;
}

}  // namespace atrium
