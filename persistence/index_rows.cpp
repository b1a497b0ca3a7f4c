#include "persistence/index_rows.hpp"

#include "persistence/lmdb_env.hpp"
#include "persistence/record_layout.hpp"

namespace atrium::index_rows {

using record::load;

namespace {

template <class T>
void append(std::string& to, T n) {
  to.append(reinterpret_cast<const char*>(&n), sizeof n);
}

}  // namespace

// state u8, length of room u16, started u64, then the room, then the positions (u64 each).
constexpr std::size_t saga_head = 11;

std::string encode(const saga_row& row) {
  const std::string& room = row.entry.room.str();
  std::string bytes;
  bytes.reserve(saga_head + room.size() + 8 * row.positions.size());
  append(bytes, static_cast<std::uint8_t>(row.entry.is));
  append(bytes, static_cast<std::uint16_t>(room.size()));
  append(bytes, row.entry.started_position);
  bytes.append(room);
  for (const auto position : row.positions) append(bytes, position);
  return bytes;
}

std::optional<saga_row> decode_saga(std::string_view bytes) {
  if (bytes.size() < saga_head) return std::nullopt;
  const auto room_length = load<std::uint16_t>(bytes.data() + 1);
  if (bytes.size() < saga_head + room_length || static_cast<std::uint8_t>(bytes[0]) > 2)
    return std::nullopt;
  saga_row row;
  row.entry.is = static_cast<saga_entry::state>(bytes[0]);
  row.entry.started_position = load<std::uint64_t>(bytes.data() + 3);
  row.entry.room = room_id{std::string(bytes.substr(saga_head, room_length))};
  const std::string_view positions = bytes.substr(saga_head + room_length);
  row.positions.reserve(positions.size() / 8 + 1);
  for (std::size_t i = 0; i + 8 <= positions.size(); i += 8)
    row.positions.push_back(load<std::uint64_t>(positions.data() + i));
  if (!row.positions.empty()) row.entry.last_position = row.positions.back();
  return row;
}

std::string stream_key(std::string_view stream, std::uint64_t seq) {
  std::string key;
  key.reserve(stream.size() + 9);
  key.append(stream).push_back('\0');
  lmdb::append_be64(key, seq);
  return key;
}

std::string due_key(const due_entry& entry) {
  std::string key;
  key.reserve(10 + entry.room.str().size() + entry.id.size());
  lmdb::append_be64(key, lmdb::ordered(entry.at.time_since_epoch().count()));
  key.push_back(static_cast<char>(entry.what));
  key.append(entry.room.str()).push_back('\0');
  key.append(entry.id);
  return key;
}

std::optional<due_entry> decode_due(std::string_view key) {
  if (key.size() < 10) return std::nullopt;
  const auto zero = key.find('\0', 9);
  if (zero == std::string_view::npos) return std::nullopt;
  due_entry entry;
  entry.at = instant{milliseconds{lmdb::from_ordered(lmdb::read_be64(key.data()))}};
  entry.what = static_cast<due_entry::kind>(key[8]);
  entry.room = room_id{std::string(key.substr(9, zero - 9))};
  entry.id = key.substr(zero + 1);
  return entry;
}

std::string encode(std::string_view stream, const stream_index::snapshot& s) {
  std::string bytes;
  append(bytes, s.seq);
  for (const auto& e : s.events) {
    new_event as_new;
    as_new.stream = stream;
    as_new.seq = e.seq;
    as_new.at = e.at;
    as_new.what = e.what;
    const std::string one = encode_record(as_new);
    append(bytes, static_cast<std::uint32_t>(one.size()));
    bytes.append(one);
  }
  return bytes;
}

std::optional<stream_index::snapshot> decode_snapshot(std::string_view bytes) {
  if (bytes.size() < 8) return std::nullopt;
  stream_index::snapshot s;
  s.seq = load<std::uint64_t>(bytes.data());
  bytes.remove_prefix(8);
  while (!bytes.empty()) {
    if (bytes.size() < 4) return std::nullopt;
    const auto n = load<std::uint32_t>(bytes.data());
    bytes.remove_prefix(4);
    if (n > bytes.size()) return std::nullopt;
    auto e = decode_record(0, bytes.substr(0, n));
    if (!e) return std::nullopt;
    s.events.push_back({std::move(e->what), e->at, e->seq});
    bytes.remove_prefix(n);
  }
  return s;
}

}  // namespace atrium::index_rows
