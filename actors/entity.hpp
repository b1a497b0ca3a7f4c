#pragma once

#include <caf/exit_reason.hpp>
#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "actors/entity_core.hpp"
#include "actors/observed.hpp"
#include "actors/protocol/typed.hpp"

namespace atrium {

/// What every entity needs from the process; outlives all actors.
struct entity_world {
  journal& log;
  stream_index& index;
  recovery& reader;
  const clock_port& clock;
  actor_registry& registry;
  /// An entity that got no command for this long is passivated; regions look this often / 8.
  std::chrono::milliseconds idle_before_passivation = std::chrono::minutes{2};
};

/// Who spawned an entity and hears of its end; outlives it.
class entity_home {
 public:
  virtual ~entity_home() = default;
  /// Called once from the entity's thread: when it passivates, right before it stops; else (failed,
  /// fenced, told to exit) when it has ended.
  virtual void left(const std::string& id, std::uint64_t incarnation) = 0;
};

/// Commands kept while an entity's stream is being read; more are refused with overloaded.
inline constexpr std::size_t most_stashed = 1024;
/// Events after which a quiet entity offers a snapshot; as many as the last one holds when those
/// are more, so that a room with 100,000 bookings does not spend its time on snapshots.
inline constexpr std::uint64_t snapshot_every = 200;

template <class Traits>
struct entity_state {
  entity_state() = default;

  static inline const char* name = Traits::kind;
  using request = entity_request<typename Traits::command>;

  std::string id;
  std::unique_ptr<entity_core<Traits>> core;
  entity_world* world = nullptr;
  std::vector<request> stash;
  bool ready = false;
  bool leaves_when_ready = false;

  void accept(request&& rq) {
    if (ready) {
      core->handle(std::move(rq));
      offer_snapshot(std::max<std::uint64_t>(snapshot_every, core->snapshot_events()));
    } else if (stash.size() < most_stashed) {
      stash.push_back(std::move(rq));
    } else {
      rq.done(failure{
          .code = ec::overloaded,
          .detail = "Too many requests wait for this room to be loaded. Try again in a second.",
          .retry_after_ms = 1000});
    }
  }

  void become_ready(const recovered_stream& from) {
    core->restore(from.snapshot, from.tail);
    ready = true;
    auto waiting = std::move(stash);
    for (auto& rq : waiting) core->handle(std::move(rq));
  }

  void offer_snapshot(std::uint64_t at_least) {
    if constexpr (requires { Traits::condense(core->state()); }) {
      if (core->unsnapshotted() < at_least || core->in_flight() > 0) return;
      auto condensed = Traits::condense(core->state());
      const auto events = condensed.size();
      world->index.offer_snapshot(core->stream(), {core->seq(), std::move(condensed)});
      core->snapshot_taken(events);
    }
  }
};

/// One event-sourced entity: loads its stream, serialises its commands, leaves when it is idle.
///
/// An exception in a handler is a bug in decide or apply: the actor stops (its tentative state is
/// not trusted any more), its region forgets it, and the next command loads it anew from the
/// journal.
template <class Traits>
typename entity_actor<entity_request<typename Traits::command>>::behavior_type entity(
    caf::stateful_actor<
        entity_state<Traits>,
        observed<typename entity_actor<entity_request<typename Traits::command>>::base>>* self,
    std::string id, std::uint64_t incarnation, entity_home* home, entity_world* world) {
  using request = entity_request<typename Traits::command>;
  auto& st = self->state;
  st.id = id;
  st.world = world;
  st.core = std::make_unique<entity_core<Traits>>(id, world->log, world->clock);
  self->observe(world->registry, Traits::kind, id);
  // Run in reverse order: who no longer is in the registry does not touch its home either.
  self->attach_functor(
      [home, id = std::move(id), incarnation](const caf::error&) { home->left(id, incarnation); });
  world->reader.load(st.core->stream(), st.core->shard(),
                     [me = entity_actor<request>{self}](recovered_stream from) {
                       caf::anon_send(me, entity_loaded{std::move(from)});
                     });
  const auto leave = [self, home, incarnation] {
    self->state.offer_snapshot(1);
    home->left(self->state.id, incarnation);
    self->quit();
  };
  return {
      [self](request& rq) {
        self->state.accept(std::move(rq));
        if (self->state.core->fenced()) self->quit(caf::exit_reason::user_shutdown);
      },
      [self, leave](const entity_loaded& loaded) {
        self->state.become_ready(loaded.from);
        if (self->state.leaves_when_ready) leave();
      },
      [self, leave](passivate) {
        // What waits for the stream to be read is answered first.
        if (!self->state.ready) {
          self->state.leaves_when_ready = true;
          return;
        }
        leave();
      },
  };
}

}  // namespace atrium
