#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "persistence/codec.hpp"
#include "persistence/outbox.hpp"

namespace atrium {

/// How an attempt to deliver a message ended.
struct delivery_outcome {
  enum class kind : std::uint8_t {
    delivered,
    refused,      ///< this message will never be taken: park it
    failed,       ///< not this time; the message or the destination may be the reason
    unreachable,  ///< the destination is the reason and has seen nothing of the message
    dropped,      ///< nobody wants it any more (the receiver is gone or has opted out)
    stopped,      ///< the engine is stopping; nothing is known and nothing is noted
  } is = kind::failed;
  int status = 0;
  std::string detail;
  std::optional<milliseconds> retry_after;  ///< what the destination asked for
};

/// One way to reach people or programs outside. The engine owns order, retries and state; the
/// channel knows who gets what and how it is sent.
///
/// Concurrency: is_in_use() from any thread; the others on the engine's thread only; `done` from
/// any thread, exactly once.
class delivery_channel {
 public:
  using done = std::function<void(delivery_outcome)>;
  virtual ~delivery_channel() = default;

  /// Also what its destinations begin with.
  virtual std::string_view name() const = 0;
  /// False while there is no destination at all; then the journal is not even read. Cheap.
  virtual bool is_in_use() const = 0;
  /// No destination wants events up to this position.
  virtual std::uint64_t begins_after() = 0;
  /// Whether events of this type (as in the journal, "reservation.confirmed.v1") can leave
  /// messages; asked before an event is decoded.
  virtual bool wants(std::string_view type) const = 0;
  /// What an event leaves.
  struct routed {
    std::vector<delivery>
        messages;                   ///< with destination, receiver and type; `due` when it is later
    std::vector<std::string> gone;  ///< destinations that exist no more
  };
  virtual routed route(const stored_event& e) = 0;
  /// Begins an attempt. False when no more can be under way now; then `on_done` is not called.
  virtual bool send(const delivery& d, done on_done) = 0;
  /// The destination has answered no attempt since `since`; called after each failed one.
  virtual void failing(const std::string& destination, instant since) = 0;
  /// The relay or endpoint that a destination is reached by: destinations with the same name share
  /// a circuit breaker. Pure; any thread.
  virtual std::string reached_by(const std::string& destination) const { return destination; }
  /// Whether there is such a relay or endpoint; any thread.
  virtual bool has_endpoint(const std::string& name) const = 0;
  /// How many messages may wait for one destination; what comes beyond is parked.
  virtual std::uint64_t most_waiting() const { return 100'000; }
};

}  // namespace atrium
