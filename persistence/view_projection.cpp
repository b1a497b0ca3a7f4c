#include "persistence/view_projection.hpp"

#include <variant>

namespace atrium::view {

view_projection::view_projection(view_store& store, waiters& readers)
    : store_(store),
      readers_(readers),
      tables_(store),
      longest_(store.longest()),
      committed_longest_(longest_) {}

void view_projection::begin() {
  store_.env().begin();
}

void view_projection::apply(const stored_event& e) {
  if (e.position <= position()) return;
  std::visit([&](const auto& what) { on(what, e); }, e.what);
}

void view_projection::commit(std::uint64_t position) {
  derived_env& env = store_.env();
  store_.raise_longest(longest_);
  std::string number;
  lmdb::append_be64(number, position);
  tables_.put(in::facts, std::string(position_fact), std::move(number));
  for (;;) {
    try {
      write_all();
      env.commit(position);
      break;
    } catch (const lmdb::error& e) {
      if (!e.is_map_full()) throw;
      // All writes are still gathered here: grow the map and write them again.
      const std::size_t before = env.env().map_size();
      env.rollback();
      if (env.env().map_size() == before) env.env().grow();
      env.begin();
    }
  }
  tables_.clear();
  rooms_.clear();
  reservations_.clear();
  committed_longest_ = longest_;
  readers_.reached(position);
}

void view_projection::rollback() noexcept {
  store_.env().rollback();
  tables_.clear();
  rooms_.clear();
  reservations_.clear();
  longest_ = committed_longest_;
}

// ---- what a transaction has open ---------------------------------------------------------------

view_projection::open_room* view_projection::find_room(std::string_view id) {
  std::string key(id);
  if (const auto it = rooms_.find(key); it != rooms_.end()) return &it->second;
  const auto bytes = tables_.get(in::rooms, key);
  if (!bytes) return nullptr;
  open_room room;
  room.row = unpack_room(room_id(key), *bytes);
  room.order = order_key(room.row.doc.facts.site, room.row.doc.facts.name, id);
  return &rooms_.emplace(std::move(key), std::move(room)).first->second;
}

view_projection::open_reservation* view_projection::find_reservation(const reservation_id& id) {
  if (const auto it = reservations_.find(id); it != reservations_.end()) return &it->second;
  const auto place = tables_.get(in::ids, reservation_lookup(id.view()));
  if (!place) return nullptr;
  const auto bytes = tables_.get(in::reservations, std::string(*place));
  if (!bytes) return nullptr;
  open_reservation booking;
  booking.row = unpack_reservation(*bytes);
  booking.created = lmdb::read_be64(place->data());
  const reservation& r = booking.row.doc.booked;
  booking.board = board_key(r.room.view(), r.when.start, id.view());
  return &reservations_.emplace(id, std::move(booking)).first->second;
}

view_projection::open_reservation* view_projection::touch(const reservation_id& id,
                                                          const stored_event& e) {
  open_reservation* booking = find_reservation(id);
  if (booking == nullptr) return nullptr;
  booking->row.doc.position = booking->row.doc.version = e.position;
  booking->changed = true;
  return booking;
}

view_projection::open_reservation* view_projection::touch(const payment_id& payment,
                                                          const reservation_id& id,
                                                          const stored_event& e) {
  const open_reservation* booking = find_reservation(id);
  // A repeated run of the saga pays anew: what still becomes of the former payment is not the
  // booking's state.
  if (booking == nullptr || booking->row.doc.booked.payment != payment) return nullptr;
  return touch(id, e);
}

void view_projection::note_length(const interval& when) {
  if (when.length() <= longest_) return;
  longest_ = when.length();
  std::string value;
  lmdb::append_be64(value, static_cast<std::uint64_t>(longest_.count()));
  tables_.put(in::facts, std::string(longest_fact), std::move(value));
}

// ---- writing what changed ----------------------------------------------------------------------

void view_projection::write_all() {
  for (auto& [id, room] : rooms_)
    if (room.changed) write(room);
  for (auto& [id, booking] : reservations_)
    if (booking.changed) write(id, booking);
  tables_.write();
}

void view_projection::write(open_room& room) {
  const room_doc& d = room.row.doc;
  std::string order = order_key(d.facts.site, d.facts.name, d.id.view());
  if (order != room.order) {
    if (!room.order.empty()) tables_.erase(in::room_order, room.order);
    room.order = order;
    tables_.put(in::room_order, std::move(order), {});
  }
  tables_.put(in::rooms, d.id.str(), pack(room.row));
  room.changed = false;
}

void view_projection::write(const reservation_id& id, open_reservation& booking) {
  const reservation& r = booking.row.doc.booked;
  std::string place;
  lmdb::append_be64(place, booking.created);
  if (booking.is_new) {
    tables_.put(in::ids, reservation_lookup(id.view()), place);
    tables_.put(in::customers, key_of(r.customer.view(), booking.created), {});
    booking.is_new = false;
  }
  for (const auto& payment : booking.new_payments)
    if (!is_named_after(payment, id.view())) tables_.put(in::ids, payment_lookup(payment), place);
  booking.new_payments.clear();
  std::string board = board_key(r.room.view(), r.when.start, id.view());
  if (board != booking.board) {
    if (!booking.board.empty()) tables_.erase(in::board, booking.board);
    booking.board = board;
  }
  board_entry entry;
  entry.status = r.status;
  entry.paid = booking.row.doc.paid;
  entry.end = r.when.end;
  entry.position = booking.created;
  entry.customer = r.customer.view();
  entry.title = r.title;
  tables_.put(in::board, std::move(board), pack(entry));
  tables_.put(in::reservations, std::move(place), pack(booking.row));
  booking.changed = false;
}

}  // namespace atrium::view
