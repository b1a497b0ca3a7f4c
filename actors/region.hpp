#pragma once

#include <caf/actor_system.hpp>
#include <caf/send.hpp>

#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "actors/entity.hpp"

namespace atrium {

/// The live entities of one shard: spawns them on demand, passivates the idle, forgets the failed.
///
/// Concurrency: every member from any thread. A message enters its entity's mailbox under the lock,
/// so that none falls between a decision to passivate and the entity's end; a completion that is
/// called while sending must not send to the same region again.
template <class Traits>
class region final : public entity_home {
 public:
  using request = entity_request<typename Traits::command>;

  region(caf::actor_system& system, entity_world& world) : system_(system), world_(world) {}

  /// To the entity, which is spawned when it is not there; refused with overloaded when too many
  /// wait for one that is being replaced. Dropped, which its completion's guard answers, once
  /// stop() was called.
  void send(request&& rq) {
    std::lock_guard lock{mutex_};
    forward(std::move(rq));
  }

  void passivate_idle() {
    const auto limit =
        steady_ns() - std::chrono::nanoseconds{world_.idle_before_passivation}.count();
    std::lock_guard lock{mutex_};
    for (auto& [id, c] : children_) {
      if (c.leaving || c.last_used_ns > limit) continue;
      c.leaving = true;
      caf::anon_send(c.actor, passivate{});
    }
  }

  void stop() {
    std::lock_guard lock{mutex_};
    stopped_ = true;
    for (auto& [id, c] : children_) caf::anon_send_exit(c.actor, caf::exit_reason::user_shutdown);
  }

  /// An entity has ended. Passivated: whatever came meanwhile goes to a new one. Failed or fenced:
  /// its unanswered commands were answered by their guards.
  void left(const std::string& id, std::uint64_t incarnation) override {
    std::lock_guard lock{mutex_};
    const auto it = children_.find(id);
    if (it == children_.end() || it->second.incarnation != incarnation) return;
    auto waiting = std::move(it->second.waiting);
    children_.erase(it);
    for (auto& rq : waiting) forward(std::move(rq));
  }

 private:
  struct child {
    entity_actor<request> actor;
    std::uint64_t incarnation = 0;
    std::int64_t last_used_ns = 0;
    bool leaving = false;          ///< told to passivate, not gone yet
    std::vector<request> waiting;  ///< came while it was leaving
  };

  void forward(request&& rq) {
    if (stopped_) return;
    auto& c = children_[rq.id];
    c.last_used_ns = steady_ns();
    if (c.leaving) return hold_back(c, std::move(rq));
    if (!c.actor) {
      c.incarnation = ++incarnations_;
      c.actor = system_.spawn(entity<Traits>, rq.id, c.incarnation, this, &world_);
    }
    caf::anon_send(c.actor, std::move(rq));
  }

  static void hold_back(child& c, request&& rq) {
    if (c.waiting.size() < most_stashed) {
      c.waiting.push_back(std::move(rq));
      return;
    }
    rq.done(failure{
        .code = ec::overloaded,
        .detail = "Too many requests wait for this room to be loaded. Try again in a second.",
        .retry_after_ms = 1000});
  }

  caf::actor_system& system_;
  entity_world& world_;
  std::mutex mutex_;
  std::unordered_map<std::string, child> children_;
  std::uint64_t incarnations_ = 0;
  bool stopped_ = false;
};

}  // namespace atrium
