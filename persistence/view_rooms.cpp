#include <algorithm>

#include "persistence/view_cursor.hpp"
#include "persistence/view_impl.hpp"
#include "persistence/view_walk.hpp"

namespace atrium::view {

namespace {

bool has_status(const room_filter& f, room_status s) {
  if (f.status == "all") return true;
  return f.status == "retired" ? s == room_status::retired : s == room_status::active;
}

bool has_amenities(const room_facts& facts, const std::vector<std::string>& wanted) {
  return std::all_of(wanted.begin(), wanted.end(), [&](const std::string& a) {
    return std::find(facts.amenities.begin(), facts.amenities.end(), a) != facts.amenities.end();
  });
}

}  // namespace

std::optional<stored_doc> lmdb_views::room_json(const room_id& id) const {
  if (!is_plain_id(id.view())) return std::nullopt;
  const lmdb::read_txn txn = read();
  const auto bytes = store_.get(txn, in::rooms, id.view());
  if (!bytes) return std::nullopt;
  const room_head head = unpack_room_head(*bytes);
  return stored_doc{std::string(head.json), head.version, {}};
}

std::optional<room_doc> lmdb_views::room(const room_id& id) const {
  if (!is_plain_id(id.view())) return std::nullopt;
  const lmdb::read_txn txn = read();
  const auto bytes = store_.get(txn, in::rooms, id.view());
  if (!bytes) return std::nullopt;
  return unpack_room(id, *bytes).doc;
}

result<page<stored_doc>> lmdb_views::rooms(const room_filter& f, std::size_t limit,
                                           const std::string& cursor) const {
  std::optional<std::string> after;
  if (!cursor.empty() && !(after = parse_cursor(list::rooms, cursor))) return bad_cursor(cursor);
  // The cursor is a whole key of the order; under a site filter the prefix is given again.
  const std::string prefix = f.site.empty() ? std::string() : order_prefix(f.site);
  if (after) {
    if (!after->starts_with(prefix)) return bad_cursor(cursor);
    after->erase(0, prefix.size());
  }
  const lmdb::read_txn txn = read();
  auto found = walk_up<stored_doc>(
      txn, store_.table(in::room_order), prefix, after, limit,
      [&](std::string_view key, std::string_view) -> std::optional<stored_doc> {
        const std::string_view id = room_of_order_key(key);
        const auto bytes = store_.get(txn, in::rooms, id);
        if (!bytes) return std::nullopt;
        const room_head head = unpack_room_head(*bytes);
        if (!has_status(f, head.status) || head.capacity < f.min_capacity) return std::nullopt;
        if (!f.amenities.empty() || !f.site.empty()) {
          const room_facts facts = unpack_room(room_id(std::string(id)), *bytes).doc.facts;
          if (!f.site.empty() && facts.site != f.site) return std::nullopt;
          if (!has_amenities(facts, f.amenities)) return std::nullopt;
        }
        return stored_doc{std::string(head.json), head.version, {}};
      });
  page<stored_doc> p;
  p.items = std::move(found.items);
  if (found.last_key) p.next = make_cursor(list::rooms, *found.last_key);
  return p;
}

std::vector<blackout_doc> lmdb_views::blackouts(const room_id& id) const {
  std::vector<blackout_doc> found;
  if (!is_plain_id(id.view())) return found;
  const lmdb::read_txn txn = read();
  const std::string prefix = prefix_of(id.view());
  lmdb::cursor c(txn, store_.table(in::blackouts));
  for (bool on = c.seek(prefix); on && c.key().starts_with(prefix); on = c.next())
    found.push_back(
        unpack_blackout(blackout_id(std::string(c.key().substr(prefix.size()))), c.value()));
  std::sort(found.begin(), found.end(),
            [](const blackout_doc& a, const blackout_doc& b) { return a.when < b.when; });
  return found;
}

}  // namespace atrium::view
