#include "actors/observed.hpp"

#include <algorithm>

namespace atrium {

void actor_registry::add(std::shared_ptr<actor_probe> probe) {
  auto& s = shards_[probe->id % shards_.size()];
  std::lock_guard lock{s.mutex};
  const auto id = probe->id;
  s.probes.emplace(id, std::move(probe));
}

void actor_registry::remove(std::uint64_t id) {
  auto& s = shards_[id % shards_.size()];
  std::lock_guard lock{s.mutex};
  s.probes.erase(id);
}

std::size_t actor_registry::size() const {
  std::size_t n = 0;
  for (const auto& s : shards_) {
    std::lock_guard lock{s.mutex};
    n += s.probes.size();
  }
  return n;
}

actor_info actor_registry::read(const actor_probe& p, std::int64_t now) {
  actor_info i;
  i.id = p.id;
  i.handled = p.handled.load(std::memory_order_relaxed);
  i.failed = p.failed.load(std::memory_order_relaxed);
  const auto enqueued = p.enqueued.load(std::memory_order_relaxed);
  i.queued = enqueued > i.handled ? enqueued - i.handled : 0;
  if (p.waiting_outside) i.queued += p.waiting_outside();
  if (i.queued > 0)
    i.oldest_ms = static_cast<std::uint64_t>(std::max<std::int64_t>(
                      0, now - p.waiting_since_ns.load(std::memory_order_relaxed))) /
                  1'000'000;
  i.mean_us = i.handled ? p.busy_ns.load(std::memory_order_relaxed) / i.handled / 1000 : 0;
  i.max_us = p.max_ns.load(std::memory_order_relaxed) / 1000;
  return i;
}

void actor_registry::count(std::map<std::string, desk_census::of_kind>& to) const {
  const auto now = steady_ns();
  for (const auto& s : shards_) {
    std::lock_guard lock{s.mutex};
    for (const auto& [id, p] : s.probes) {
      const auto one = read(*p, now);
      auto& sum = to[p->kind];
      ++sum.actors;
      sum.handled += one.handled;
      sum.failed += one.failed;
      sum.queued += one.queued;
      sum.oldest_ms = std::max(sum.oldest_ms, one.oldest_ms);
    }
  }
}

std::vector<actor_info> actor_registry::describe(std::size_t most) const {
  std::vector<actor_info> all;
  const auto now = steady_ns();
  for (const auto& s : shards_) {
    std::lock_guard lock{s.mutex};
    for (const auto& [id, p] : s.probes) {
      auto i = read(*p, now);
      i.kind = p->kind;
      i.key = p->key;
      all.push_back(std::move(i));
    }
  }
  const auto busier = [](const actor_info& a, const actor_info& b) {
    return std::tie(b.queued, b.handled, a.id) < std::tie(a.queued, a.handled, b.id);
  };
  const auto kept = std::min(most, all.size());
  std::partial_sort(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(kept), all.end(),
                    busier);
  all.resize(kept);
  return all;
}

}  // namespace atrium
