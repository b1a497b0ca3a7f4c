#include <algorithm>

#include "persistence/view_projection.hpp"

/// The money of reservations.
namespace atrium::view {

namespace {

std::string_view saga_of(const stored_event& e) {
  const std::string_view stream = e.stream;
  return stream.substr(stream.find('/') + 1);
}

refund_doc* find_refund(reservation_doc& doc, std::string_view saga, const payment_id& payment) {
  const auto it = std::find_if(doc.refunds.begin(), doc.refunds.end(), [&](const refund_doc& r) {
    return r.id == saga && r.payment == payment;
  });
  return it == doc.refunds.end() ? nullptr : &*it;
}

void note_capture(reservation_doc& doc, const money& amount, const stored_event& e) {
  doc.captured.amount += amount.amount;
  if (doc.captured_at == instant{})
    doc.captured_at = e.at;
  else
    doc.later_captures.push_back({amount, e.at});
}

/// Of a captured payment, by its refunds.
payment_status status_of(const reservation_doc& doc) {
  const bool waits = std::any_of(doc.refunds.begin(), doc.refunds.end(), [](const refund_doc& r) {
    return r.is == refund_doc::state::pending;
  });
  if (waits) return payment_status::refund_pending;
  if (doc.refunded.amount == 0) return payment_status::captured;
  return doc.refunded.amount >= doc.captured.amount ? payment_status::refunded
                                                    : payment_status::partially_refunded;
}

}  // namespace

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
    note_capture(touch(v.reservation, e)->row.doc, v.amount, e);
    if (v.customer.empty()) return;
    further->method = v.method;
    further->provider = v.provider;
    further->reference = v.reference;
    return;
  }
  open_reservation* booking = touch(v.id, v.reservation, e);
  if (booking == nullptr) return;
  booking->row.doc.paid = payment_status::captured;
  note_capture(booking->row.doc, v.amount, e);
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
      note_capture(touch(v.reservation, e)->row.doc, {untold, v.amount.currency}, e);
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
  // Known since it was promised, unless a charge that led to nothing is undone.
  refund_doc* refund = find_refund(doc, saga_of(e), v.id);
  if (refund == nullptr) {
    doc.refunds.push_back({.id = std::string(saga_of(e)),
                           .why = refund_doc::cause::not_booked,
                           .payment = v.id,
                           .amount = v.amount,
                           .reason = {},
                           .by = {},
                           .requested_at = e.at,
                           .refunded_at = {}});
    refund = &doc.refunds.back();
  }
  refund->is = refund_doc::state::succeeded;
  refund->refunded_at = e.at;
  doc.paid = status_of(doc);
  const bool by_hand = refund->why == refund_doc::cause::by_hand;
  notify("payment.refunded", *booking, v.amount, by_hand ? refund->reason : std::string(), e);
}

void view_projection::close_refund(const reservation_id& id, const stored_event& e) {
  open_reservation* booking = touch(id, e);
  if (booking == nullptr) return;
  bool has_ended_one = false;
  for (refund_doc& r : booking->row.doc.refunds) {
    if (r.id != saga_of(e) || r.is != refund_doc::state::pending) continue;
    r.is = refund_doc::state::settled_by_hand;
    has_ended_one = true;
  }
  if (has_ended_one) booking->row.doc.paid = status_of(booking->row.doc);
}

void view_projection::on(const ev::refund_granted& v, const stored_event& e) {
  open_reservation* booking = touch(v.reservation, e);
  if (booking == nullptr) return;
  reservation_doc& doc = booking->row.doc;
  doc.refunds.push_back({.id = v.id.str(),
                         .why = refund_doc::cause::by_hand,
                         .payment = v.payment,
                         .amount = v.amount,
                         .reason = v.reason,
                         .by = v.by,
                         .requested_at = e.at,
                         .refunded_at = {}});
  doc.paid = status_of(doc);
}

void view_projection::on(const ev::refund_withdrawn& v, const stored_event& e) {
  open_reservation* booking = touch(v.reservation, e);
  if (booking == nullptr) return;
  reservation_doc& doc = booking->row.doc;
  if (refund_doc* refund = find_refund(doc, v.id.view(), v.payment))
    refund->is = refund_doc::state::withdrawn;
  doc.paid = status_of(doc);
}

}  // namespace atrium::view
