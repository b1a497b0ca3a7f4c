#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "persistence/codec.hpp"
#include "persistence/journal.hpp"

namespace atrium {

/// Names the message that an event leaves, 32 hex digits: the same for every attempt, after every
/// restart, and after a restored backup, which has the same events. Made of the event's stream,
/// number in it, and time. Pure.
std::string message_id_of(const stored_event& e);

/// The event at a journal position; nothing when there is none or it cannot be decoded.
std::optional<stored_event> event_at(const journal& log, std::uint64_t position);

}  // namespace atrium
