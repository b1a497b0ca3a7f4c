#pragma once

#include <chrono>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "actors/entity.hpp"

namespace atrium {

template <class Traits>
struct region_state {
  region_state() = default;
  static inline const char* name = "region";
  using request = entity_request<typename Traits::command>;
  using handle = entity_actor<request>;

  struct child {
    handle actor;
    std::int64_t last_used_ns = 0;
    bool leaving = false;          ///< told to passivate, not gone yet
    std::vector<request> waiting;  ///< came while it was leaving
  };
  std::unordered_map<std::string, child> children;
  std::unordered_map<caf::actor_addr, std::string> by_address;
};

/// The entities of one shard: spawns them on demand, passivates the idle, forgets the failed.
template <class Traits>
class region_behavior {
 public:
  using request = entity_request<typename Traits::command>;
  using actor_type = region_actor<request>;
  using pointer = caf::stateful_actor<region_state<Traits>, observed<typename actor_type::base>>*;

  static typename actor_type::behavior_type make(pointer self, shard_no shard,
                                                 entity_world* world) {
    self->observe(world->registry, std::string{Traits::kind} + "-region", std::to_string(shard));
    self->set_down_handler([self](caf::down_msg& down) { forget(self, down.source); });
    self->set_exit_handler([self](caf::exit_msg& stop) {
      for (auto& [id, c] : self->state.children)
        caf::anon_send_exit(c.actor, caf::exit_reason::user_shutdown);
      self->quit(stop.reason);
    });
    self->delayed_send(self, world->idle_before_passivation / 8, region_tick{});
    return {
        [self, world](request& rq) { forward(self, world, std::move(rq)); },
        [self, world](const entity_gone& gone) { replace(self, world, gone.id); },
        [self, world](region_tick) {
          passivate_idle(self, *world);
          self->delayed_send(self, world->idle_before_passivation / 8, region_tick{});
        },
    };
  }

 private:
  static void forward(pointer self, entity_world* world, request rq) {
    auto& c = self->state.children[rq.id];
    c.last_used_ns = steady_ns();
    if (c.leaving) {
      hold_back(c, std::move(rq));
      return;
    }
    if (!c.actor) spawn_child(self, world, rq.id, c);
    caf::anon_send(c.actor, std::move(rq));
  }

  static void hold_back(typename region_state<Traits>::child& c, request rq) {
    if (c.waiting.size() < most_stashed) {
      c.waiting.push_back(std::move(rq));
      return;
    }
    rq.done(failure{
        .code = ec::overloaded,
        .detail = "Too many requests wait for this room to be loaded. Try again in a second.",
        .retry_after_ms = 1000});
  }

  static void spawn_child(pointer self, entity_world* world, const std::string& id,
                          typename region_state<Traits>::child& c) {
    c.actor = self->spawn(entity<Traits>, id, actor_type{self}, world);
    self->monitor(c.actor);
    self->state.by_address.emplace(c.actor.address(), id);
  }

  static void passivate_idle(pointer self, const entity_world& world) {
    const auto limit =
        steady_ns() - std::chrono::nanoseconds{world.idle_before_passivation}.count();
    for (auto& [id, c] : self->state.children) {
      if (c.leaving || c.last_used_ns > limit) continue;
      c.leaving = true;
      caf::anon_send(c.actor, passivate{});
    }
  }

  /// The entity stops after its last message: whatever came meanwhile goes to a new one.
  static void replace(pointer self, entity_world* world, const std::string& id) {
    const auto it = self->state.children.find(id);
    if (it == self->state.children.end()) return;
    auto waiting = std::move(it->second.waiting);
    self->state.by_address.erase(it->second.actor.address());
    self->state.children.erase(it);
    for (auto& rq : waiting) forward(self, world, std::move(rq));
  }

  /// It failed or was fenced. Its unanswered commands end by their callers' deadlines.
  static void forget(pointer self, const caf::actor_addr& address) {
    const auto found = self->state.by_address.find(address);
    if (found == self->state.by_address.end()) return;
    auto id = std::move(found->second);
    self->state.by_address.erase(found);
    const auto it = self->state.children.find(id);
    if (it != self->state.children.end() && it->second.actor.address() == address)
      self->state.children.erase(it);
  }
};

}  // namespace atrium
