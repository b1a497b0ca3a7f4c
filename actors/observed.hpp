#pragma once

#include <caf/actor_config.hpp>
#include <caf/invoke_message_result.hpp>
#include <caf/mailbox_element.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "actors/protocol/command_port.hpp"

namespace atrium {

/// Counters of one actor: written by it with relaxed atomics, read by introspection at any time
/// without entering its mailbox. Outlives the actor while someone looks.
struct actor_probe {
  std::uint64_t id = 0;
  std::string kind, key;
  /// Waiting outside of the mailbox, when the actor has such a place; set before it is registered.
  std::function<std::size_t()> waiting_outside;
  std::atomic<std::uint64_t> enqueued{0}, handled{0}, failed{0}, busy_ns{0}, max_ns{0};
  /// Steady-clock ns at which the mailbox last went from empty to not empty or was served.
  std::atomic<std::int64_t> waiting_since_ns{0};
};

/// Every live observed actor. Touched on spawn and exit only; sharded so that this is cheap.
class actor_registry {
 public:
  void add(std::shared_ptr<actor_probe> probe);
  void remove(std::uint64_t id);
  std::size_t size() const;
  /// Adds every actor up, by kind.
  void count(std::map<std::string, desk_census::of_kind>& to) const;
  /// Busiest first (by queue, then by messages handled), at most `most`.
  std::vector<actor_info> describe(std::size_t most) const;

 private:
  static actor_info read(const actor_probe& p, std::int64_t now);
  struct shard {
    mutable std::mutex mutex;
    std::unordered_map<std::uint64_t, std::shared_ptr<actor_probe>> probes;
  };
  std::array<shard, 16> shards_;
};

/// Steady clock in nanoseconds; about 20 ns a call.
inline std::int64_t steady_ns() {
  return std::chrono::steady_clock::now().time_since_epoch().count();
}

/// Mixin over a CAF actor base that counts what passes through its mailbox. The hooks are the
/// virtual enqueue() and consume() that Debian's build of CAF leaves open (its profiler is compiled
/// out).
template <class Base>
class observed : public Base {
 public:
  explicit observed(caf::actor_config& cfg) : Base(cfg) {}

  /// Enters the registry; call it once at the start of the behaviour function.
  void observe(actor_registry& registry, std::string kind, std::string key,
               std::function<std::size_t()> waiting_outside = {}) {
    probe_->id = this->id();
    probe_->waiting_outside = std::move(waiting_outside);
    probe_->kind = std::move(kind);
    probe_->key = std::move(key);
    registry.add(probe_);
    this->attach_functor([&registry, id = this->id()](const caf::error&) { registry.remove(id); });
  }
  /// The message being handled stands for so many others that never were in the mailbox.
  void stands_for(std::size_t others) noexcept {
    probe_->enqueued.fetch_add(others, std::memory_order_relaxed);
    probe_->handled.fetch_add(others, std::memory_order_relaxed);
  }

  using Base::enqueue;
  void enqueue(caf::mailbox_element_ptr message, caf::execution_unit* unit) override {
    const auto before = probe_->enqueued.fetch_add(1, std::memory_order_relaxed);
    if (before == probe_->handled.load(std::memory_order_relaxed))
      probe_->waiting_since_ns.store(steady_ns(), std::memory_order_relaxed);
    Base::enqueue(std::move(message), unit);
  }

  using Base::consume;
  caf::invoke_message_result consume(caf::mailbox_element& message) override {
    const auto start = steady_ns();
    const auto outcome = Base::consume(message);
    if (outcome == caf::invoke_message_result::skipped) return outcome;
    const auto end = steady_ns();
    const auto spent = static_cast<std::uint64_t>(end - start);
    auto& p = *probe_;
    p.handled.fetch_add(1, std::memory_order_relaxed);
    p.busy_ns.fetch_add(spent, std::memory_order_relaxed);
    if (spent > p.max_ns.load(std::memory_order_relaxed))
      p.max_ns.store(spent, std::memory_order_relaxed);
    p.waiting_since_ns.store(end, std::memory_order_relaxed);
    return outcome;
  }

 private:
  std::shared_ptr<actor_probe> probe_ = std::make_shared<actor_probe>();
};

}  // namespace atrium
