#include "persistence/view_overlay.hpp"

#include <algorithm>
#include <memory>
#include <vector>

namespace atrium::view {

namespace {

MDB_val val(std::string_view s) {
  return {s.size(), const_cast<char*>(s.data())};
}

struct closes_cursor {
  void operator()(MDB_cursor* c) const noexcept { mdb_cursor_close(c); }
};
using write_cursor = std::unique_ptr<MDB_cursor, closes_cursor>;

write_cursor open_cursor(const lmdb::write_txn& txn, lmdb::table t) {
  MDB_cursor* raw = nullptr;
  lmdb::check(mdb_cursor_open(txn.raw(), t.dbi, &raw), "mdb_cursor_open");
  return write_cursor(raw);
}

/// The last key of the table, copied; "" when it is empty.
std::string last_key(MDB_cursor* c) {
  MDB_val k{};
  MDB_val v{};
  const int rc = mdb_cursor_get(c, &k, &v, MDB_LAST);
  if (rc == MDB_NOTFOUND) return {};
  lmdb::check(rc, "mdb_cursor_get");
  return {static_cast<char*>(k.mv_data), k.mv_size};
}

}  // namespace

std::optional<std::string_view> overlay::get(in from, const std::string& key) const {
  const changes& changed = changed_[static_cast<std::size_t>(from)];
  if (const auto it = changed.find(key); it != changed.end()) {
    if (!it->second) return std::nullopt;
    return std::string_view(*it->second);
  }
  return store_.get(store_.env().txn(), from, key);
}

void overlay::put(in to, std::string key, std::string value) {
  changed_[static_cast<std::size_t>(to)].insert_or_assign(std::move(key), std::move(value));
}

void overlay::erase(in from, std::string key) {
  changed_[static_cast<std::size_t>(from)].insert_or_assign(std::move(key), std::nullopt);
}

void overlay::write() {
  for (std::size_t i = 0; i < table_count; ++i)
    if (!changed_[i].empty()) write(static_cast<in>(i), changed_[i]);
}

void overlay::write(in to, const changes& changed) {
  std::vector<const changes::value_type*> sorted;
  sorted.reserve(changed.size());
  for (const auto& change : changed) sorted.push_back(&change);
  std::sort(sorted.begin(), sorted.end(),
            [](const auto* a, const auto* b) { return a->first < b->first; });

  const write_cursor cursor = open_cursor(store_.env().txn(), store_.table(to));
  const std::string last = last_key(cursor.get());
  for (const auto* change : sorted) {
    MDB_val k = val(change->first);
    if (!change->second) {
      MDB_val v{};
      const int rc = mdb_cursor_get(cursor.get(), &k, &v, MDB_SET);
      if (rc == MDB_NOTFOUND) continue;
      lmdb::check(rc, "mdb_cursor_get");
      lmdb::check(mdb_cursor_del(cursor.get(), 0), "mdb_cursor_del");
      continue;
    }
    MDB_val v = val(*change->second);
    // Behind the last key pages are filled to the end instead of being split in halves.
    const unsigned flags = change->first > last ? MDB_APPEND : 0U;
    lmdb::check(mdb_cursor_put(cursor.get(), &k, &v, flags), "mdb_cursor_put");
  }
}

void overlay::clear() noexcept {
  for (changes& c : changed_) c.clear();
}

}  // namespace atrium::view
