#include "persistence/view_projection.hpp"

/// Rooms, their blackouts and holds, and the rating that reviews give them.
namespace atrium::view {

namespace {

/// "room/rm_1" -> "rm_1"
std::string_view entity_of(const stored_event& e) {
  const std::string_view stream = e.stream;
  return stream.substr(stream.find('/') + 1);
}

}  // namespace

void view_projection::on(const ev::room_registered& v, const stored_event& e) {
  const std::string id(entity_of(e));
  open_room* room = find_room(id);
  if (room == nullptr) room = &rooms_.emplace(id, open_room{}).first->second;
  room->row.doc.id = room_id(id);
  room->row.doc.facts = v.facts;
  room->row.doc.status = room_status::active;
  room->row.doc.version = e.seq;
  room->changed = true;
}

void view_projection::on(const ev::room_changed& v, const stored_event& e) {
  open_room* room = find_room(entity_of(e));
  if (room == nullptr) return;
  room->row.doc.facts = v.facts;
  room->row.doc.version = e.seq;
  room->changed = true;
}

void view_projection::on(const ev::room_retired&, const stored_event& e) {
  open_room* room = find_room(entity_of(e));
  if (room == nullptr) return;
  room->row.doc.status = room_status::retired;
  room->row.doc.version = e.seq;
  room->changed = true;
}

void view_projection::on(const ev::blackout_added& v, const stored_event& e) {
  open_room* room = find_room(entity_of(e));
  if (room == nullptr) return;
  std::string key = key_of(entity_of(e), v.id.view());
  if (!tables_.contains(in::blackouts, key)) {
    ++room->row.blackouts;
    room->changed = true;
  }
  tables_.put(in::blackouts, std::move(key), pack(blackout_doc{v.id, v.when, v.reason}));
}

void view_projection::on(const ev::blackout_removed& v, const stored_event& e) {
  open_room* room = find_room(entity_of(e));
  std::string key = key_of(entity_of(e), v.id.view());
  if (room == nullptr || !tables_.contains(in::blackouts, key)) return;
  tables_.erase(in::blackouts, std::move(key));
  --room->row.blackouts;
  room->changed = true;
}

void view_projection::on(const ev::hold_placed& v, const stored_event& e) {
  const std::string_view room = entity_of(e);
  const open_room* in_room = find_room(room);
  hold_row row;
  row.position = e.position;
  row.doc.id = v.id;
  row.doc.room = room_id(std::string(room));
  row.doc.customer = v.customer;
  row.doc.when = v.when;
  if (in_room != nullptr) row.doc.time_zone = in_room->row.doc.facts.time_zone;
  row.doc.party_size = v.party_size;
  row.doc.price = v.price;
  row.doc.expires_at = v.expires_at;
  row.doc.status = "active";

  board_entry entry;
  entry.what = board_entry::kind::hold;
  entry.end = v.when.end;
  entry.expires_at = v.expires_at;
  entry.customer = v.customer.view();
  tables_.put(in::board, board_key(room, v.when.start, v.id.view()), pack(entry));
  tables_.put(in::customer_holds, key_of(v.customer.view(), e.position), v.id.str());
  tables_.put(in::holds, v.id.str(), pack(row));
  note_length(v.when);
}

void view_projection::on(const ev::hold_released& v, const stored_event& e) {
  const auto bytes = tables_.get(in::holds, v.id.str());
  if (!bytes) return;
  hold_row row = unpack_hold(v.id, *bytes);
  if (row.doc.status != "active") return;
  switch (v.reason) {
    case ev::hold_end::expired:
      row.doc.status = "expired";
      break;
    case ev::hold_end::released:
      row.doc.status = "released";
      break;
    case ev::hold_end::booked:
      row.doc.status = "booked";
      break;
  }
  tables_.erase(in::board, board_key(row.doc.room.view(), row.doc.when.start, v.id.view()));
  tables_.erase(in::customer_holds, key_of(row.doc.customer.view(), row.position));
  tables_.put(in::holds, v.id.str(), pack(row));
  if (v.reason != ev::hold_end::expired) return;

  notification_doc message;
  message.type = "hold.expired";
  message.room = row.doc.room;
  message.time_zone = row.doc.time_zone;
  message.when = row.doc.when;
  message.amount = row.doc.price;
  message.created_at = e.at;
  tables_.put(in::notifications, key_of(row.doc.customer.view(), e.position), pack(message));
}

// ---- reviews -----------------------------------------------------------------------------------

void view_projection::rate(std::string_view room, std::int64_t sum, std::int64_t count) {
  open_room* rated = find_room(room);
  if (rated == nullptr) return;
  rated->row.doc.rating_sum += sum;
  rated->row.doc.rating_count += count;
  rated->changed = true;
}

void view_projection::on(const ev::review_posted& v, const stored_event& e) {
  if (tables_.contains(in::reviews, v.id.str())) return;
  review_row row;
  row.position = e.position;
  row.doc = {.id = v.id,
             .room = v.room,
             .reservation = v.reservation,
             .author = v.author,
             .author_name = {},
             .rating = v.rating,
             .text = v.text,
             .created_at = e.at,
             .version = e.seq};
  tables_.put(in::reviews, v.id.str(), pack(row));
  tables_.put(in::room_reviews, key_of(v.room.view(), e.position), v.id.str());
  rate(v.room.view(), v.rating, 1);
}

void view_projection::on(const ev::review_changed& v, const stored_event& e) {
  const auto bytes = tables_.get(in::reviews, v.id.str());
  if (!bytes) return;
  review_row row = unpack_review(v.id, *bytes);
  rate(row.doc.room.view(), v.rating - row.doc.rating, 0);
  row.doc.rating = v.rating;
  row.doc.text = v.text;
  row.doc.version = e.seq;
  tables_.put(in::reviews, v.id.str(), pack(row));
}

void view_projection::on(const ev::review_deleted& v, const stored_event&) {
  const auto bytes = tables_.get(in::reviews, v.id.str());
  if (!bytes) return;
  const review_row row = unpack_review(v.id, *bytes);
  rate(row.doc.room.view(), -row.doc.rating, -1);
  tables_.erase(in::room_reviews, key_of(row.doc.room.view(), row.position));
  tables_.erase(in::reviews, v.id.str());
}

}  // namespace atrium::view
