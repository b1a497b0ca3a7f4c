#pragma once

#include <string>
#include <vector>

#include "domain/events.hpp"
#include "domain/time.hpp"

namespace atrium {

/// Something that must happen at a time even if nobody asks: kept in the durable due-time index.
struct due_entry {
  enum class kind : std::uint8_t {
    expire_hold,      ///< id = hold, room command cmd::expire_hold
    advance,          ///< id = reservation, room command cmd::advance (complete, no-show)
    cancel_for_room,  ///< id = reservation, start the cancellation saga: its room was retired
  };
  instant at{};
  kind what = kind::advance;
  room_id room;
  std::string id;
  friend bool operator==(const due_entry&, const due_entry&) = default;
  friend auto operator<=>(const due_entry&, const due_entry&) = default;
};

struct due_changes {
  std::vector<due_entry> add;
  std::vector<due_entry> remove;
};

/// Which entries an event of a room's stream adds and removes. Pure: every event carries what the
/// keys are made of, so the index is a function of the journal.
due_changes due_of(const event& e, const room_id& room, instant at);

}  // namespace atrium
