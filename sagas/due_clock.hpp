#pragma once

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <functional>
#include <map>

#include "actors/observed.hpp"
#include "actors/protocol/typed.hpp"
#include "domain/due.hpp"
#include "persistence/stream_index.hpp"

namespace atrium {

/// What the due clock needs; outlives it.
struct due_world {
  const stream_index& index;
  const clock_port& clock;
  actor_registry& registry;
  /// Starts what is due: a command to a room, or a cancellation saga. Must not block.
  std::function<void(const due_entry&)> fire;
};

struct due_clock_state {
  due_clock_state() = default;
  static inline const char* name = "due-clock";
  /// Fired, and not yet gone from the index; fired again when that takes too long.
  std::map<due_entry, instant> fired;
};

/// Looks four times a second into the durable due-time index and fires what is due. An entry leaves
/// the index when the event it led to is journalled, so a crash fires it again; receivers are
/// idempotent. Runs detached: a cold page of the index is disk I/O.
using due_clock_pointer = caf::stateful_actor<due_clock_state, observed<due_clock_actor::base>>*;
due_clock_actor::behavior_type due_clock(due_clock_pointer self, due_world* world);

}  // namespace atrium
