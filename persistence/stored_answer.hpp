#pragma once

#include <cstdint>
#include <optional>

#include "domain/events.hpp"
#include "persistence/journal.hpp"

namespace atrium {

/// The booking as the room held it for the saga whose saga.started stands at this position: right
/// behind it, in the same atomic batch. Nothing when the room refused or the saga books nothing.
std::optional<reservation> read_held(const journal& log, std::uint64_t started_position);

/// What the caller of a booking was told when it stood.
ev::booking_result booked_answer(reservation held);

/// Fills in what saga.completed leaves out; other results stay as they are.
void complete(ev::saga_result& result, const journal& log, std::uint64_t started_position);

}  // namespace atrium
