#include "domain/calendar.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

#include "domain/zone.hpp"

namespace atrium {

namespace {

using std::chrono::days;
using std::chrono::minutes;

constexpr milliseconds day_length = days{1};
constexpr std::array<const char*, 7> day_names{"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};

milliseconds floor_to(milliseconds t, milliseconds unit) {
  const auto rest = t % unit;
  return t - (rest < milliseconds::zero() ? rest + unit : rest);
}

/// 0 is Monday; local day 0 (1970-01-01) was a Thursday.
std::size_t weekday_of(std::int64_t local_day) {
  return static_cast<std::size_t>(((local_day + 3) % 7 + 7) % 7);
}

milliseconds opens(const opening_window& w) {
  return minutes{w.open_minute};
}

/// End of the window in time since the midnight of the day on which it opens: may be past 24:00.
milliseconds closes(const opening_window& w) {
  return minutes{w.close_minute <= w.open_minute ? w.close_minute + 1440 : w.close_minute};
}

/// The latest local time up to which the room is open without a break within one window that
/// contains the local time `t`; `t` itself when it is closed then.
milliseconds open_until(const std::vector<opening_window>& hours, milliseconds t) {
  const auto midnight = floor_to(t, day_length);
  const auto day = midnight / day_length;
  milliseconds until = t;
  // A window reaches at most into the next day, so today's and yesterday's are all that can contain
  // t.
  for (const int back : {0, 1}) {
    const auto weekday = weekday_of(day - back);
    const auto base = midnight - back * day_length;
    for (const auto& w : hours) {
      if (!w.days[weekday] || t < base + opens(w)) continue;
      until = std::max(until, base + closes(w));
    }
  }
  return until;
}

/// The first instant of `when` at which the room is closed, or its end. A wall-clock reading
/// decides whether an instant is open, so each stretch of constant offset is walked by itself.
instant first_closed(const room_facts& room, const zone& tz, const interval& when) {
  instant t = when.start;
  while (t < when.end) {
    const auto segment = tz.at(t);
    const auto stop = std::min(segment.when.end, when.end);
    const auto last = stop.time_since_epoch() + segment.offset;
    auto local = t.time_since_epoch() + segment.offset;
    while (local < last) {
      const auto until = open_until(room.opening_hours, local);
      if (until == local) return instant{local - segment.offset};
      local = until;
    }
    t = stop;
  }
  return when.end;
}

std::string clock_text(int minute) {
  char text[16];
  std::snprintf(text, sizeof text, "%02d:%02d", minute / 60, minute % 60);
  return text;
}

std::string days_text(const std::array<bool, 7>& on) {
  if (std::all_of(on.begin(), on.end(), [](bool b) { return b; })) return "every day";
  std::string text;
  for (std::size_t i = 0; i < on.size(); ++i) {
    if (!on[i]) continue;
    text += text.empty() ? "on " : ", ";
    text += day_names[i];
  }
  return text.empty() ? "on no day" : text;
}

std::string hours_text(const std::vector<opening_window>& hours) {
  std::string text;
  for (const auto& w : hours) {
    if (!text.empty()) text += "; ";
    text += clock_text(w.open_minute) + "-" + clock_text(w.close_minute) + " " + days_text(w.days);
  }
  return text;
}

std::string duration_text(milliseconds d) {
  if (d % minutes{1} == milliseconds::zero()) return std::to_string(d / minutes{1}) + " minutes";
  char text[48];
  std::snprintf(text, sizeof text, "%.3f seconds", static_cast<double>(d.count()) / 1000.0);
  return text;
}

/// "2026-11-22 09:00 (Asia/Seoul)"; finer than minutes only where the instant is.
std::string place_text(instant t, const room_facts& room) {
  if (t < min_instant || t > max_instant) return "a time outside the years 1970 to 9999";
  if (t.time_since_epoch() % minutes{1} != milliseconds::zero()) return format_instant(t);
  return local_text(t, room.time_zone) + " (" + room.time_zone + ")";
}

/// To the minute, since people compare it with a wall clock.
std::string minute_text(instant t, const room_facts& room) {
  return local_text(t, room.time_zone) + " (" + room.time_zone + ")";
}

/// Collects the violations of one slot. The checks that need no wall clock come first.
class slot_check {
 public:
  slot_check(const room_facts& room, const interval& when, int party_size, instant now)
      : room_(room), when_(when), party_size_(party_size), now_(now) {}

  std::vector<violation> run() {
    check_bounds();
    if (ordered_) check_duration();
    if (party_size_ < 1 || party_size_ > room_.capacity) {
      add("capacity", "1 to " + std::to_string(room_.capacity) + " persons",
          std::to_string(party_size_) + (party_size_ == 1 ? " person" : " persons"), "/partySize");
    }
    const bool sane = when_.start >= min_instant && when_.start <= max_instant;
    if (sane) check_wall_clock();
    return std::move(found_);
  }

 private:
  void add(const char* rule, std::string limit, std::string actual, const char* pointer) {
    found_.push_back({rule, std::move(limit), std::move(actual), pointer});
  }

  void check_bounds() {
    if (when_.start < now_) {
      // Rounded up: the minute that has begun is past.
      add("past", "not before now, " + minute_text(std::chrono::ceil<minutes>(now_), room_),
          place_text(when_.start, room_), "/start");
    } else if (when_.start > now_ + days{room_.horizon_days}) {
      add("horizon",
          "at most " + std::to_string(room_.horizon_days) + " days ahead, until " +
              minute_text(now_ + days{room_.horizon_days}, room_),
          place_text(when_.start, room_), "/start");
    }
    ordered_ = when_.start < when_.end;
    if (!ordered_) {
      add("order", "the end is after the start, " + place_text(when_.start, room_),
          place_text(when_.end, room_), "/end");
    }
  }

  void check_duration() {
    // Clamped so that the difference of two arbitrary instants cannot overflow.
    const auto length = std::clamp(when_.end, min_instant - days{1}, max_instant + days{1}) -
                        std::clamp(when_.start, min_instant - days{1}, max_instant + days{1});
    if (length < minutes{room_.min_duration_minutes}) {
      add("min-duration", "at least " + std::to_string(room_.min_duration_minutes) + " minutes",
          duration_text(length), "/end");
    }
    too_long_ = length > minutes{room_.max_duration_minutes};
    if (too_long_) {
      add("max-duration", "at most " + std::to_string(room_.max_duration_minutes) + " minutes",
          duration_text(length), "/end");
    }
    if (length % minutes{room_.step_minutes} != milliseconds::zero()) {
      add("step", "durations are multiples of " + std::to_string(room_.step_minutes) + " minutes",
          duration_text(length), "/end");
    }
  }

  void check_wall_clock() {
    const auto tz = zone::find(room_.time_zone);
    if (!tz) {
      add("time-zone", "a zone in this machine's IANA database", room_.time_zone, "/start");
      return;
    }
    const milliseconds step = minutes{room_.step_minutes};
    if (const auto local = tz->local(when_.start); local % step != milliseconds::zero()) {
      const auto before = floor_to(local, step) - floor_to(local, day_length);
      const auto first = static_cast<int>(before / minutes{1});
      add("step",
          "starts every " + std::to_string(room_.step_minutes) +
              " minutes from local midnight, such as " + clock_text(first) + " or " +
              clock_text((first + room_.step_minutes) % 1440),
          place_text(when_.start, room_), "/start");
    }
    // A slot that is too long is refused anyway; walking centuries of opening hours would only take
    // time.
    if (room_.opening_hours.empty() || !ordered_ || too_long_) return;
    const auto closed = first_closed(room_, *tz, when_);
    if (closed < when_.end) {
      add("opening-hours", hours_text(room_.opening_hours),
          "closed at " + place_text(closed, room_), closed == when_.start ? "/start" : "/end");
    }
  }

  const room_facts& room_;
  const interval& when_;
  int party_size_;
  instant now_;
  bool ordered_ = false;
  bool too_long_ = false;
  std::vector<violation> found_;
};

/// Appends the open parts of one stretch of constant offset, clipped to it.
void add_open_parts(const room_facts& room, const zone_segment& segment, const interval& range,
                    std::vector<interval>& out) {
  const instant from = std::max(segment.when.start, range.start);
  const instant to = std::min(segment.when.end, range.end);
  const auto first = (from.time_since_epoch() + segment.offset);
  const auto last = (to.time_since_epoch() + segment.offset);
  for (auto midnight = floor_to(first, day_length) - day_length; midnight < last;
       midnight += day_length) {
    const auto weekday = weekday_of(midnight / day_length);
    for (const auto& w : room.opening_hours) {
      if (!w.days[weekday]) continue;
      const interval open{std::max(from, instant{midnight + opens(w) - segment.offset}),
                          std::min(to, instant{midnight + closes(w) - segment.offset})};
      if (!open.empty()) out.push_back(open);
    }
  }
}

std::vector<interval> merged(std::vector<interval> parts) {
  std::sort(parts.begin(), parts.end());
  std::vector<interval> out;
  for (const auto& p : parts) {
    if (!out.empty() && p.start <= out.back().end) {
      out.back().end = std::max(out.back().end, p.end);
    } else {
      out.push_back(p);
    }
  }
  return out;
}

}  // namespace

bool is_known_zone(std::string_view name) {
  return zone::find(name).has_value();
}

std::vector<violation> check_slot(const room_facts& room, const interval& when, int party_size,
                                  instant now) {
  return slot_check(room, when, party_size, now).run();
}

std::vector<interval> open_intervals(const room_facts& room, const interval& range) {
  if (range.empty()) return {};
  if (room.opening_hours.empty()) return {range};
  const auto tz = zone::find(room.time_zone);
  if (!tz) return {};
  std::vector<interval> parts;
  for (instant t = range.start; t < range.end;) {
    const auto segment = tz->at(t);
    add_open_parts(room, segment, range, parts);
    t = segment.when.end;
  }
  return merged(std::move(parts));
}

std::string local_text(instant t, std::string_view zone_name) {
  const auto tz = zone::find(zone_name);
  const auto local = tz ? tz->local(t) : t.time_since_epoch();
  // The wall clock is formatted as if it were UTC: only the reading matters.
  auto text = format_instant(instant{floor_to(local, minutes{1})});
  const auto separator = text.find('T');
  text[separator] = ' ';
  text.resize(separator + 6);
  if (!tz) text += " UTC";
  return text;
}

instant local_day_start(instant t, std::string_view zone_name) {
  const auto tz = zone::find(zone_name);
  if (!tz) return instant{floor_to(t.time_since_epoch(), day_length)};
  auto segment = tz->at(t);
  const auto midnight = floor_to(t.time_since_epoch() + segment.offset, day_length);
  // Walk back over offset changes of that day. A local midnight that does not exist (the clock
  // jumped over it) is replaced by the jump; of one that occurs twice the first counts.
  instant found = std::max(segment.when.start, instant{midnight - segment.offset});
  while (segment.when.start > t - 2 * day_length && segment.when.start > min_instant) {
    segment = tz->at(segment.when.start - milliseconds{1});
    const instant candidate = instant{midnight - segment.offset};
    if (candidate >= segment.when.end) break;
    found = std::max(candidate, segment.when.start);
  }
  return found;
}

}  // namespace atrium
