#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

#include "actors/protocol/command_port.hpp"
#include "domain/time.hpp"
#include "payments/provider.hpp"
#include "persistence/journal.hpp"
#include "persistence/stream_index.hpp"
#include "persistence/views.hpp"

namespace atrium {

struct desk_options {
  int actor_threads = 2;              ///< at least 1
  std::size_t saga_hosts = 4;         ///< 1..64
  std::size_t most_in_flight = 2048;  ///< requests being worked on; beyond it: overloaded
  /// Steps of work (a room's command until it is durable) that take longer than this on average
  /// make the bound smaller, down to `least_in_flight`.
  std::chrono::milliseconds step_target{50};
  std::size_t least_in_flight = 256;
  std::string provider = "sandbox";
  std::chrono::milliseconds action_ttl{
      std::chrono::minutes{15}};                       ///< for a customer who has to act
  std::chrono::milliseconds provider_patience{3'000};  ///< more than the provider's own deadline
  std::chrono::milliseconds idle_before_passivation = std::chrono::minutes{2};
};

/// The ports a desk works with; all outlive it.
struct desk_world {
  journal& log;
  stream_index& index;
  const views* read_model = nullptr;
  payment_provider& provider;
  const clock_port& clock;
};

/// The booking desk of one process: the actor system with its regions, saga hosts and due clock,
/// behind the command port. No CAF in this header.
class desk : public command_port {
 public:
  /// Spawns the actors; nothing runs on its own before start().
  static std::unique_ptr<desk> make(desk_world world, desk_options options);
  /// Resumes every open saga and starts the due clock. The index must have caught up.
  virtual void start() = 0;
  /// Waits until nothing is in flight (bounded), then ends all actors. False when they would not
  /// end in time: the process should then leave with _exit.
  virtual bool stop(std::chrono::milliseconds limit) = 0;
};

}  // namespace atrium
