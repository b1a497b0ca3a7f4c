#include "persistence/view_cursor.hpp"
#include "persistence/view_impl.hpp"
#include "persistence/view_walk.hpp"

namespace atrium::view {

namespace {

/// The author as the account says today; a deleted account leaves its reviews without a name.
std::string author_name(const view_store& store, const lmdb::txn& txn, const account_id& author) {
  const auto bytes = store.get(txn, in::accounts, author.view());
  return bytes ? unpack_account(author, *bytes).doc.facts.name : std::string();
}

std::string room_name(const view_store& store, const lmdb::txn& txn, const room_id& room) {
  const auto bytes = store.get(txn, in::rooms, room.view());
  return bytes ? unpack_room(room, *bytes).doc.facts.name : std::string();
}

}  // namespace

// ---- reviews -----------------------------------------------------------------------------------

std::optional<review_doc> lmdb_views::review(const review_id& id) const {
  if (!is_plain_id(id.view())) return std::nullopt;
  const lmdb::read_txn txn = read();
  const auto bytes = store_.get(txn, in::reviews, id.view());
  if (!bytes) return std::nullopt;
  review_doc d = unpack_review(id, *bytes).doc;
  d.author_name = author_name(store_, txn, d.author);
  return d;
}

result<page<review_doc>> lmdb_views::reviews(const room_id& room, std::size_t limit,
                                             const std::string& cursor) const {
  std::optional<std::string> below;
  if (!cursor.empty() && !(below = parse_position_cursor(cursor))) return bad_cursor(cursor);
  page<review_doc> p;
  if (!is_plain_id(room.view())) return p;
  const lmdb::read_txn txn = read();
  auto found = walk_down<review_doc>(
      txn, store_.table(in::room_reviews), prefix_of(room.view()), below, limit,
      [&](std::string_view, std::string_view id) -> std::optional<review_doc> {
        const auto bytes = store_.get(txn, in::reviews, id);
        if (!bytes) return std::nullopt;
        review_doc d = unpack_review(review_id(std::string(id)), *bytes).doc;
        d.author_name = author_name(store_, txn, d.author);
        return d;
      });
  p.items = std::move(found.items);
  if (found.last_key) p.next = position_cursor(*found.last_key);
  return p;
}

// ---- messages ----------------------------------------------------------------------------------

result<page<notification_doc>> lmdb_views::notifications(const account_id& account,
                                                         bool unread_only, std::size_t limit,
                                                         const std::string& cursor) const {
  std::optional<std::string> below;
  if (!cursor.empty() && !(below = parse_position_cursor(cursor))) return bad_cursor(cursor);
  page<notification_doc> p;
  if (!is_plain_id(account.view())) return p;
  const std::string prefix = prefix_of(account.view());
  const lmdb::read_txn txn = read();
  auto found = walk_down<notification_doc>(
      txn, store_.table(in::notifications), prefix, below, limit,
      [&](std::string_view key, std::string_view value) -> std::optional<notification_doc> {
        if (unread_only && is_read_notification(value)) return std::nullopt;
        return unpack_notification(account, lmdb::read_be64(key.data() + prefix.size()), value);
      });
  for (notification_doc& d : found.items) d.room_name = room_name(store_, txn, d.room);
  p.items = std::move(found.items);
  if (found.last_key) p.next = position_cursor(*found.last_key);
  return p;
}

std::optional<notification_doc> lmdb_views::notification(const account_id& account,
                                                         const std::string& id) const {
  const auto position = notification_position(id);
  if (!position || !is_plain_id(account.view())) return std::nullopt;
  const lmdb::read_txn txn = read();
  const auto bytes = store_.get(txn, in::notifications, key_of(account.view(), *position));
  if (!bytes) return std::nullopt;
  notification_doc d = unpack_notification(account, *position, *bytes);
  d.room_name = room_name(store_, txn, d.room);
  return d;
}

// ---- accounts ----------------------------------------------------------------------------------

std::optional<account_doc> lmdb_views::account(const account_id& id) const {
  if (!is_plain_id(id.view())) return std::nullopt;
  const lmdb::read_txn txn = read();
  const auto bytes = store_.get(txn, in::accounts, id.view());
  if (!bytes) return std::nullopt;
  return unpack_account(id, *bytes).doc;
}

result<page<account_doc>> lmdb_views::accounts(std::size_t limit, const std::string& cursor) const {
  std::optional<std::string> after;
  if (!cursor.empty() && !(after = parse_cursor(list::accounts, cursor))) return bad_cursor(cursor);
  const lmdb::read_txn txn = read();
  auto found = walk_up<account_doc>(
      txn, store_.table(in::accounts), {}, after, limit,
      [](std::string_view key, std::string_view value) -> std::optional<account_doc> {
        return unpack_account(account_id(std::string(key)), value).doc;
      });
  page<account_doc> p;
  p.items = std::move(found.items);
  if (found.last_key) p.next = make_cursor(list::accounts, *found.last_key);
  return p;
}

std::vector<api_key_doc> lmdb_views::keys(const account_id& id) const {
  if (!is_plain_id(id.view())) return {};
  const lmdb::read_txn txn = read();
  return walk_up<api_key_doc>(
             txn, store_.table(in::keys), prefix_of(id.view()), std::nullopt, max_page_items,
             [](std::string_view, std::string_view value) -> std::optional<api_key_doc> {
               return unpack_key(value);
             })
      .items;
}

std::optional<key_owner> lmdb_views::find_key(std::string_view secret_hash) const {
  if (!is_plain_id(secret_hash)) return std::nullopt;
  const lmdb::read_txn txn = read();
  const auto bytes = store_.get(txn, in::key_hashes, secret_hash);
  if (!bytes) return std::nullopt;
  return unpack_key_owner(*bytes);
}

}  // namespace atrium::view
