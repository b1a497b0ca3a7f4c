#include "actors/recovery.hpp"

#include <spdlog/spdlog.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <set>
#include <utility>

namespace atrium {

namespace {
/// How long one wait for barriers or for the index lasts before stop() is looked at again.
constexpr std::chrono::milliseconds patience{200};

struct barrier {
  std::mutex mutex;
  std::condition_variable wake;
  std::size_t missing = 0;
  std::uint64_t position = 0;
};
}  // namespace

recovery::recovery(journal& log, const stream_index& index)
    : log_(log), index_(index), thread_([this] { run(); }) {}

recovery::~recovery() {
  stop();
}

void recovery::stop() {
  {
    std::lock_guard lock{mutex_};
    if (stopping_) return;
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void recovery::load(std::string stream, shard_no shard, loaded done) {
  bool first;
  {
    std::lock_guard lock{mutex_};
    first = waiting_.empty();
    waiting_.push_back({std::move(stream), shard, std::move(done)});
  }
  if (first) wake_.notify_one();
}

void recovery::run() {
  for (;;) {
    std::vector<job> jobs;
    {
      std::unique_lock lock{mutex_};
      wake_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
      if (stopping_) return;
      jobs.swap(waiting_);
    }
    serve(std::move(jobs));
  }
}

void recovery::serve(std::vector<job> jobs) {
  if (!wait_until_indexed(jobs)) return;
  for (auto& j : jobs) {
    recovered_stream found;
    found.snapshot = index_.find_snapshot(j.stream);
    found.tail = index_.read_stream(j.stream, found.snapshot ? found.snapshot->seq + 1 : 1);
    j.done(std::move(found));
  }
}

bool recovery::wait_until_indexed(const std::vector<job>& jobs) {
  auto passed = std::make_shared<barrier>();
  std::set<shard_no> concerned;
  for (const auto& j : jobs) concerned.insert(j.shard);
  passed->missing = concerned.size();
  for (const auto shard : concerned) {
    log_.append(shard, {}, [passed](const append_result& r) {
      std::lock_guard lock{passed->mutex};
      passed->position = std::max(passed->position, r.position);
      if (--passed->missing == 0) passed->wake.notify_one();
    });
  }
  const auto stopped = [this] {
    std::lock_guard lock{mutex_};
    return stopping_;
  };
  std::unique_lock lock{passed->mutex};
  while (!passed->wake.wait_for(lock, patience, [&] { return passed->missing == 0; })) {
    if (stopped()) return false;
  }
  const auto position = passed->position;
  lock.unlock();
  while (!index_.wait_for(position, patience)) {
    if (stopped()) return false;
    if (const auto log = spdlog::get("actors"))
      log->warn("recovery waits for the index to reach {}, it is at {}", position,
                index_.position());
  }
  return true;
}

}  // namespace atrium
