#include "persistence/memory_journal.hpp"

#include <stdexcept>

#include "persistence/record_layout.hpp"

namespace atrium {

memory_journal::memory_journal(shard_no shards, std::uint64_t id)
    : shards_(shards), id_(id), next_offset_(shards, 1) {}

void memory_journal::append(shard_no shard, batch records, done on_done) {
  check_batch(shard, shards_, records);
  const std::scoped_lock lock(mutex_);
  queue_.push_back({shard, std::move(records), std::move(on_done)});
}

std::uint64_t memory_journal::durable_position() const {
  const std::scoped_lock lock(mutex_);
  return durable_.size();
}

std::size_t memory_journal::backlog() const {
  const std::scoped_lock lock(mutex_);
  return queue_.size();
}

void memory_journal::read(std::uint64_t from, std::size_t limit,
                          const std::function<bool(std::uint64_t, std::string_view)>& visit) const {
  for (std::uint64_t p = from == 0 ? 1 : from; limit != 0; ++p, --limit) {
    std::string record;
    {
      const std::scoped_lock lock(mutex_);
      if (p > durable_.size()) return;
      record = durable_[p - 1];
    }
    if (!visit(p, record)) return;
  }
}

void memory_journal::subscribe(std::function<void(std::uint64_t)> on_advance) {
  const std::scoped_lock lock(mutex_);
  subscribers_.push_back(std::move(on_advance));
}

append_result memory_journal::write(waiting& next) {
  if (fenced_steps_ != 0) {
    --fenced_steps_;
    return {append_result::status::fenced, durable_.size()};
  }
  for (auto& record : next.records) {
    record::place(record.data(), next.shard, next_offset_[next.shard]++);
    durable_.push_back(std::move(record));
  }
  return {append_result::status::durable, durable_.size()};
}

bool memory_journal::step() {
  done on_done;
  append_result outcome;
  std::vector<std::function<void(std::uint64_t)>> subscribers;
  {
    const std::scoped_lock lock(mutex_);
    if (queue_.empty() || stalled_) return false;
    on_done = std::move(queue_.front().on_done);
    outcome = write(queue_.front());
    queue_.pop_front();
    if (outcome.is == append_result::status::durable) subscribers = subscribers_;
  }
  if (on_done) on_done(outcome);
  for (const auto& tell : subscribers) tell(outcome.position);
  return true;
}

std::size_t memory_journal::flush(std::size_t most) {
  std::size_t steps = 0;
  while (steps != most && step()) ++steps;
  return steps;
}

void memory_journal::crash() {
  const std::scoped_lock lock(mutex_);
  queue_.clear();
  subscribers_.clear();
  fenced_steps_ = 0;
  stalled_ = false;
}

void memory_journal::plant_fencing(std::size_t batches) {
  const std::scoped_lock lock(mutex_);
  fenced_steps_ = batches;
}

void memory_journal::plant_stall() {
  const std::scoped_lock lock(mutex_);
  stalled_ = true;
}

void memory_journal::heal() {
  const std::scoped_lock lock(mutex_);
  stalled_ = false;
  fenced_steps_ = 0;
}

std::vector<stored_event> memory_journal::events() const {
  std::vector<stored_event> all;
  read(1, SIZE_MAX, [&](std::uint64_t position, std::string_view record) {
    auto decoded = decode_record(position, record);
    if (!decoded) throw std::logic_error(decoded.error().detail);
    all.push_back(std::move(*decoded));
    return true;
  });
  return all;
}

}  // namespace atrium
