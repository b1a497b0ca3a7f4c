#include <algorithm>
#include <optional>

#include "domain/calendar.hpp"
#include "domain/room_book.hpp"
#include "domain/zone.hpp"

namespace atrium {

/// Looks for free slots of one length to both sides of a wanted one. It jumps from obstacle to
/// obstacle (a booking, a blackout, closing time) instead of trying every step, so that a room
/// booked out for weeks costs a few look-ups per booking.
class room_book::free_search {
 public:
  free_search(const room_book& book, const interval& wanted, int party_size, instant now)
      : book_(book),
        length_(wanted.length()),
        step_(std::chrono::minutes{book.registered_.step_minutes}),
        party_size_(party_size),
        now_(now),
        zone_(*zone::find(book.registered_.time_zone)),
        range_{std::max(wanted.start - reach, now),
               std::min(wanted.end + reach, last_start(book.registered_, now) + length_)},
        open_(open_intervals(book.registered_, range_)) {}

  /// The first free start at or after `t`.
  std::optional<instant> at_or_after(instant t) const {
    for (int probes = 0; probes < most_probes; ++probes) {
      const auto open = next_open(t);
      if (!open) return std::nullopt;
      const auto start = align_up(std::max(t, *open));
      const interval slot{start, start + length_};
      if (slot.end > range_.end) return std::nullopt;
      if (const auto next = unblocked_after(slot); next != start) {
        t = next;
      } else if (passes(slot)) {
        return start;
      } else {
        t = start + std::chrono::milliseconds{1};
      }
    }
    return std::nullopt;
  }

  /// The last free start at or before `t`.
  std::optional<instant> at_or_before(instant t) const {
    for (int probes = 0; probes < most_probes; ++probes) {
      const auto open = last_open(t);
      if (!open) return std::nullopt;
      const auto start = align_down(std::min(t, *open));
      if (start < range_.start) return std::nullopt;
      const interval slot{start, start + length_};
      if (const auto next = unblocked_before(slot); next != start) {
        t = next;
      } else if (passes(slot)) {
        return start;
      } else {
        t = start - std::chrono::milliseconds{1};
      }
    }
    return std::nullopt;
  }

 private:
  static constexpr std::chrono::days reach{14};
  // Every probe passes a run of bookings or a closing time; a bound on work where a fragmented
  // fortnight has gaps but none on the grid.
  static constexpr int most_probes = 512;

  static instant last_start(const room_facts& room, instant now) {
    return now + std::chrono::days{room.horizon_days};
  }

  bool passes(const interval& slot) const {
    return check_slot(book_.registered_, slot, party_size_, now_).empty();
  }

  /// The next start worth trying when bookings or blackouts are in the way of `slot`, else its own.
  instant unblocked_after(const interval& slot) const {
    const auto start = book_.calendar_.free_after(slot, book_.buffer(), now_, range_.end);
    const auto closed = book_.closed_.overlapping({start, start + length_});
    return closed ? closed->end : start;
  }
  instant unblocked_before(const interval& slot) const {
    const auto start = book_.calendar_.free_before(slot, book_.buffer(), now_, range_.start);
    const auto closed = book_.closed_.overlapping({start, start + length_});
    return closed ? closed->start - length_ : start;
  }

  /// The earliest start at or after `t` that leaves room for the slot within one open interval.
  std::optional<instant> next_open(instant t) const {
    for (const auto& o : open_) {
      const auto start = std::max(o.start, t);
      if (start + length_ <= o.end) return start;
    }
    return std::nullopt;
  }

  std::optional<instant> last_open(instant t) const {
    for (auto o = open_.rbegin(); o != open_.rend(); ++o) {
      const auto start = std::min(o->end - length_, t);
      if (start >= o->start) return start;
    }
    return std::nullopt;
  }

  /// Nearest grid starts around `t`. The grid is the wall clock's, so every stretch of constant
  /// offset has its own, and one that ends before the next grid point hands over to its neighbour.
  instant align_up(instant t) const {
    for (;;) {
      const auto segment = zone_.at(t);
      const auto over = past_grid(t, segment.offset);
      const auto start = over == milliseconds::zero() ? t : t + (step_ - over);
      if (start < segment.when.end) return start;
      t = segment.when.end;
    }
  }
  instant align_down(instant t) const {
    for (;;) {
      const auto segment = zone_.at(t);
      const auto start = t - past_grid(t, segment.offset);
      if (start >= segment.when.start) return start;
      t = segment.when.start - milliseconds{1};
    }
  }
  milliseconds past_grid(instant t, milliseconds offset) const {
    const auto rest = (t.time_since_epoch() + offset) % step_;
    return rest < milliseconds::zero() ? rest + step_ : rest;
  }

  const room_book& book_;
  milliseconds length_;
  milliseconds step_;
  int party_size_;
  instant now_;
  zone zone_;
  interval range_;
  std::vector<interval> open_;
};

std::vector<alternative> room_book::nearest_free(const interval& when, int party_size, instant now,
                                                 std::size_t most) const {
  const auto& f = registered_;
  if (!exists() || status_ == room_status::retired || when.start < min_instant ||
      when.end > max_instant || when.length() < std::chrono::minutes{f.min_duration_minutes} ||
      when.length() > std::chrono::minutes{f.max_duration_minutes} ||
      when.length() % std::chrono::minutes{f.step_minutes} != milliseconds::zero() ||
      party_size < 1 || party_size > f.capacity || !is_known_zone(f.time_zone)) {
    return {};  // no start makes such a slot acceptable
  }
  const free_search search(*this, when, party_size, now);
  const milliseconds tick{1};
  std::vector<alternative> out;
  auto later = search.at_or_after(when.start);
  auto earlier = search.at_or_before(when.start - tick);
  while (out.size() < most && (later || earlier)) {
    const bool take_later = later && (!earlier || *later - when.start <= when.start - *earlier);
    const instant start = take_later ? *later : *earlier;
    out.push_back({id_, {start, start + when.length()}});
    if (take_later) {
      later = search.at_or_after(start + tick);
    } else {
      earlier = search.at_or_before(start - tick);
    }
  }
  return out;
}

}  // namespace atrium
