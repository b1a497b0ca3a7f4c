#pragma once

#include <optional>

#include "domain/due.hpp"
#include "domain/room_book.hpp"
#include "sagas/definition.hpp"

namespace atrium {

/// The command a due entry means to its room; nothing for one that starts a saga.
std::optional<room_command> command_of(const due_entry& e);
/// How long after a command the next one is sent when the entry is still there.
std::chrono::milliseconds pause_of(const due_entry& e);

}  // namespace atrium
