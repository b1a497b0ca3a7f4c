#pragma once

#include <optional>

#include "http/message.hpp"
#include "notifications/cloud_event.hpp"
#include "persistence/codec.hpp"
#include "persistence/views.hpp"

namespace atrium::http {

/// Operators see everything, others what is for everyone and what is theirs.
bool sees(const principal& who, const public_event& e);

/// What of the board an event may have changed.
struct board_change {
  bool any = false;              ///< false: nothing
  room_id room;                  ///< empty: not known which
  std::optional<interval> when;  ///< nothing: everything of the room
};
board_change board_change_of(const stored_event& e);

}  // namespace atrium::http
