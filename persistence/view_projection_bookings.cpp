#include "persistence/view_projection.hpp"

/// Reservations, the money of each, and the messages their customers get.
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
  doc.booked = {.id = v.id,
                .room = room_id(std::string(stream.substr(stream.find('/') + 1))),
                .customer = v.customer,
                .when = v.when,
                .time_zone = v.time_zone,
                .party_size = v.party_size,
                .title = v.title,
                .price = v.price,
                .policy = v.policy,
                .status = reservation_status::held,
                .payment = v.payment,
                .created_at = e.at};
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
  if (const auto* booked = std::get_if<ev::booking_result>(&v.result))
    touch(booked->booked.id, e);
  else if (const auto* cancelled = std::get_if<ev::cancel_result>(&v.result))
    touch(cancelled->reservation, e);
  else if (const auto* change = std::get_if<ev::change_result>(&v.result))
    touch(change->changed.id, e);
}

// ---- money -------------------------------------------------------------------------------------

void view_projection::on(const ev::payment_authorized& v, const stored_event& e) {
  if (auto* further = find_further(v.id, v.reservation, e, &v.amount)) {
    further->status = payment_status::authorized;
    further->method = v.method;
    further->provider = v.provider;
    further->reference = v.reference;
    return;
  }
  open_reservation* booking = touch(v.id, v.reservation, e);
  if (booking == nullptr) return;
  booking->row.doc.paid = payment_status::authorized;
  booking->row.method = v.method;
  booking->row.provider = v.provider;
  booking->row.reference = v.reference;
}

void view_projection::on(const ev::payment_action_required& v, const stored_event& e) {
  open_reservation* booking = touch(v.id, v.reservation, e);
  if (booking == nullptr) return;
  booking->row.doc.paid = payment_status::requires_action;
  booking->row.doc.pay_at = v.url;
  booking->row.method = v.method;
  booking->row.provider = v.provider;
  booking->row.reference = v.reference;
  notify("payment.action_required", *booking, v.amount, format_instant(v.expires_at) + " " + v.url,
         e);
}

void view_projection::on(const ev::payment_declined& v, const stored_event& e) {
  if (auto* further = find_further(v.id, v.reservation, e, &v.amount)) {
    further->status = payment_status::declined;
    further->method = v.method;
    further->provider = v.provider;
    further->decline_code = v.code;
    return;  // reservation.change_released tells the customer
  }
  open_reservation* booking = touch(v.id, v.reservation, e);
  if (booking == nullptr) return;
  booking->row.doc.paid = payment_status::declined;
  booking->row.method = v.method;
  booking->row.provider = v.provider;
  booking->row.decline_code = v.code;
  // Who did not act in time is told that the booking has ended.
  if (v.code != ev::authentication_expired)
    notify("payment.declined", *booking, v.amount, v.code, e);
}

void view_projection::on(const ev::payment_captured& v, const stored_event& e) {
  if (auto* further = find_further(v.id, v.reservation, e, &v.amount)) {
    further->status = payment_status::captured;
    further->captured.amount += v.amount.amount;
    touch(v.reservation, e)->row.doc.captured.amount += v.amount.amount;
    if (v.customer.empty()) return;
    further->method = v.method;
    further->provider = v.provider;
    further->reference = v.reference;
    return;
  }
  open_reservation* booking = touch(v.id, v.reservation, e);
  if (booking == nullptr) return;
  booking->row.doc.paid = payment_status::captured;
  booking->row.doc.captured.amount += v.amount.amount;
  if (v.customer.empty()) return;  // payment.authorized has told
  booking->row.method = v.method;
  booking->row.provider = v.provider;
  booking->row.reference = v.reference;
}

void view_projection::on(const ev::payment_voided& v, const stored_event& e) {
  if (auto* further = find_further(v.id, v.reservation, e)) {
    if (further->status != payment_status::declined) further->status = payment_status::voided;
    return;
  }
  open_reservation* booking = touch(v.id, v.reservation, e);
  // Why it was given back says more than that it was.
  if (booking != nullptr && booking->row.doc.paid != payment_status::declined)
    booking->row.doc.paid = payment_status::voided;
}

void view_projection::on(const ev::payment_unknown& v, const stored_event& e) {
  if (auto* further = find_further(v.id, v.reservation, e)) {
    if (v.operation != "refund") further->status = payment_status::unknown;
    return;
  }
  open_reservation* booking = touch(v.id, v.reservation, e);
  // A refund in doubt is still owed: it stays pending until the provider's ledger shows it.
  if (booking != nullptr && v.operation != "refund")
    booking->row.doc.paid = payment_status::unknown;
}

void view_projection::on(const ev::refund_requested& v, const stored_event& e) {
  if (open_reservation* booking = touch(v.id, v.reservation, e))
    booking->row.doc.paid = payment_status::refund_pending;
}

void view_projection::on(const ev::payment_refunded& v, const stored_event& e) {
  auto* further = find_further(v.id, v.reservation, e, &v.amount);
  if (further != nullptr) {
    further->refunded.amount += v.amount.amount;
    // It may be all that a crash left on record of the capture.
    const auto untold = further->refunded.amount - further->captured.amount;
    if (untold > 0) {
      further->captured.amount += untold;
      touch(v.reservation, e)->row.doc.captured.amount += untold;
    }
    further->status = further->refunded.amount >= further->captured.amount
                          ? payment_status::refunded
                          : payment_status::partially_refunded;
  }
  open_reservation* booking =
      further != nullptr ? touch(v.reservation, e) : touch(v.id, v.reservation, e);
  if (booking == nullptr) return;
  reservation_doc& doc = booking->row.doc;
  doc.refunded.amount += v.amount.amount;
  doc.paid = doc.refunded.amount >= doc.captured.amount ? payment_status::refunded
                                                        : payment_status::partially_refunded;
  notify("payment.refunded", *booking, v.amount, {}, e);
}

}  // namespace atrium::view
