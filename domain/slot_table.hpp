#pragma once

#include <map>
#include <optional>
#include <vector>

#include "domain/ids.hpp"
#include "domain/time.hpp"

namespace atrium {

/// What keeps a stretch of a room's time: a customer's hold, a reservation, or the new slot of one
/// that is being changed (its id is the change's).
struct occupied_slot {
  enum class kind : std::uint8_t { hold, reservation, change };
  instant end{};
  kind what = kind::reservation;
  instant expires_at = max_instant;  ///< holds only: from then on it keeps nobody out
  id_text id;

  bool live(instant now) const noexcept { return now < expires_at; }
  friend bool operator==(const occupied_slot&, const occupied_slot&) = default;
};

/// The occupied stretches of one room by start time. They never overlap each other (that is what
/// the room is for), so that their ends are sorted as their starts are and every question below
/// costs O(log n) plus the number of answers, however many bookings there are.
class slot_table {
 public:
  using map = std::multimap<instant, occupied_slot>;

  void insert(const interval& when, occupied_slot::kind what, instant expires_at,
              const id_text& id);
  void erase(instant start, const id_text& id);

  /// Calls visit(start, slot) for every slot less than `gap` away from `when`, last one first,
  /// until it returns false.
  template <class Visit>
  void visit_conflicts(const interval& when, milliseconds gap, Visit visit) const {
    for (auto it = by_start_.lower_bound(when.end + gap); it != by_start_.begin();) {
      --it;
      if (it->second.end <= when.start - gap) return;
      if (!visit(it->first, it->second)) return;
    }
  }

  /// The earliest start at or after when.start (the latest at or before it) from which a slot of
  /// that length is at least `gap` away from everything live at `now`. Walks booking by booking and
  /// gives up, with some start beyond it, at `limit`.
  instant free_after(const interval& when, milliseconds gap, instant now, instant limit) const;
  instant free_before(const interval& when, milliseconds gap, instant now, instant limit) const;

  /// Everything that ends after `t`, earliest first.
  std::vector<const map::value_type*> ending_after(instant t) const;

  std::size_t size() const noexcept { return by_start_.size(); }
  friend bool operator==(const slot_table&, const slot_table&) = default;

 private:
  map by_start_;
};

/// A set of intervals kept as its union: sorted, disjoint, not touching.
class interval_union {
 public:
  void assign(std::vector<interval> parts);
  /// The first part that overlaps `when`; O(log n).
  std::optional<interval> overlapping(const interval& when) const;
  friend bool operator==(const interval_union&, const interval_union&) = default;

 private:
  std::vector<interval> parts_;
};

}  // namespace atrium
