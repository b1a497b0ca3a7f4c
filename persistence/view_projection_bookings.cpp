#include "domain/room_book.hpp"
#include "persistence/view_projection.hpp"

/// Reservations and the messages their customers get; their money: view_projection_money.cpp.
namespace atrium::view {

void view_projection::notify(std::string_view type, const open_reservation& about,
                             const money& amount, std::string_view extra, const stored_event& e) {
  const reservation& r = about.row.doc.booked;
  notification_doc message;
  message.type = type;
  message.reservation = r.id;
  message.room = r.room;
  message.time_zone = r.time_zone;
  message.when = r.when;
  message.amount = amount;
  message.extra = extra;
  message.created_at = e.at;
  tables_.put(in::notifications, key_of(r.customer.view(), e.position), pack(message));
}

void view_projection::on(const ev::reservation_held& v, const stored_event& e) {
  open_reservation* booking = find_reservation(v.id);
  if (booking == nullptr) {
    booking = &reservations_.emplace(v.id, open_reservation{}).first->second;
    booking->created = e.position;
    booking->is_new = true;
  }
  if (!v.payment.empty() && booking->row.doc.booked.payment != v.payment)
    booking->new_payments.push_back(v.payment.str());
  const std::string_view stream = e.stream;
  reservation_doc doc;
  doc.booked = reservation_of(v, room_id(std::string(stream.substr(stream.find('/') + 1))), e.at);
  if (const open_room* room = find_room(doc.booked.room.view()))
    doc.room_name = room->row.doc.facts.name;
  doc.captured.currency = doc.refunded.currency = v.price.currency;
  doc.version = doc.position = e.position;
  booking->row = reservation_row{};
  booking->row.doc = std::move(doc);
  booking->changed = true;
  note_length(v.when);
}

void view_projection::on(const ev::reservation_awaiting_payment& v, const stored_event& e) {
  open_reservation* booking = touch(v.id, e);
  if (booking == nullptr) return;
  booking->row.doc.booked.status = reservation_status::awaiting_payment;
  booking->row.doc.pay_by = v.expires_at;
}

void view_projection::on(const ev::reservation_released& v, const stored_event& e) {
  open_reservation* booking = touch(v.id, e);
  if (booking == nullptr) return;
  booking->row.doc.booked.status = v.status;
  // A declined payment has already told its customer why there is no booking.
  if (v.status == reservation_status::expired)
    notify("reservation.expired", *booking, booking->row.doc.booked.price, {}, e);
  else if (v.status == reservation_status::rejected)
    notify("reservation.rejected", *booking, booking->row.doc.booked.price, {}, e);
}

void view_projection::on(const ev::reservation_confirmed& v, const stored_event& e) {
  open_reservation* booking = touch(v.id, e);
  if (booking == nullptr) return;
  booking->row.doc.booked.status = reservation_status::confirmed;
  notify("reservation.confirmed", *booking, booking->row.doc.booked.price, {}, e);
}

void view_projection::on(const ev::reservation_cancelled& v, const stored_event& e) {
  open_reservation* booking = touch(v.id, e);
  if (booking == nullptr) return;
  reservation_doc& doc = booking->row.doc;
  doc.booked.status = reservation_status::cancelled;
  for (const auto& part : refunds_of(v))
    doc.refunds.push_back({.id = e.causation,
                           .payment = part.payment,
                           .amount = part.amount,
                           .reason = v.reason,
                           .by = v.by,
                           .requested_at = e.at,
                           .refunded_at = {}});
  if (v.refund.amount > 0 && doc.captured.amount > doc.refunded.amount)
    doc.paid = payment_status::refund_pending;
  notify("reservation.cancelled", *booking, v.refund, v.reason, e);
}

void view_projection::on(const ev::reservation_checked_in& v, const stored_event& e) {
  if (open_reservation* booking = touch(v.id, e))
    booking->row.doc.booked.status = reservation_status::checked_in;
}

void view_projection::on(const ev::reservation_completed& v, const stored_event& e) {
  if (open_reservation* booking = touch(v.id, e))
    booking->row.doc.booked.status = reservation_status::completed;
}

void view_projection::on(const ev::reservation_no_show& v, const stored_event& e) {
  open_reservation* booking = touch(v.id, e);
  if (booking == nullptr) return;
  booking->row.doc.booked.status = reservation_status::no_show;
  notify("reservation.no_show", *booking, booking->row.doc.booked.price, {}, e);
}

/// The caller's answer carries the position of the saga's end; the document shows the same.
void view_projection::on(const ev::saga_completed& v, const stored_event& e) {
  if (std::holds_alternative<ev::booking_result>(v.result))
    touch(reservation_id(v.id.str()), e);
  else if (const auto* cancelled = std::get_if<ev::cancel_result>(&v.result))
    close_refund(cancelled->reservation, e);
  else if (const auto* refunded = std::get_if<ev::refund_result>(&v.result))
    close_refund(refunded->reservation, e);
  else if (const auto* change = std::get_if<ev::change_result>(&v.result))
    close_refund(change->changed.id, e);
}

}  // namespace atrium::view
