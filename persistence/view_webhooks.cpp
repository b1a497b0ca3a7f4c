#include "persistence/view_impl.hpp"
#include "persistence/view_projection.hpp"

/// Web hooks: their rows, written and read.
namespace atrium::view {

// ---- writing -----------------------------------------------------------------------------------

std::optional<webhook_doc> view_projection::find_webhook(const webhook_id& id) {
  const auto bytes = tables_.get(in::webhooks, id.str());
  if (!bytes) return std::nullopt;
  return unpack_webhook(id, *bytes);
}

void view_projection::store_webhook(webhook_doc doc, const stored_event& e) {
  doc.version = e.seq;
  doc.changed_at = e.at;
  tables_.put(in::webhooks, doc.id.str(), pack(doc));
  std::string changed;
  lmdb::append_be64(changed, e.position);
  tables_.put(in::facts, std::string(webhooks_fact), std::move(changed));
}

void view_projection::on(const ev::webhook_registered& v, const stored_event& e) {
  webhook_doc doc;
  doc.id = v.id;
  doc.account = account_id(e.stream.substr(e.stream.find('/') + 1));
  doc.facts = v.facts;
  doc.registered = e.position;
  doc.created_at = e.at;
  tables_.put(in::account_webhooks, key_of(doc.account.view(), v.id.view()), {});
  store_webhook(std::move(doc), e);
}

void view_projection::on(const ev::webhook_changed& v, const stored_event& e) {
  auto doc = find_webhook(v.id);
  if (!doc) return;
  if (v.facts.enabled) doc->disabled_reason.clear();
  doc->facts = v.facts;
  store_webhook(std::move(*doc), e);
}

void view_projection::on(const ev::webhook_secret_rotated& v, const stored_event& e) {
  auto doc = find_webhook(v.id);
  if (!doc) return;
  doc->generation = v.generation;
  doc->previous_until = v.previous_until;
  store_webhook(std::move(*doc), e);
}

void view_projection::on(const ev::webhook_disabled& v, const stored_event& e) {
  auto doc = find_webhook(v.id);
  if (!doc) return;
  doc->facts.enabled = false;
  doc->disabled_reason = v.reason;
  notification_doc message;
  message.type = "webhook.disabled";
  message.extra = v.url;
  message.created_at = e.at;
  tables_.put(in::notifications, key_of(doc->account.view(), e.position), pack(message));
  store_webhook(std::move(*doc), e);
}

void view_projection::on(const ev::webhook_deleted& v, const stored_event& e) {
  const auto doc = find_webhook(v.id);
  if (!doc) return;
  store_webhook(*doc, e);
  tables_.erase(in::webhooks, v.id.str());
  tables_.erase(in::account_webhooks, key_of(doc->account.view(), v.id.view()));
}

// ---- reading -----------------------------------------------------------------------------------

std::optional<webhook_doc> lmdb_views::webhook(const webhook_id& id) const {
  if (!is_plain_id(id.view())) return std::nullopt;
  const lmdb::read_txn txn = read();
  const auto bytes = store_.get(txn, in::webhooks, id.view());
  if (!bytes) return std::nullopt;
  return unpack_webhook(id, *bytes);
}

std::vector<webhook_doc> lmdb_views::webhooks_of(const account_id& account) const {
  std::vector<webhook_doc> all;
  if (!is_plain_id(account.view())) return all;
  const std::string prefix = prefix_of(account.view());
  const lmdb::read_txn txn = read();
  lmdb::cursor at(txn, store_.table(in::account_webhooks));
  for (bool more = at.seek(prefix); more && at.key().starts_with(prefix); more = at.next()) {
    const webhook_id id(std::string(at.key().substr(prefix.size())));
    if (const auto bytes = store_.get(txn, in::webhooks, id.view()))
      all.push_back(unpack_webhook(id, *bytes));
  }
  return all;
}

std::vector<webhook_doc> lmdb_views::all_webhooks() const {
  std::vector<webhook_doc> all;
  const lmdb::read_txn txn = read();
  lmdb::cursor at(txn, store_.table(in::webhooks));
  for (bool more = at.first(); more; more = at.next())
    all.push_back(unpack_webhook(webhook_id(std::string(at.key())), at.value()));
  return all;
}

std::uint64_t lmdb_views::webhooks_changed() const {
  const lmdb::read_txn txn = read();
  const auto value = store_.get(txn, in::facts, webhooks_fact);
  return value && value->size() == 8 ? lmdb::read_be64(value->data()) : 0;
}

}  // namespace atrium::view
