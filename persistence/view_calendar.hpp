#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "persistence/view_rows.hpp"
#include "persistence/view_store.hpp"

namespace atrium::view {

/// Visits what the board holds of one room in `range`, earliest start first, whatever its status;
/// `visit(place, entry)` sees views that are valid during the call. `longest` bounds how long
/// before the range an entry that reaches into it may have begun.
template <class Visit>
void scan_board(lmdb::cursor& c, const std::string& prefix, const interval& range,
                milliseconds longest, Visit visit) {
  std::string from = prefix;
  from.append(ordered_start(range.start - longest));
  for (bool on = c.seek(from); on && c.key().starts_with(prefix); on = c.next()) {
    const board_place place = place_of(c.key(), prefix.size());
    if (place.start >= range.end) return;
    const board_entry entry = unpack_board(c.value());
    if (entry.end > range.start) visit(place, entry);
  }
}

/// A line of the board as a value (defined in view_board.cpp).
board_booking booking_of(const board_place& place, const board_entry& entry);
board_booking booking_of(const blackout_doc& d);

/// What keeps newcomers out of one room in a range at a time.
class occupancy {
 public:
  /// Reads the board from one buffer before to one buffer after `range`, and the blackouts.
  occupancy(const view_store& store, const lmdb::txn& txn, const room_row& room,
            const interval& range, instant now);

  /// The same answer as room_book gives: a buffer between bookings, none beside blackouts.
  bool is_free(const interval& when) const;
  /// The parts of `when` in which a booking may lie, in order.
  std::vector<interval> gaps(const interval& when) const;

 private:
  std::vector<interval> taken_;  ///< buffers included, by start
};

}  // namespace atrium::view
