#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "domain/failure.hpp"
#include "domain/room.hpp"
#include "domain/time.hpp"

namespace atrium {

/// True when the IANA database on this machine knows the zone. Thread-safe.
bool is_known_zone(std::string_view name);

/// Everything about a slot that depends on the room's facts and the time of asking, but not on
/// other bookings: in the past, horizon, order, minimum/maximum, step grid from local midnight,
/// opening hours (windows may run over midnight and touch), party size. One violation per broken
/// rule, with the limit in words and the JSON pointer ("/start", "/end", "/partySize"). Empty:
/// allowed. Wall-clock rules are computed in the room's zone; on a DST gap or fold the instants
/// decide.
std::vector<violation> check_slot(const room_facts& room, const interval& when, int party_size,
                                  instant now);

/// The part of [from, to) in which the room is open, merged where windows touch, in order.
/// Requires to - from <= 40 days.
std::vector<interval> open_intervals(const room_facts& room, const interval& range);

/// Local wall-clock time of `t` in `zone` as "2026-11-22 09:00"; used in texts for people.
std::string local_text(instant t, std::string_view zone);

/// Instant of local midnight that begins the local day of `t` in `zone`.
instant local_day_start(instant t, std::string_view zone);

}  // namespace atrium
