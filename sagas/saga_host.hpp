#pragma once

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "actors/observed.hpp"
#include "actors/protocol/typed.hpp"
#include "actors/regions.hpp"
#include "payments/provider.hpp"
#include "persistence/views.hpp"
#include "sagas/admission.hpp"
#include "sagas/runner.hpp"
#include "sagas/saga_inlet.hpp"

namespace atrium {

/// What saga hosts need from the process; outlives them.
struct saga_world {
  journal& log;
  stream_index& index;
  const views* read_model;  ///< for alternatives; may be null
  recovery& reader;
  payment_provider& provider;
  const clock_port& clock;
  regions& entities;
  actor_registry& registry;
  saga_runner::options options;
  admission* load = nullptr;  ///< told how long rooms take; may be null
};

/// Lets introspection read a host's sagas beside its mailbox: the host holds the lock while it
/// handles a message (never contended otherwise, about 20 ns).
struct saga_window {
  mutable std::mutex mutex;
  const saga_runner* runner = nullptr;
  std::vector<saga_info> describe(std::size_t most) const {
    std::lock_guard lock{mutex};
    return runner != nullptr ? runner->describe(most) : std::vector<saga_info>{};
  }
  void count(desk_census& to) const {
    std::lock_guard lock{mutex};
    if (runner != nullptr) runner->count(to);
  }
};

struct saga_host_state {
  saga_host_state() = default;
  static inline const char* name = "saga-host";
  std::unique_ptr<saga_ports> ports;
  std::unique_ptr<saga_runner> runner;
  std::shared_ptr<saga_window> window;
  std::shared_ptr<saga_inlet> inlet;
  std::vector<saga_message> burst;
  std::optional<instant> ticking_at;

  ~saga_host_state() {
    if (inlet) inlet->close();
    if (!window) return;
    std::lock_guard lock{window->mutex};
    window->runner = nullptr;
  }
};

/// One actor that runs many sagas: ending an actor per saga wakes CAF's clock thread each time
/// (docs/adr/0004).
using saga_host_pointer = caf::stateful_actor<saga_host_state, observed<saga_host_actor::base>>*;
saga_host_actor::behavior_type saga_host(saga_host_pointer self, std::size_t number,
                                         saga_world* world, std::shared_ptr<saga_inlet> inlet,
                                         std::shared_ptr<saga_window> window);

}  // namespace atrium
