#include "persistence/view_calendar.hpp"

#include <algorithm>

namespace atrium::view {

occupancy::occupancy(const view_store& store, const lmdb::txn& txn, const room_row& room,
                     const interval& range, instant now) {
  const std::chrono::minutes buffer{room.doc.facts.buffer_minutes};
  const std::string prefix = prefix_of(room.doc.id.view());
  {
    lmdb::cursor c(txn, store.table(in::board));
    scan_board(c, prefix, {range.start - buffer, range.end + buffer}, store.longest(),
               [&](const board_place& place, const board_entry& entry) {
                 if (entry.keeps_out(now))
                   taken_.push_back({place.start - buffer, entry.end + buffer});
               });
  }
  if (room.blackouts == 0) return;
  lmdb::cursor c(txn, store.table(in::blackouts));
  for (bool on = c.seek(prefix); on && c.key().starts_with(prefix); on = c.next()) {
    const interval closed = unpack_blackout({}, c.value()).when;
    if (closed.overlaps(range)) taken_.push_back(closed);
  }
  std::sort(taken_.begin(), taken_.end());
}

bool occupancy::is_free(const interval& when) const {
  return std::none_of(taken_.begin(), taken_.end(),
                      [&](const interval& t) { return t.overlaps(when); });
}

std::vector<interval> occupancy::gaps(const interval& when) const {
  std::vector<interval> free;
  instant from = when.start;
  for (const interval& t : taken_) {
    if (t.start > from) free.push_back({from, std::min(t.start, when.end)});
    from = std::max(from, t.end);
    if (from >= when.end) return free;
  }
  free.push_back({from, when.end});
  return free;
}

}  // namespace atrium::view
