#include "persistence/views.hpp"

#include "persistence/view_impl.hpp"

namespace atrium {

result<std::unique_ptr<views>> views::open(options o) {
  derived_options d;
  d.dir = std::move(o.dir);
  d.name = "views";
  d.schema_version = view::view_format;
  d.journal_id = o.journal_id;
  d.durable_position = o.durable_position;
  d.map_size_mb = o.map_size_mb;
  auto env = derived_env::open(d);
  if (!env) return std::move(env).error();
  return std::unique_ptr<views>(std::make_unique<view::lmdb_views>(std::move(*env)));
}

namespace view {

lmdb_views::lmdb_views(std::unique_ptr<derived_env> env)
    : store_(std::move(env)), projection_(store_, waiters_) {}

result<waiters::place> lmdb_views::when_reached(std::uint64_t wanted, std::function<void()> ready) {
  return waiters_.when_reached(
      wanted, [this] { return position(); }, std::move(ready));
}

void lmdb_views::subscribe(std::function<void(std::uint64_t)> on_commit) {
  waiters_.subscribe(std::move(on_commit));
}

std::vector<std::pair<std::string, std::uint64_t>> lmdb_views::table_sizes() const {
  std::vector<std::pair<std::string, std::uint64_t>> sizes;
  {
    const lmdb::read_txn txn = read();
    for (std::size_t i = 0; i < table_count; ++i) {
      const in t = static_cast<in>(i);
      sizes.emplace_back(table_name(t), txn.count(store_.table(t)));
    }
  }
  sizes.emplace_back("map_size", store_.env().env().map_size());
  sizes.emplace_back("map_used", store_.env().env().map_used());
  return sizes;
}

}  // namespace view
}  // namespace atrium
