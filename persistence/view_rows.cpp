#include "persistence/view_rows.hpp"

#include <algorithm>

#include "persistence/view_pack.hpp"
#include "persistence/view_rows_money.hpp"

namespace atrium::view {

namespace {

void put(packer& p, const cancellation_policy& policy) {
  p.small(policy.size());
  for (const cancellation_rule& rule : policy) {
    p.small(static_cast<std::uint64_t>(rule.hours_before));
    p.small(static_cast<std::uint64_t>(rule.refund_percent));
  }
}

cancellation_policy take_policy(unpacker& u) {
  cancellation_policy policy(u.small());
  for (cancellation_rule& rule : policy) {
    rule.hours_before = u.integer();
    rule.refund_percent = u.integer();
  }
  return policy;
}

void put_number(packer& p, int v) {
  p.small(static_cast<std::uint64_t>(v));
}

void put(packer& p, const opening_window& w) {
  std::uint8_t days = 0;
  for (std::size_t day = 0; day < w.days.size(); ++day)
    if (w.days[day]) days = static_cast<std::uint8_t>(days | 1U << day);
  p.byte(days);
  put_number(p, w.open_minute);
  put_number(p, w.close_minute);
}

opening_window take_window(unpacker& u) {
  opening_window w;
  const unsigned days = u.byte();
  for (std::size_t day = 0; day < w.days.size(); ++day) w.days[day] = (days >> day & 1U) != 0;
  w.open_minute = u.integer();
  w.close_minute = u.integer();
  return w;
}

void put(packer& p, const room_facts& f) {
  p.text(f.name);
  p.text(f.site);
  p.text(f.description);
  put_number(p, f.capacity);
  p.texts(f.amenities);
  p.text(f.time_zone);
  p.small(f.opening_hours.size());
  for (const opening_window& w : f.opening_hours) put(p, w);
  for (const int v : {f.min_duration_minutes, f.max_duration_minutes, f.step_minutes,
                      f.buffer_minutes, f.horizon_days, f.grace_minutes, f.tax_rate_bp})
    put_number(p, v);
  p.amount(f.price_per_hour);
  put(p, f.cancellation);
  p.flag(f.check_in_required);
}

room_facts take_facts(unpacker& u) {
  room_facts f;
  f.name = u.view();
  f.site = u.view();
  f.description = u.view();
  f.capacity = u.integer();
  f.amenities = u.texts();
  f.time_zone = u.view();
  f.opening_hours.resize(u.small());
  for (opening_window& w : f.opening_hours) w = take_window(u);
  for (int* v : {&f.min_duration_minutes, &f.max_duration_minutes, &f.step_minutes,
                 &f.buffer_minutes, &f.horizon_days, &f.grace_minutes, &f.tax_rate_bp})
    *v = u.integer();
  f.price_per_hour = u.amount();
  f.cancellation = take_policy(u);
  f.check_in_required = u.flag();
  return f;
}

}  // namespace

// ---- rooms -------------------------------------------------------------------------------------

std::string pack(const room_row& row) {
  std::string out;
  const std::string json = render(row.doc);
  out.reserve(json.size() + 512 + row.doc.facts.description.size());
  packer p(out);
  p.byte(static_cast<std::uint8_t>(row.doc.status));
  p.fixed(row.doc.version);
  put_number(p, row.doc.facts.capacity);
  p.small(row.blackouts);
  p.text(json);
  p.fixed(static_cast<std::uint64_t>(row.doc.rating_sum));
  p.fixed(static_cast<std::uint64_t>(row.doc.rating_count));
  put(p, row.doc.facts);
  return out;
}

namespace {

room_head take_room_head(unpacker& u) {
  room_head head;
  head.status = static_cast<room_status>(u.byte());
  head.version = u.fixed();
  head.capacity = u.integer();
  head.blackouts = static_cast<std::uint32_t>(u.small());
  head.json = u.view();
  return head;
}

}  // namespace

room_head unpack_room_head(std::string_view bytes) {
  unpacker u(bytes);
  return take_room_head(u);
}

room_row unpack_room(room_id id, std::string_view bytes) {
  unpacker u(bytes);
  const room_head head = take_room_head(u);
  room_row row;
  row.blackouts = head.blackouts;
  row.doc.id = std::move(id);
  row.doc.status = head.status;
  row.doc.version = head.version;
  row.doc.rating_sum = static_cast<std::int64_t>(u.fixed());
  row.doc.rating_count = static_cast<std::int64_t>(u.fixed());
  row.doc.facts = take_facts(u);
  return row;
}

// ---- reservations, payments, holds -------------------------------------------------------------

std::string pack(const reservation_row& row) {
  const reservation& r = row.doc.booked;
  std::string out;
  out.reserve(384 + r.title.size());
  packer p(out);
  p.byte(static_cast<std::uint8_t>(r.status));
  p.span(r.when);
  p.id(r.room);
  p.id(r.customer);
  p.byte(static_cast<std::uint8_t>(row.doc.paid));
  p.fixed(row.doc.position);
  p.id(r.id);
  p.id(r.payment);
  p.text(r.time_zone);
  put_number(p, r.party_size);
  p.text(r.title);
  p.amount(r.price);
  put(p, r.policy);
  p.time(r.created_at);
  p.amount(row.doc.captured);
  p.amount(row.doc.refunded);
  p.text(row.method);
  p.text(row.provider);
  p.text(row.reference);
  p.text(row.decline_code);
  p.small(r.charges.size());
  for (const auto& c : r.charges) {
    p.id(c.payment);
    p.amount(c.kept);
  }
  p.small(row.more.size());
  for (const auto& f : row.more) put(p, f);
  p.time(row.doc.pay_by);
  p.text(row.doc.pay_at);
  put_number(p, r.tax_rate_bp);
  p.text(row.doc.room_name);
  p.time(row.doc.captured_at);
  put(p, row.doc.later_captures);
  put(p, row.doc.refunds);
  return out;
}

namespace {

reservation_head take_reservation_head(unpacker& u) {
  reservation_head head;
  head.status = static_cast<reservation_status>(u.byte());
  head.when = u.span();
  head.room = u.view();
  head.customer = u.view();
  return head;
}

}  // namespace

reservation_head unpack_reservation_head(std::string_view bytes) {
  unpacker u(bytes);
  return take_reservation_head(u);
}

reservation_row unpack_reservation(std::string_view bytes) {
  unpacker u(bytes);
  const reservation_head head = take_reservation_head(u);
  reservation_row row;
  reservation& r = row.doc.booked;
  r.status = head.status;
  r.when = head.when;
  r.room = room_id(std::string(head.room));
  r.customer = account_id(std::string(head.customer));
  row.doc.paid = static_cast<payment_status>(u.byte());
  row.doc.position = row.doc.version = u.fixed();
  r.id = u.id<reservation_id>();
  r.payment = u.id<payment_id>();
  r.time_zone = u.view();
  r.party_size = u.integer();
  r.title = u.view();
  r.price = u.amount();
  r.policy = take_policy(u);
  r.created_at = u.time();
  row.doc.captured = u.amount();
  row.doc.refunded = u.amount();
  row.method = u.view();
  row.provider = u.view();
  row.reference = u.view();
  row.decline_code = u.view();
  r.charges.resize(u.small());
  for (auto& c : r.charges) {
    c.payment = u.id<payment_id>();
    c.kept = u.amount();
  }
  row.more.resize(u.small());
  for (auto& f : row.more) f = take_further(u);
  row.doc.pay_by = u.time();
  row.doc.pay_at = u.view();
  r.tax_rate_bp = u.integer();
  row.doc.room_name = u.view();
  row.doc.captured_at = u.time();
  row.doc.later_captures = take_captures(u);
  row.doc.refunds = take_refunds(u);
  return row;
}

std::string pack(const board_entry& entry) {
  std::string out;
  out.reserve(32 + entry.customer.size() + entry.title.size());
  packer p(out);
  p.byte(static_cast<std::uint8_t>(entry.what));
  p.byte(static_cast<std::uint8_t>(entry.status));
  p.byte(static_cast<std::uint8_t>(entry.paid));
  p.time(entry.end);
  if (entry.what == board_entry::kind::hold) {
    p.time(entry.expires_at);
  } else {
    p.fixed(entry.position);
  }
  p.text(entry.customer);
  p.text(entry.title);
  return out;
}

board_entry unpack_board(std::string_view bytes) {
  unpacker u(bytes);
  board_entry e;
  e.what = static_cast<board_entry::kind>(u.byte());
  e.status = static_cast<reservation_status>(u.byte());
  e.paid = static_cast<payment_status>(u.byte());
  e.end = u.time();
  if (e.what == board_entry::kind::hold) {
    e.expires_at = u.time();
  } else {
    e.position = u.fixed();
  }
  e.customer = u.view();
  e.title = u.view();
  return e;
}

std::string pack(const hold_row& row) {
  std::string out;
  packer p(out);
  p.fixed(row.position);
  p.id(row.doc.room);
  p.id(row.doc.customer);
  p.span(row.doc.when);
  p.text(row.doc.time_zone);
  put_number(p, row.doc.party_size);
  p.amount(row.doc.price);
  p.time(row.doc.expires_at);
  p.text(row.doc.status);
  return out;
}

hold_row unpack_hold(hold_id id, std::string_view bytes) {
  unpacker u(bytes);
  hold_row row;
  row.position = u.fixed();
  row.doc.id = std::move(id);
  row.doc.room = u.id<room_id>();
  row.doc.customer = u.id<account_id>();
  row.doc.when = u.span();
  row.doc.time_zone = u.view();
  row.doc.party_size = u.integer();
  row.doc.price = u.amount();
  row.doc.expires_at = u.time();
  row.doc.status = u.view();
  return row;
}

std::string pack(const blackout_doc& row) {
  std::string out;
  packer p(out);
  p.span(row.when);
  p.text(row.reason);
  return out;
}

blackout_doc unpack_blackout(blackout_id id, std::string_view bytes) {
  unpacker u(bytes);
  blackout_doc d;
  d.id = std::move(id);
  d.when = u.span();
  d.reason = u.view();
  return d;
}

}  // namespace atrium::view
