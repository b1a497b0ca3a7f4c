#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "domain/due.hpp"
#include "persistence/stream_index.hpp"

/// Keys and values of the index's tables, schema version 2 (1 took sagas that run again for ended).
/// Numbers are big-endian where they are sorted by.
namespace atrium::index_rows {

inline constexpr std::uint32_t schema_version = 2;

/// Table sagas: id -> state, positions, room.
struct saga_row {
  saga_entry entry;
  std::vector<std::uint64_t> positions;  ///< of every event of the saga's stream, by seq
};
std::string encode(const saga_row& row);
/// Nothing for bytes that encode() did not make.
std::optional<saga_row> decode_saga(std::string_view bytes);

/// Table streams: stream, a zero byte, seq -> position. Without the streams of sagas.
std::string stream_key(std::string_view stream, std::uint64_t seq);

/// Table due: time, kind, room, a zero byte, id -> nothing.
std::string due_key(const due_entry& entry);
std::optional<due_entry> decode_due(std::string_view key);

/// Table snapshots: stream -> seq and the condensed events as journal records.
std::string encode(std::string_view stream, const stream_index::snapshot& s);
/// Nothing for damaged bytes: the stream is then read from its beginning.
std::optional<stream_index::snapshot> decode_snapshot(std::string_view bytes);

}  // namespace atrium::index_rows
