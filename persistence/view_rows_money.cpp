#include "persistence/view_rows_money.hpp"

#include <algorithm>

/// The money of reservations, packed and shown.
namespace atrium::view {

void put(packer& p, const further_payment& f) {
  p.id(f.id);
  p.byte(static_cast<std::uint8_t>(f.status));
  for (const auto* m : {&f.amount, &f.captured, &f.refunded}) p.amount(*m);
  for (const auto* s : {&f.method, &f.provider, &f.reference, &f.decline_code}) p.text(*s);
  p.time(f.created_at);
}

further_payment take_further(unpacker& u) {
  further_payment f;
  f.id = u.id<payment_id>();
  f.status = static_cast<payment_status>(u.byte());
  for (auto* m : {&f.amount, &f.captured, &f.refunded}) *m = u.amount();
  for (auto* s : {&f.method, &f.provider, &f.reference, &f.decline_code}) *s = u.view();
  f.created_at = u.time();
  return f;
}

void put(packer& p, const std::vector<capture_doc>& all) {
  p.small(all.size());
  for (const capture_doc& c : all) {
    p.amount(c.amount);
    p.time(c.at);
  }
}

std::vector<capture_doc> take_captures(unpacker& u) {
  std::vector<capture_doc> all(u.small());
  for (capture_doc& c : all) {
    c.amount = u.amount();
    c.at = u.time();
  }
  return all;
}

void put(packer& p, const std::vector<refund_doc>& all) {
  p.small(all.size());
  for (const refund_doc& r : all) {
    p.text(r.id);
    p.id(r.payment);
    p.byte(static_cast<std::uint8_t>(r.why));
    p.byte(static_cast<std::uint8_t>(r.is));
    p.amount(r.amount);
    p.text(r.reason);
    p.id(r.by);
    p.time(r.requested_at);
    p.maybe(r.refunded_at);
  }
}

std::vector<refund_doc> take_refunds(unpacker& u) {
  std::vector<refund_doc> all(u.small());
  for (refund_doc& r : all) {
    r.id = u.view();
    r.payment = u.id<payment_id>();
    r.why = static_cast<refund_doc::cause>(u.byte());
    r.is = static_cast<refund_doc::state>(u.byte());
    r.amount = u.amount();
    r.reason = u.view();
    r.by = u.id<account_id>();
    r.requested_at = u.time();
    r.refunded_at = u.maybe();
  }
  return all;
}

namespace {

/// Those of its own, and what is left once they are made.
void add_refunds(payment_doc& d, const std::vector<refund_doc>& of_booking) {
  for (const refund_doc& r : of_booking) {
    if (r.payment != d.id) continue;
    d.refunds.push_back(r);
    d.moved_at = std::max(d.moved_at, r.refunded_at.value_or(r.requested_at));
  }
  d.left = {refundable(d), d.captured.currency};
}

}  // namespace

payment_doc payment_of(const reservation_row& row) {
  payment_doc d;
  d.id = row.doc.booked.payment;
  d.reservation = row.doc.booked.id;
  d.room = row.doc.booked.room;
  d.customer = row.doc.booked.customer;
  d.amount = row.doc.booked.price;
  d.captured = row.doc.captured;
  d.refunded = row.doc.refunded;
  d.method = row.method;
  d.provider = row.provider;
  d.reference = row.reference;
  d.decline_code = row.decline_code;
  d.status = row.doc.paid;
  d.created_at = row.doc.booked.created_at;
  for (const auto& f : row.more) {
    d.captured.amount -= f.captured.amount;
    d.refunded.amount -= f.refunded.amount;
  }
  // A change alters the price, not what was charged before it.
  if (d.captured.amount > 0) d.amount = d.captured;
  d.position = row.doc.position;
  d.moved_at = std::max(d.created_at, row.doc.captured_at);
  for (const capture_doc& c : row.doc.later_captures) d.moved_at = std::max(d.moved_at, c.at);
  add_refunds(d, row.doc.refunds);
  return d;
}

std::vector<payment_doc> payments_of(const reservation_row& row) {
  std::vector<payment_doc> all;
  for (auto f = row.more.rbegin(); f != row.more.rend(); ++f) {
    payment_doc d;
    d.id = f->id;
    d.reservation = row.doc.booked.id;
    d.room = row.doc.booked.room;
    d.customer = row.doc.booked.customer;
    d.amount = f->amount;
    d.captured = f->captured;
    d.refunded = f->refunded;
    d.method = f->method;
    d.provider = f->provider;
    d.reference = f->reference;
    d.decline_code = f->decline_code;
    d.status = f->status;
    d.created_at = d.moved_at = f->created_at;
    d.position = row.doc.position;
    add_refunds(d, row.doc.refunds);
    all.push_back(std::move(d));
  }
  if (!row.doc.booked.payment.empty()) all.push_back(payment_of(row));
  return all;
}

}  // namespace atrium::view
