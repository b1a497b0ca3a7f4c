#include <algorithm>

#include "domain/calendar.hpp"
#include "persistence/view_calendar.hpp"
#include "persistence/view_impl.hpp"

namespace atrium::view {

namespace {

/// Rooms that one search looks at at most.
constexpr std::size_t most_rooms = 200;
/// How far a search for a slot somewhere in a window goes; open_intervals() takes at most 40 days.
constexpr std::chrono::days longest_window{35};
/// Starts tried in one free stretch: the step grid and the opening hours are met at once except
/// around a change of the clocks.
constexpr int most_starts = 8;

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& w : words) out.append(out.empty() ? "" : ", ").append(w);
  return out;
}

std::optional<violation> missing_amenities(const room_facts& room,
                                           const std::vector<std::string>& wanted) {
  std::vector<std::string> missing;
  for (const std::string& a : wanted)
    if (std::find(room.amenities.begin(), room.amenities.end(), a) == room.amenities.end())
      missing.push_back(a);
  if (missing.empty()) return std::nullopt;
  const std::string has = joined(room.amenities);
  return violation{.rule = "amenities",
                   .limit = has.empty() ? "the room has none" : "the room has " + has,
                   .actual = "asked for " + joined(missing) + " as well",
                   .pointer = "/amenities"};
}

failure refused(std::vector<violation> violations) {
  failure f;
  f.code = ec::rule_violation;
  f.detail = "The room's rules do not allow this slot.";
  f.violations = std::move(violations);
  return f;
}

failure taken() {
  failure f;
  f.code = ec::slot_taken;
  f.detail = "Another booking, hold or blackout has this time.";
  return f;
}

/// One room of a search.
struct candidate {
  const room_row& room;
  const view_store& store;
  const lmdb::txn& txn;
  const availability_query& query;

  /// The slot itself, as asked.
  result<interval> whole() const {
    const room_facts& facts = room.doc.facts;
    std::vector<violation> broken = check_slot(facts, query.when, query.capacity, query.now);
    if (auto amenities = missing_amenities(facts, query.amenities))
      broken.push_back(std::move(*amenities));
    if (!broken.empty()) return refused(std::move(broken));
    if (!occupancy(store, txn, room, query.when, query.now).is_free(query.when)) return taken();
    return query.when;
  }

  /// The earliest slot of the asked length inside the window.
  result<interval> part(milliseconds length) const {
    const room_facts& facts = room.doc.facts;
    if (auto amenities = missing_amenities(facts, query.amenities))
      return refused({std::move(*amenities)});
    const interval window{std::max(query.when.start, query.now),
                          std::min(query.when.end, query.when.start + longest_window)};
    std::vector<violation> broken;
    bool fits = false;
    const occupancy busy(store, txn, room, window, query.now);
    if (!window.empty()) {
      for (const interval& open : open_intervals(facts, window)) {
        fits = fits || open.length() >= length;
        for (const interval& gap : busy.gaps(open))
          if (auto found = start_in(gap, length, broken)) return *found;
      }
    }
    if (fits && broken.empty()) return taken();
    if (broken.empty())
      broken = check_slot(facts, {window.start, window.start + length}, query.capacity, query.now);
    if (broken.empty())
      broken.push_back({.rule = "duration",
                        .limit = "a stretch of the window in which the room is open",
                        .actual = std::to_string(length.count() / 60'000) + " minutes",
                        .pointer = "/duration"});
    return refused(std::move(broken));
  }

  /// Tries the grid from the gap's first start on; keeps why the first try failed.
  std::optional<interval> start_in(const interval& gap, milliseconds length,
                                   std::vector<violation>& broken) const {
    if (gap.length() < length) return std::nullopt;
    const std::chrono::minutes step{std::max(room.doc.facts.step_minutes, 1)};
    const instant midnight = local_day_start(gap.start, room.doc.facts.time_zone);
    const auto behind = (gap.start - midnight) % milliseconds(step);
    instant start = behind.count() == 0 ? gap.start : gap.start - behind + step;
    for (int tried = 0; tried < most_starts && start + length <= gap.end; ++tried, start += step) {
      const interval slot{start, start + length};
      std::vector<violation> why = check_slot(room.doc.facts, slot, query.capacity, query.now);
      if (why.empty()) return slot;
      if (broken.empty()) broken = std::move(why);
    }
    return std::nullopt;
  }
};

/// Visits rooms in the order of lists, from the first key at or after `from` while it begins with
/// `prefix`, until `visit` returns false. Retired rooms are left out.
template <class Visit>
void each_active_room(const view_store& store, const lmdb::txn& txn, std::string_view prefix,
                      Visit visit) {
  lmdb::cursor c(txn, store.table(in::room_order));
  for (bool on = c.seek(prefix); on && c.key().starts_with(prefix); on = c.next()) {
    const std::string_view id = room_of_order_key(c.key());
    const auto bytes = store.get(txn, in::rooms, id);
    if (!bytes || unpack_room_head(*bytes).status != room_status::active) continue;
    if (!visit(*bytes, id)) return;
  }
}

}  // namespace

availability lmdb_views::find_available(const availability_query& q) const {
  availability answer;
  if (q.when.empty()) return answer;
  const lmdb::read_txn txn = read();
  std::size_t left = std::min(q.limit, most_rooms);
  const std::string prefix = q.site.empty() ? std::string() : order_prefix(q.site);
  each_active_room(store_, txn, prefix, [&](std::string_view bytes, std::string_view id) {
    if (left-- == 0) return false;
    const room_row room = unpack_room(room_id(std::string(id)), bytes);
    if (!q.site.empty() && room.doc.facts.site != q.site) return true;
    const candidate c{room, store_, txn, q};
    auto found = q.duration ? c.part(*q.duration) : c.whole();
    std::string json(unpack_room_head(bytes).json);
    if (found) {
      answer.free.push_back(
          {room.doc.id, std::move(json), *found, price_of(room.doc.facts, *found)});
    } else {
      answer.unavailable.push_back({room.doc.id, std::move(json), std::move(found).error()});
    }
    return true;
  });
  return answer;
}

std::vector<alternative> lmdb_views::other_free_rooms(const room_id& not_this, const interval& when,
                                                      int party, instant now,
                                                      std::size_t most) const {
  std::vector<alternative> found;
  if (most == 0 || when.empty() || !is_plain_id(not_this.view())) return found;
  const lmdb::read_txn txn = read();
  const auto here = store_.get(txn, in::rooms, not_this.view());
  const std::string site = here ? unpack_room(not_this, *here).doc.facts.site : std::string();
  std::size_t left = most_rooms;
  const auto look_at = [&](std::string_view bytes, std::string_view id, bool same_site) {
    if (left-- == 0) return false;
    if (id == not_this.view() || unpack_room_head(bytes).capacity < party) return true;
    const room_row room = unpack_room(room_id(std::string(id)), bytes);
    if ((room.doc.facts.site == site) != same_site) return true;
    if (!check_slot(room.doc.facts, when, party, now).empty()) return true;
    if (occupancy(store_, txn, room, when, now).is_free(when)) found.push_back({room.doc.id, when});
    return found.size() < most;
  };
  each_active_room(
      store_, txn, order_prefix(site),
      [&](std::string_view bytes, std::string_view id) { return look_at(bytes, id, true); });
  if (found.size() < most)
    each_active_room(store_, txn, {}, [&](std::string_view bytes, std::string_view id) {
      return left > 0 && look_at(bytes, id, false);
    });
  return found;
}

std::vector<board_booking> lmdb_views::occupied(const room_id& id, const interval& range) const {
  std::vector<board_booking> found;
  if (!is_plain_id(id.view()) || range.empty()) return found;
  const lmdb::read_txn txn = read();
  const std::string prefix = prefix_of(id.view());
  {
    lmdb::cursor c(txn, store_.table(in::board));
    scan_board(c, prefix, range, store_.longest(),
               [&](const board_place& place, const board_entry& entry) {
                 if (entry.occupies()) found.push_back(booking_of(place, entry));
               });
  }
  lmdb::cursor c(txn, store_.table(in::blackouts));
  for (bool on = c.seek(prefix); on && c.key().starts_with(prefix); on = c.next()) {
    const blackout_doc d =
        unpack_blackout(blackout_id(std::string(c.key().substr(prefix.size()))), c.value());
    if (d.when.overlaps(range)) found.push_back(booking_of(d));
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const auto& a, const auto& b) { return a.when.start < b.when.start; });
  return found;
}

}  // namespace atrium::view
