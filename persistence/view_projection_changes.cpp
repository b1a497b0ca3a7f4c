#include "persistence/view_projection.hpp"

/// Changes of bookings: the new slot, the move, and what it cost.
namespace atrium::view {

namespace {

constexpr std::string_view saga_prefix = "saga/";

}  // namespace

further_payment* view_projection::find_further(const payment_id& payment, const reservation_id& id,
                                               const stored_event& e, const money* make) {
  open_reservation* booking = find_reservation(id);
  if (booking == nullptr || booking->row.doc.booked.payment == payment) return nullptr;
  booking->changed = true;
  for (auto& f : booking->row.more)
    if (f.id == payment) return &f;
  // A repeated try to book pays anew in the reservation's own saga; that is no change.
  const std::string_view saga = std::string_view(e.stream).substr(saga_prefix.size());
  if (make == nullptr || saga == id.view()) return nullptr;
  further_payment f;
  f.id = payment;
  f.amount = *make;
  f.captured.currency = f.refunded.currency = make->currency;
  f.created_at = e.at;
  booking->row.more.push_back(std::move(f));
  booking->new_payments.push_back(payment.str());
  return &booking->row.more.back();
}

/// On the board the new slot is a hold without an end, until it is the booking's or free again.
void view_projection::on(const ev::reservation_change_held& v, const stored_event& e) {
  const auto room = e.stream.substr(e.stream.find('/') + 1);
  board_entry entry;
  entry.what = board_entry::kind::hold;
  entry.end = v.when.end;
  entry.expires_at = max_instant;
  entry.customer = v.customer.view();
  tables_.put(in::board, board_key(room, v.when.start, v.change.view()), pack(entry));
  note_length(v.when);
}

void view_projection::on(const ev::reservation_change_released& v, const stored_event& e) {
  const auto room = e.stream.substr(e.stream.find('/') + 1);
  tables_.erase(in::board, board_key(room, v.when.start, v.change.view()));
  if (const auto* booking = find_reservation(v.id))
    notify("reservation.not_changed", *booking, booking->row.doc.booked.price, v.why, e);
}

void view_projection::on(const ev::reservation_changed& v, const stored_event& e) {
  tables_.erase(in::board, board_key(v.booked.room.view(), v.booked.when.start, v.change.view()));
  open_reservation* booking = touch(v.id, e);
  if (booking == nullptr) return;
  reservation_doc& doc = booking->row.doc;
  const auto created_at = doc.booked.created_at;
  doc.booked = v.booked;
  doc.booked.created_at = created_at;
  for (const auto& part : v.refunds)
    doc.refunds.push_back({.id = v.change.str(),
                           .why = refund_doc::cause::change,
                           .payment = part.payment,
                           .amount = part.amount,
                           .reason = {},
                           .by = {},
                           .requested_at = e.at,
                           .refunded_at = {}});
  if (!v.refunds.empty()) doc.paid = payment_status::refund_pending;
  notify("reservation.changed", *booking, doc.booked.price, {}, e);
}

}  // namespace atrium::view
