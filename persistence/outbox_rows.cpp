#include "persistence/outbox_rows.hpp"

#include "persistence/view_pack.hpp"

namespace atrium::outbox_rows {

using view::packer;
using view::unpacker;

std::string pack(const delivery& d) {
  std::string out;
  packer p(out);
  p.text(d.receiver);
  p.text(d.type);
  p.byte(static_cast<std::uint8_t>(d.is));
  p.small(d.attempts);
  p.time(d.created);
  p.time(d.due);
  p.maybe(d.last_attempt);
  p.small(static_cast<std::uint64_t>(std::max(0, d.last_status)));
  p.text(std::string_view(d.last_error).substr(0, longest_error));
  return out;
}

delivery unpack(std::string destination, std::uint64_t position, std::string_view row) {
  unpacker u(row);
  delivery d;
  d.destination = std::move(destination);
  d.position = position;
  d.receiver = u.view();
  d.type = u.view();
  d.is = static_cast<delivery::state>(u.byte());
  d.attempts = static_cast<std::uint32_t>(u.small());
  d.created = u.time();
  d.due = u.time();
  d.last_attempt = u.maybe();
  d.last_status = u.integer();
  d.last_error = u.view();
  return d;
}

std::string pack(const destination_row& row) {
  std::string out;
  packer p(out);
  p.small(row.waiting);
  p.small(row.ended);
  p.maybe(row.failing_since);
  return out;
}

destination_row unpack_destination(std::string_view row) {
  unpacker u(row);
  destination_row d;
  d.waiting = u.small();
  d.ended = u.small();
  d.failing_since = u.maybe();
  return d;
}

std::string prefix_of(std::string_view destination) {
  std::string key(destination);
  key.push_back('\0');
  return key;
}

std::string row_key(std::string_view destination, std::uint64_t position) {
  auto key = prefix_of(destination);
  lmdb::append_be64(key, position);
  return key;
}

std::string time_key(std::string_view destination, instant at, std::uint64_t position) {
  auto key = prefix_of(destination);
  lmdb::append_be64(key, lmdb::ordered(at.time_since_epoch().count()));
  lmdb::append_be64(key, position);
  return key;
}

time_place place_of(std::string_view key) {
  const char* numbers = key.data() + key.size() - 16;
  return {instant{milliseconds{lmdb::from_ordered(lmdb::read_be64(numbers))}},
          lmdb::read_be64(numbers + 8)};
}

}  // namespace atrium::outbox_rows
