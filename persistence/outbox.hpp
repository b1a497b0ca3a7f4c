#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "domain/failure.hpp"
#include "domain/time.hpp"
#include "persistence/views.hpp"

namespace atrium {

/// One message on its way to one destination. Destination and position together name it: an event
/// leaves at most one message per destination.
struct delivery {
  enum class state : std::uint8_t {
    waiting,    ///< will be sent at `due`, again if it was tried before
    delivered,  ///< the other side took it
    parked,     ///< given up: it stands aside for a person to look at and to send again
  };
  std::string destination;     ///< "mail", "webhook/<endpoint id>"
  std::uint64_t position = 0;  ///< of the event it tells of
  std::string receiver;        ///< account it is for; may be empty
  std::string type;            ///< e.g. "reservation.confirmed"
  state is = state::waiting;
  std::uint32_t attempts = 0;
  instant created{};  ///< when the event happened
  instant due{};      ///< next attempt, while waiting
  std::optional<instant> last_attempt;
  std::int32_t last_status = 0;  ///< HTTP status or SMTP reply code; 0: there was none
  std::string last_error;        ///< for people; at most 500 bytes
};

/// What is kept about a destination beside its messages.
struct destination_record {
  std::string name;
  std::uint64_t waiting = 0;
  std::optional<instant> failing_since;  ///< the first failure since the last success
};

/// Which messages wait, and which were delivered: an LMDB environment of its own that is written
/// synchronously, so that it is whole after any stop of process or machine.
///
/// Operation: cursors say up to which journal position a channel has taken its messages; a cursor
/// and the messages it brings are written in one transaction, so that none is lost between the two.
/// A message that was sent but whose outcome was not written yet is sent again after a crash, with
/// the same id. A store of another journal (a restored backup) or none starts empty: its channels
/// then look back over a bounded time. Ended messages go after `keep_ended`, and beyond
/// `most_ended` a destination.
/// Concurrency: every member from any thread. commit() waits for the disk: never call it on a
/// thread that answers requests.
class outbox {
 public:
  struct options {
    std::filesystem::path dir;
    std::uint64_t journal_id = 0;
    std::size_t map_size_mb = 64;
    milliseconds keep_ended{std::chrono::hours(24 * 14)};
    std::uint64_t most_ended = 1'000;
  };
  static result<std::unique_ptr<outbox>> open(options o);
  virtual ~outbox() = default;

  /// Last journal position that a channel has taken; nothing when it never wrote one.
  virtual std::optional<std::uint64_t> cursor(const std::string& channel) const = 0;

  /// What one transaction writes.
  struct changes {
    std::string channel;  ///< whose cursor; empty: none
    std::uint64_t cursor = 0;
    std::vector<delivery> put;               ///< new ones, and new states of old ones
    std::vector<destination_record> health;  ///< only failing_since is taken
    std::vector<std::string> drop;           ///< destinations to forget with all they have
  };
  /// Durable when it returns. A full map grows. Fails with storage_full (transient) when the disk
  /// is full, else with dependency_unavailable; nothing of it is written then.
  virtual result<void> commit(const changes& c, instant now) = 0;

  /// Waiting messages of a destination in the order in which they are due, until `visit` returns
  /// false; at most 1,000.
  virtual void each_waiting(
      const std::string& destination,
      const std::function<bool(std::uint64_t position, instant due)>& visit) const = 0;
  virtual std::optional<delivery> find(const std::string& destination,
                                       std::uint64_t position) const = 0;
  /// Newest first; the cursor is opaque.
  virtual result<page<delivery>> list(const std::string& destination, std::size_t limit,
                                      const std::string& cursor) const = 0;
  /// Destinations whose name begins with `prefix`.
  virtual std::vector<destination_record> destinations(const std::string& prefix) const = 0;
};

}  // namespace atrium
