#include <algorithm>

#include "persistence/view_projection.hpp"

/// Accounts, their keys, and what they have read.
namespace atrium::view {

namespace {

/// "account/ac_1" -> "ac_1"
std::string entity_of(const stored_event& e) {
  return e.stream.substr(e.stream.find('/') + 1);
}

key_owner owner_of(const account_row& row, const key_owner& key) {
  key_owner k = key;
  k.account = row.doc.id;
  k.facts = row.doc.facts;
  return k;
}

}  // namespace

void view_projection::store_account(const account_row& row) {
  tables_.put(in::accounts, row.doc.id.str(), pack(row));
}

void view_projection::on(const ev::account_created& v, const stored_event& e) {
  account_row row;
  row.doc = {
      .id = account_id(entity_of(e)), .facts = v.facts, .version = e.seq, .created_at = e.at};
  store_account(row);
}

void view_projection::on(const ev::account_changed& v, const stored_event& e) {
  const std::string id = entity_of(e);
  const auto bytes = tables_.get(in::accounts, id);
  if (!bytes) return;
  account_row row = unpack_account(account_id(id), *bytes);
  row.doc.facts = v.facts;
  row.doc.version = e.seq;
  store_account(row);
  // A key's row repeats the facts, so that a request is signed in with one look-up.
  for (const std::string& hash : row.key_hashes)
    if (const auto key = tables_.get(in::key_hashes, hash))
      tables_.put(in::key_hashes, hash, pack(owner_of(row, unpack_key_owner(*key))));
}

void view_projection::on(const ev::account_deleted&, const stored_event& e) {
  const std::string id = entity_of(e);
  const auto bytes = tables_.get(in::accounts, id);
  if (!bytes) return;
  const account_row row = unpack_account(account_id(id), *bytes);
  for (const std::string& hash : row.key_hashes) {
    if (const auto key = tables_.get(in::key_hashes, hash))
      tables_.erase(in::keys, key_of(id, unpack_key_owner(*key).key.view()));
    tables_.erase(in::key_hashes, hash);
  }
  tables_.erase(in::accounts, id);
}

void view_projection::on(const ev::api_key_created& v, const stored_event& e) {
  const std::string id = entity_of(e);
  const auto bytes = tables_.get(in::accounts, id);
  if (!bytes || tables_.contains(in::key_hashes, v.secret_hash)) return;
  account_row row = unpack_account(account_id(id), *bytes);
  row.key_hashes.push_back(v.secret_hash);
  store_account(row);
  const api_key_doc doc{.id = v.id,
                        .account = row.doc.id,
                        .name = v.name,
                        .scopes = v.scopes,
                        .created_at = e.at,
                        .last_used_at = std::nullopt,
                        .expires_at = v.expires_at};
  tables_.put(in::keys, key_of(id, v.id.view()), pack(doc));
  const key_owner key{.key = v.id,
                      .account = row.doc.id,
                      .facts = row.doc.facts,
                      .scopes = v.scopes,
                      .expires_at = v.expires_at};
  tables_.put(in::key_hashes, v.secret_hash, pack(key));
}

void view_projection::on(const ev::api_key_revoked& v, const stored_event& e) {
  const std::string id = entity_of(e);
  tables_.erase(in::keys, key_of(id, v.id.view()));
  tables_.erase(in::key_hashes, v.secret_hash);
  const auto bytes = tables_.get(in::accounts, id);
  if (!bytes) return;
  account_row row = unpack_account(account_id(id), *bytes);
  if (std::erase(row.key_hashes, v.secret_hash) > 0) store_account(row);
}

void view_projection::on(const ev::notification_read& v, const stored_event& e) {
  const auto position = notification_position(v.notification);
  if (!position) return;
  const account_id account(entity_of(e));
  std::string key = key_of(account.view(), *position);
  const auto bytes = tables_.get(in::notifications, key);
  if (!bytes || is_read_notification(*bytes)) return;
  notification_doc message = unpack_notification(account, *position, *bytes);
  message.read_at = e.at;
  tables_.put(in::notifications, std::move(key), pack(message));
}

}  // namespace atrium::view
