#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "notifications/delivery_breakers.hpp"
#include "notifications/delivery_channel.hpp"
#include "outbound/back_off.hpp"
#include "persistence/journal.hpp"
#include "persistence/outbox.hpp"
#include "persistence/views.hpp"

namespace atrium {

/// Delivers one channel's messages at least once.
///
/// Operation: a thread follows the journal up to the views' position (whose rows the messages are
/// made of), asks the channel what each event leaves, and writes the messages together with its
/// cursor into the outbox. Waiting messages are sent in the order in which they are due. One that
/// fails waits on its own (`message_back_off`) and holds nobody up; a relay or endpoint that does
/// not answer, or fails three messages in a row, opens its circuit breaker and gets one probe at a
/// time while the others go on. A message older than `give_up` is parked. Memory: messages wait on
/// disk, at most `most_under_way` are in memory. Concurrency: every member from any thread.
class delivery_engine {
 public:
  struct options {
    back_off message_back_off;
    /// Of each relay or endpoint.
    circuit_breaker::options breaker{.slow_call = milliseconds(10'000),
                                     .open_for = milliseconds(1'000),
                                     .most_open_for = std::chrono::minutes(5),
                                     .probe_patience = std::chrono::minutes(10),
                                     .failures_in_a_row = 3};
    milliseconds give_up{std::chrono::hours(72)};
    /// How far back a channel looks that has no cursor yet: a lost outbox then repeats, but does
    /// not lose.
    milliseconds look_back{std::chrono::hours(24)};
    std::size_t most_under_way = 32;
    std::size_t most_per_destination = 4;
    std::uint64_t seed = 0;  ///< of the jitter; 0: from the system
  };

  struct world {
    const journal& log;
    views& read;
    outbox& box;
    delivery_channel& channel;
    const clock_port& clock;
  };

  delivery_engine(world w, options o);
  ~delivery_engine();
  delivery_engine(const delivery_engine&) = delete;
  delivery_engine& operator=(const delivery_engine&) = delete;

  void start();
  /// Ends the thread; outcomes that come later are not noted, so those messages are sent again.
  void stop();
  /// The views have moved, or a message was asked for again; cheap, never blocks.
  void nudge() noexcept;
  /// Sends a message again, now: a waiting one ahead of its time, an ended one from the beginning.
  /// False when too many such wishes wait. What exists no more is passed over.
  bool retry(std::string destination, std::uint64_t position);
  /// For drills: while paused nothing is read or sent; afterwards it catches up.
  void set_paused(bool paused);

  struct status {
    std::string channel;
    std::uint64_t position = 0;  ///< of its cursor
    bool paused = false;
    std::uint64_t under_way = 0;
    std::uint64_t delivered = 0, failed = 0, parked = 0;  ///< since the start
    std::string last_error;
    std::vector<destination_record> destinations;
  };
  status describe() const;

  /// The circuit breakers of relays and endpoints that have something to do or to remember.
  std::vector<delivery_breakers::status> breakers() const;
  /// Trips or resets the breaker of a relay or endpoint; false when there is none of this name.
  bool switch_breaker(const std::string& endpoint, bool trip);

 private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace atrium
