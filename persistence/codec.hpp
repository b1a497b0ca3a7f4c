#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "domain/events.hpp"

namespace atrium {

/// What is written around an event; see new_event for the meaning of the fields.
struct event_envelope {
  std::string_view stream;
  std::uint64_t seq = 0;
  instant at{};
  std::string_view correlation, causation, actor;
};

/// An event on its way into the journal.
struct new_event {
  std::string stream;     ///< e.g. "room/rm_1"
  std::uint64_t seq = 0;  ///< number in the stream, from 1, without gaps
  instant at{};
  std::string correlation;  ///< the trace id of the request that led here
  std::string causation;    ///< id of the saga, command or clock entry that caused it
  std::string actor;        ///< account id of who did it, or "clock", "engine"
  event what;
};

/// An event as read back. Positions count all events of this data directory from 1; offsets count
/// the events of one shard from 1.
struct stored_event {
  std::uint64_t position = 0;
  std::uint16_t shard = 0;
  std::uint64_t offset = 0;
  std::string stream;
  std::uint64_t seq = 0;
  instant at{};
  std::string correlation;
  std::string causation;
  std::string actor;
  std::string type;  ///< e.g. "reservation.confirmed.v1", as written
  event what;        ///< upcast to the newest version
};

/// One journal record: a small binary head (shard, offset, stream, seq, at, ...) and `data` as JSON
/// with named fields. The head's shard and offset are left zero; the journal fills them in place.
/// Throws std::length_error beyond the bounds: stream 1..400 bytes, correlation, causation and
/// actor up to 65535, the whole record up to 1 MiB.
std::string encode_record(const new_event& e);
/// The same without a copy of anything.
std::string encode_record(const event_envelope& e, const event& what);

/// Parts of a record without decoding its data; views into `record`. Fails with malformed on bytes
/// that no released version wrote.
struct record_head {
  std::uint16_t shard = 0;
  std::uint64_t offset = 0;
  std::uint64_t seq = 0;
  instant at{};
  std::string_view stream, type, correlation, causation, actor, data;
};
result<record_head> decode_head(std::string_view record);
result<stored_event> decode_record(std::uint64_t position, std::string_view record);
/// The same into an event there is, whose texts keep their memory; undefined after an error.
result<void> decode_record(std::uint64_t position, std::string_view record, stored_event& into);

/// "reservation.confirmed.v1"
std::string_view type_name(const event& e);
/// The data object as JSON text / back. Old versions are upcast; unknown types and missing fields
/// fail with malformed, naming the field.
std::string encode_data(const event& e);
void append_data(std::string& out, const event& e);
result<event> decode_data(std::string_view type, std::string_view json);
/// The same into an event there is, whose value is undefined after an error.
result<void> decode_data(std::string_view type, std::string_view json, event& into);

/// The whole record as one JSON line, for `journal dump`, /history and support.
std::string to_json_line(const stored_event& e);

}  // namespace atrium
