#include "domain/refusal.hpp"

#include <algorithm>
#include <utility>

#include "domain/calendar.hpp"

namespace atrium {

namespace {

struct phrase {
  std::string_view rule;
  std::string_view words;
};

constexpr phrase phrases[] = {
    {"past", "the start has passed"},
    {"horizon", "too far ahead"},
    {"order", "the end is not after the start"},
    {"min-duration", "too short"},
    {"max-duration", "too long"},
    {"step", "off the room's time grid"},
    {"opening-hours", "outside the opening hours"},
    {"capacity", "the party does not fit"},
    {"room-retired", "the room is retired"},
};

std::string_view words_for(const std::string& rule) {
  for (const auto& p : phrases) {
    if (p.rule == rule) return p.words;
  }
  return rule;
}

}  // namespace

std::string slot_text(const interval& when, std::string_view zone) {
  const auto from = local_text(when.start, zone);
  auto to = local_text(when.end, zone);
  constexpr std::size_t date_length = 11;  // "2026-11-22 "
  if (from.substr(0, date_length) == to.substr(0, date_length)) to.erase(0, date_length);
  return from + " to " + to + " (" + std::string(zone) + ")";
}

failure rule_refusal(const room_facts& room, const interval& when,
                     std::vector<violation> violations) {
  failure f;
  f.code = ec::rule_violation;
  f.detail =
      "\"" + room.name + "\" cannot be booked from " + slot_text(when, room.time_zone) + ": ";
  for (const auto& v : violations) {
    if (&v != &violations.front()) f.detail += "; ";
    f.detail += words_for(v.rule);
    f.detail += " (allowed: " + v.limit + "; asked: " + v.actual + ")";
  }
  const bool about_people = std::all_of(violations.begin(), violations.end(),
                                        [](const violation& v) { return v.rule == "capacity"; });
  f.detail += about_people ? ". Choose a room with enough seats or a smaller party."
                           : ". Choose a time within these limits.";
  f.violations = std::move(violations);
  return f;
}

failure refusal(ec code, std::string detail) {
  return {code, std::move(detail), {}, {}, {}, 0, {}};
}

}  // namespace atrium
