#pragma once

#include <cstdint>
#include <string_view>

#include "persistence/codec.hpp"
#include "persistence/stream_index.hpp"

/// What an index keeps of an event; the same for every store.
namespace atrium {

inline constexpr std::string_view room_streams = "room/";
inline constexpr std::string_view saga_streams = "saga/";

/// The id behind the prefix, or empty when the stream is of another kind.
std::string_view id_in(std::string_view stream, std::string_view prefix);

/// Moves a saga's entry on by an event of its stream.
void advance(saga_entry& saga, const stored_event& e);

}  // namespace atrium
