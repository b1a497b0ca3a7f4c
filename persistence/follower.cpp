#include "persistence/follower.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <pthread.h>
#include <span>
#include <stdexcept>
#include <thread>

#include "persistence/batch_thread.hpp"
#include "persistence/lmdb_env.hpp"

namespace atrium {

namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

/// Read in one read transaction and fed in one write transaction, whichever is reached first.
constexpr std::size_t max_chunk_events = 16'384;
constexpr std::size_t max_chunk_bytes = std::size_t{16} << 20;
/// Decoded events whose memory is kept while nothing happens.
constexpr std::size_t kept_events = 256;
/// A failed projection is tried again after 100 ms, then twice as long each time up to 10 s.
constexpr auto first_back_off = 100ms;
constexpr auto max_back_off = 10'000ms;

struct member {
  projection* fed = nullptr;
  // Guarded by the mutex of impl, for describe():
  bool paused = false;
  std::string last_error;
  std::uint64_t events = 0;
  // The pumping thread's own:
  std::chrono::milliseconds back_off{0};
  clock::time_point retry_at{};
};

}  // namespace

struct follower::impl {
  impl(const journal& l, pace p) : log(l), paced(p) {}

  bool runnable(const member& m) const { return !m.paused && m.retry_at <= clock::now(); }
  bool behind(const member& m) const { return m.fed->position() < log.durable_position(); }
  bool has_work();
  std::size_t round();
  std::size_t feed(const std::vector<member*>& group);
  void read_chunk(std::uint64_t from);
  void feed_one(member& m);
  void failed(member& m, const char* what);
  void run();
  void rest(std::chrono::microseconds pause);
  void hurry();
  void sleep();
  bool anyone_waits() const;

  const journal& log;
  const pace paced;
  std::vector<member> members;
  // The pumping thread's own:
  std::vector<stored_event> decoded;  ///< kept from chunk to chunk, which saves its texts' memory
  std::span<const stored_event> chunk;

  mutable std::mutex mutex;
  std::condition_variable wake;
  std::atomic<bool> asleep{false};
  std::atomic<bool> stopping{false};
  std::thread thread;
};

// ---- feeding -----------------------------------------------------------------------------------

void follower::impl::read_chunk(std::uint64_t from) {
  std::size_t read = 0;
  std::size_t bytes = 0;
  std::string problem;
  log.read(from, max_chunk_events, [&](std::uint64_t position, std::string_view record) {
    if (read == decoded.size()) decoded.emplace_back();
    if (auto fine = decode_record(position, record, decoded[read]); !fine) {
      problem = "journal position " + std::to_string(position) + ": " + fine.error().detail;
      return false;
    }
    ++read;
    bytes += record.size();
    return bytes < max_chunk_bytes;
  });
  chunk = std::span(decoded).first(read);
  // What came before the unreadable record is still applied.
  if (!problem.empty() && chunk.empty()) throw std::runtime_error(problem);
}

/// Feeds the chunk as one transaction. A store whose map was full has grown it in rollback() and is
/// fed the same events again.
void follower::impl::feed_one(member& m) {
  for (;;) {
    try {
      m.fed->begin();
      for (const auto& e : chunk) m.fed->apply(e);
      m.fed->commit(chunk.back().position);
      break;
    } catch (const lmdb::error& e) {
      m.fed->rollback();
      if (!e.is_map_full()) return failed(m, e.what());
    } catch (const std::exception& e) {
      m.fed->rollback();
      return failed(m, e.what());
    }
  }
  m.back_off = 0ms;
  const std::scoped_lock lock(mutex);
  m.events += chunk.size();
  m.last_error.clear();
}

void follower::impl::failed(member& m, const char* what) {
  m.back_off = std::clamp<std::chrono::milliseconds>(m.back_off * 2, first_back_off, max_back_off);
  m.retry_at = clock::now() + m.back_off;
  spdlog::error("{}: applying the journal failed at position {}, next try in {} ms: {}",
                m.fed->name(), m.fed->position() + 1, m.back_off.count(), what);
  const std::scoped_lock lock(mutex);
  m.last_error = what;
}

/// One chunk for projections that stand at the same position. Returns how many events it had.
std::size_t follower::impl::feed(const std::vector<member*>& group) {
  try {
    read_chunk(group.front()->fed->position() + 1);
  } catch (const std::exception& e) {
    for (auto* m : group) failed(*m, e.what());
    return 0;
  }
  if (chunk.empty()) return 0;
  for (auto* m : group) feed_one(*m);
  return chunk.size();
}

/// One chunk for each group of projections in step, the foremost first: who lags catches up with
/// reads of its own and holds nobody up for longer than one chunk.
std::size_t follower::impl::round() {
  std::vector<member*> ready;
  {
    const std::scoped_lock lock(mutex);
    for (auto& m : members)
      if (runnable(m) && behind(m)) ready.push_back(&m);
  }
  std::stable_sort(ready.begin(), ready.end(), [](const member* a, const member* b) {
    return a->fed->position() > b->fed->position();
  });
  std::size_t fed = 0;
  for (std::size_t i = 0; i != ready.size();) {
    const auto at = ready[i]->fed->position();
    std::vector<member*> group;
    for (; i != ready.size() && ready[i]->fed->position() == at; ++i) group.push_back(ready[i]);
    fed += feed(group);
  }
  return fed;
}

// ---- the thread --------------------------------------------------------------------------------

bool follower::impl::has_work() {
  return std::any_of(members.begin(), members.end(),
                     [&](const member& m) { return runnable(m) && behind(m); });
}

bool follower::impl::anyone_waits() const {
  return std::any_of(members.begin(), members.end(),
                     [](const member& m) { return m.fed->is_awaited(); });
}

void follower::impl::run() {
  ::pthread_setname_np(::pthread_self(), "atrium-follower");
  schedule_in_batches();
  while (!stopping) {
    const auto began = clock::now();
    const std::size_t fed = round();
    if (fed == 0) {
      decoded.resize(std::min(decoded.size(), kept_events));
      decoded.shrink_to_fit();
      sleep();
      // A booking comes in two batches, and the second needs the processor more.
      rest(paced.after_waking);
    } else if (fed < max_chunk_events) {
      const auto worked =
          std::chrono::duration_cast<std::chrono::microseconds>(clock::now() - began);
      rest(std::min(worked * paced.rests_per_work, paced.longest_rest));
    }
  }
}

/// Each transaction rewrites the pages it touches, so fewer and larger ones cost less. A reader who
/// waits ends the rest.
void follower::impl::rest(std::chrono::microseconds pause) {
  std::unique_lock lock(mutex);
  wake.wait_for(lock, pause, [this] { return stopping || anyone_waits(); });
}

/// Taking the lock once orders this behind a follower that has looked but does not rest yet.
void follower::impl::hurry() {
  { const std::scoped_lock lock(mutex); }
  wake.notify_all();
}

void follower::impl::sleep() {
  std::unique_lock lock(mutex);
  asleep = true;
  // Looking again after saying so: a nudge before was for nobody, one after finds the flag.
  if (has_work() || stopping) {
    asleep = false;
    return;
  }
  auto retry = clock::time_point::max();
  for (const auto& m : members)
    if (!m.paused && behind(m)) retry = std::min(retry, m.retry_at);
  const auto woken = [this] { return !asleep || stopping; };
  if (retry == clock::time_point::max()) {
    wake.wait(lock, woken);
  } else {
    wake.wait_until(lock, retry, woken);
  }
  asleep = false;
}

// ---- the public half ---------------------------------------------------------------------------

follower::follower(const journal& log, std::vector<projection*> projections)
    : follower(log, std::move(projections), pace{}) {}

follower::follower(const journal& log, std::vector<projection*> projections, pace pace)
    : impl_(std::make_unique<impl>(log, pace)) {
  for (auto* p : projections) {
    member m;
    m.fed = p;
    p->when_awaited([this] { impl_->hurry(); });
    impl_->members.push_back(std::move(m));
  }
}

follower::~follower() {
  stop();
  for (auto& m : impl_->members) m.fed->when_awaited({});
}

void follower::catch_up() {
  while (impl_->round() != 0) {
  }
}

void follower::start() {
  impl_->stopping = false;
  impl_->thread = std::thread([this] { impl_->run(); });
}

void follower::stop() {
  {
    const std::scoped_lock lock(impl_->mutex);
    impl_->stopping = true;
  }
  impl_->wake.notify_all();
  if (impl_->thread.joinable()) impl_->thread.join();
}

void follower::nudge() noexcept {
  if (!impl_->asleep) return;
  {
    const std::scoped_lock lock(impl_->mutex);
    impl_->asleep = false;
  }
  impl_->wake.notify_all();
}

bool follower::set_paused(std::string_view name, bool paused) {
  bool found = false;
  {
    const std::scoped_lock lock(impl_->mutex);
    for (auto& m : impl_->members) {
      if (m.fed->name() != name) continue;
      m.paused = paused;
      found = true;
    }
  }
  nudge();
  return found;
}

std::vector<follower::status> follower::describe() const {
  const auto durable = impl_->log.durable_position();
  const std::scoped_lock lock(impl_->mutex);
  std::vector<status> all;
  for (const auto& m : impl_->members) {
    status s;
    s.name = m.fed->name();
    s.position = m.fed->position();
    s.lag = durable > s.position ? durable - s.position : 0;
    s.paused = m.paused;
    s.last_error = m.last_error;
    s.events = m.events;
    all.push_back(std::move(s));
  }
  return all;
}

}  // namespace atrium
