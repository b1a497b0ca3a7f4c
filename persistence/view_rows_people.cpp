#include <charconv>

#include "persistence/view_pack.hpp"
#include "persistence/view_rows.hpp"

/// Rows about people: reviews, accounts and keys, messages.
namespace atrium::view {

namespace {

constexpr std::string_view notification_prefix = "ntf_";

void put(packer& p, const ev::account_facts& f) {
  p.text(f.name);
  p.text(f.email);
  p.byte(static_cast<std::uint8_t>(f.as));
  p.text(f.locale);
  p.byte(static_cast<std::uint8_t>(f.mail));
}

ev::account_facts take_account_facts(unpacker& u) {
  ev::account_facts f;
  f.name = u.view();
  f.email = u.view();
  f.as = static_cast<ev::role>(u.byte());
  f.locale = u.view();
  f.mail = static_cast<ev::mail_choice>(u.byte());
  return f;
}

}  // namespace

std::string pack(const review_row& row) {
  std::string out;
  packer p(out);
  p.fixed(row.position);
  p.id(row.doc.room);
  p.id(row.doc.reservation);
  p.id(row.doc.author);
  p.small(static_cast<std::uint64_t>(row.doc.rating));
  p.text(row.doc.text);
  p.time(row.doc.created_at);
  p.fixed(row.doc.version);
  return out;
}

review_row unpack_review(review_id id, std::string_view bytes) {
  unpacker u(bytes);
  review_row row;
  row.position = u.fixed();
  row.doc.id = std::move(id);
  row.doc.room = u.id<room_id>();
  row.doc.reservation = u.id<reservation_id>();
  row.doc.author = u.id<account_id>();
  row.doc.rating = u.integer();
  row.doc.text = u.view();
  row.doc.created_at = u.time();
  row.doc.version = u.fixed();
  return row;
}

std::string pack(const account_row& row) {
  std::string out;
  packer p(out);
  put(p, row.doc.facts);
  p.fixed(row.doc.version);
  p.time(row.doc.created_at);
  p.texts(row.key_hashes);
  return out;
}

account_row unpack_account(account_id id, std::string_view bytes) {
  unpacker u(bytes);
  account_row row;
  row.doc.id = std::move(id);
  row.doc.facts = take_account_facts(u);
  row.doc.version = u.fixed();
  row.doc.created_at = u.time();
  row.key_hashes = u.texts();
  return row;
}

std::string pack(const api_key_doc& row) {
  std::string out;
  packer p(out);
  p.id(row.id);
  p.id(row.account);
  p.text(row.name);
  p.texts(row.scopes);
  p.time(row.created_at);
  p.maybe(row.last_used_at);
  p.maybe(row.expires_at);
  return out;
}

api_key_doc unpack_key(std::string_view bytes) {
  unpacker u(bytes);
  api_key_doc d;
  d.id = u.id<api_key_id>();
  d.account = u.id<account_id>();
  d.name = u.view();
  d.scopes = u.texts();
  d.created_at = u.time();
  d.last_used_at = u.maybe();
  d.expires_at = u.maybe();
  return d;
}

std::string pack(const key_owner& row) {
  std::string out;
  packer p(out);
  p.id(row.key);
  p.id(row.account);
  put(p, row.facts);
  p.texts(row.scopes);
  p.maybe(row.expires_at);
  return out;
}

key_owner unpack_key_owner(std::string_view bytes) {
  unpacker u(bytes);
  key_owner k;
  k.key = u.id<api_key_id>();
  k.account = u.id<account_id>();
  k.facts = take_account_facts(u);
  k.scopes = u.texts();
  k.expires_at = u.maybe();
  return k;
}

std::string pack(const webhook_doc& row) {
  std::string out;
  packer p(out);
  p.id(row.account);
  p.text(row.facts.url);
  p.texts(row.facts.types);
  p.text(row.facts.description);
  p.flag(row.facts.enabled);
  p.small(static_cast<std::uint64_t>(row.generation));
  p.maybe(row.previous_until);
  p.text(row.disabled_reason);
  p.fixed(row.registered);
  p.fixed(row.version);
  p.time(row.created_at);
  p.time(row.changed_at);
  return out;
}

webhook_doc unpack_webhook(webhook_id id, std::string_view bytes) {
  unpacker u(bytes);
  webhook_doc d;
  d.id = std::move(id);
  d.account = u.id<account_id>();
  d.facts.url = u.view();
  d.facts.types = u.texts();
  d.facts.description = u.view();
  d.facts.enabled = u.flag();
  d.generation = u.integer();
  d.previous_until = u.maybe();
  d.disabled_reason = u.view();
  d.registered = u.fixed();
  d.version = u.fixed();
  d.created_at = u.time();
  d.changed_at = u.time();
  return d;
}

std::string pack(const notification_doc& row) {
  std::string out;
  out.reserve(192);
  packer p(out);
  p.maybe(row.read_at);
  p.text(row.type);
  p.id(row.reservation);
  p.id(row.room);
  p.text(row.time_zone);
  p.span(row.when);
  p.amount(row.amount);
  p.text(row.extra);
  p.time(row.created_at);
  return out;
}

notification_doc unpack_notification(account_id account, std::uint64_t position,
                                     std::string_view bytes) {
  unpacker u(bytes);
  notification_doc d;
  d.id = notification_id(position);
  d.account = std::move(account);
  d.read_at = u.maybe();
  d.type = u.view();
  d.reservation = u.id<reservation_id>();
  d.room = u.id<room_id>();
  d.time_zone = u.view();
  d.when = u.span();
  d.amount = u.amount();
  d.extra = u.view();
  d.created_at = u.time();
  return d;
}

bool is_read_notification(std::string_view bytes) {
  return unpacker(bytes).flag();
}

std::string notification_id(std::uint64_t position) {
  return std::string(notification_prefix) + std::to_string(position);
}

std::optional<std::uint64_t> notification_position(std::string_view id) {
  if (!id.starts_with(notification_prefix)) return std::nullopt;
  id.remove_prefix(notification_prefix.size());
  std::uint64_t position = 0;
  const auto parsed = std::from_chars(id.data(), id.data() + id.size(), position);
  if (parsed.ec != std::errc{} || parsed.ptr != id.data() + id.size()) return std::nullopt;
  if (notification_id(position).size() != notification_prefix.size() + id.size())
    return std::nullopt;
  return position;
}

}  // namespace atrium::view
