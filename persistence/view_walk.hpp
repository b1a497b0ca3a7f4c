#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "persistence/lmdb_env.hpp"

namespace atrium::view {

/// Most rows one page looks at before it ends early with a cursor: a filter that matches little
/// must not hold a read transaction open for long.
inline constexpr std::size_t max_rows_looked_at = 10'000;
/// Most items a page holds, whatever was asked for.
inline constexpr std::size_t max_page_items = 1'000;

/// A page of items and, when there may be more, the key it ended at.
template <class T>
struct walked {
  std::vector<T> items;
  std::optional<std::string> last_key;
};

/// From the cursor's place on over the keys that begin with `prefix`. `place` says whether the
/// cursor already stands on a row; `step` moves it; `visit(key, value)` gives an item or nothing
/// for a row that the filter leaves out.
template <class T, class Step, class Visit>
walked<T> walk(lmdb::cursor& c, bool placed, std::string_view prefix, std::size_t limit, Step step,
               Visit visit) {
  walked<T> found;
  std::string last;
  limit = std::clamp<std::size_t>(limit, 1, max_page_items);
  std::size_t looked_at = 0;
  for (bool on = placed; on && c.key().starts_with(prefix); on = step(c)) {
    if (++looked_at > max_rows_looked_at) {
      found.last_key = last;
      return found;
    }
    std::optional<T> item = visit(c.key(), c.value());
    if (item && found.items.size() == limit) {
      found.last_key = last;
      return found;
    }
    // The page ends behind the last row it took; rows left out after that are looked at again.
    if (item || found.items.size() < limit) last = c.key();
    if (item) found.items.push_back(std::move(*item));
  }
  return found;
}

/// Upwards from the first key after `prefix + after` (`after` nothing: from the first).
template <class T, class Visit>
walked<T> walk_up(const lmdb::txn& t, lmdb::table from, std::string_view prefix,
                  const std::optional<std::string>& after, std::size_t limit, Visit visit) {
  lmdb::cursor c(t, from);
  std::string start(prefix);
  if (after) start.append(*after).push_back('\0');
  const bool placed = c.seek(start);
  return walk<T>(
      c, placed, prefix, limit, [](lmdb::cursor& at) { return at.next(); }, visit);
}

/// Downwards from the last key before `prefix + below` (`below` nothing: from the last with the
/// prefix).
template <class T, class Visit>
walked<T> walk_down(const lmdb::txn& t, lmdb::table from, std::string_view prefix,
                    const std::optional<std::string>& below, std::size_t limit, Visit visit) {
  lmdb::cursor c(t, from);
  std::string end(prefix);
  // Behind the prefix stand positions and times: none begins with eight bytes 0xff.
  end.append(below ? *below : std::string(8, '\xff'));
  const bool placed = c.seek_before(end);
  return walk<T>(
      c, placed, prefix, limit, [](lmdb::cursor& at) { return at.prev(); }, visit);
}

}  // namespace atrium::view
