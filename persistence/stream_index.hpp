#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "domain/due.hpp"
#include "persistence/codec.hpp"
#include "persistence/journal.hpp"

namespace atrium {

/// What the index knows of a saga without reading its stream.
struct saga_entry {
  enum class state : std::uint8_t { running, parked, completed } is = state::running;
  room_id room;                        ///< empty when not yet known
  std::uint64_t started_position = 0;  ///< of saga.started, for the fingerprint and the input
  std::uint64_t last_position = 0;     ///< of the newest event in the saga's stream
};

/// Where streams, sagas and due times are in the journal: a derived LMDB environment, not
/// synchronous, filled by the follower (persistence/follower.hpp) and rebuilt from the journal when
/// it is missing or the machine went down uncleanly.
///
/// Concurrency: reads from any thread (each opens a short read transaction); writes only by the
/// follower's thread.
class stream_index {
 public:
  virtual ~stream_index() = default;

  /// Last journal position applied.
  virtual std::uint64_t position() const = 0;
  /// Blocks the calling thread until position() >= wanted or the timeout passes; not for CAF or
  /// Asio threads.
  virtual bool wait_for(std::uint64_t wanted, std::chrono::milliseconds timeout) const = 0;

  /// Events of one stream with seq >= from_seq, in order, at most `limit`.
  virtual std::vector<stored_event> read_stream(std::string_view stream, std::uint64_t from_seq,
                                                std::size_t limit = SIZE_MAX) const = 0;

  /// The newest condensed state of a stream, see room_book::condense().
  struct snapshot {
    std::uint64_t seq = 0;
    std::vector<recorded_event> events;
  };
  virtual std::optional<snapshot> find_snapshot(std::string_view stream) const = 0;
  /// Queued to the follower and written with its next transaction; dropped when too many wait.
  virtual void offer_snapshot(std::string stream, snapshot s) = 0;

  virtual std::optional<saga_entry> find_saga(const saga_id& id) const = 0;
  /// Every saga that is running or parked, oldest first, at most `limit`.
  virtual std::vector<saga_id> open_sagas(std::size_t limit) const = 0;

  /// Entries due at or before `until`, earliest first, at most `limit`.
  virtual std::vector<due_entry> due(instant until, std::size_t limit) const = 0;
};

}  // namespace atrium
