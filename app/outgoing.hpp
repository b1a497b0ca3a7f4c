#pragma once

#include <memory>
#include <vector>

#include "actors/protocol/command_port.hpp"
#include "app/storage.hpp"
#include "cluster-config/options.hpp"
#include "notifications/delivery_desk.hpp"
#include "notifications/webhook_secret.hpp"

namespace atrium {

/// Everything that leaves this server: the outbox and one engine for each channel that is set up.
/// Nothing on the booking path waits for it.
class outgoing : public delivery_desk {
 public:
  /// Fails with a text for people. `s` and `clock` must outlive it; `pepper` makes the signing
  /// secrets of web hooks.
  static result<std::unique_ptr<outgoing>> open(const options& o, storage& s,
                                                const clock_port& clock,
                                                const server_pepper& pepper);

  /// From then on web hooks that nobody answers for can be turned off; before start().
  virtual void set_desk(command_port& desk) = 0;
  virtual void start() = 0;
  /// The circuit breakers of the relay and of web hooks.
  virtual std::vector<delivery_breakers::status> breakers() const = 0;
  /// False for an unknown name.
  virtual bool switch_breaker(const std::string& name, bool trip) = 0;
  /// For drills: while paused nothing is read or sent; afterwards it catches up.
  virtual void set_paused(bool paused) = 0;
  /// What is under way is given up: it is sent again after the next start.
  virtual void stop() = 0;
};

}  // namespace atrium
