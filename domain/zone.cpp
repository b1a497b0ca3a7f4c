#include "domain/zone.hpp"

#include <date/tz.h>

#include <algorithm>
#include <exception>

namespace atrium {

namespace {

using std::chrono::seconds;
using second_point = std::chrono::sys_time<seconds>;

constexpr int last_listed_year = 2037;

second_point first_of_march(int year) {
  return date::sys_days{date::year{year} / date::March / 1};
}

unsigned weekday_of(second_point day) {
  return date::weekday{std::chrono::floor<date::days>(day)}.c_encoding();
}

/// A year, counted from 1 March, whose transitions are listed and fall on the same dates as in
/// `year`.
int listed_year_like(int year) {
  const auto wanted = weekday_of(first_of_march(year));
  int candidate = last_listed_year;
  while (weekday_of(first_of_march(candidate)) != wanted) --candidate;
  return candidate;
}

instant clamped(second_point t) {
  // The library marks "for ever" with years far outside the range of instants.
  constexpr second_point low{std::chrono::floor<seconds>(min_instant) - std::chrono::hours{48}};
  constexpr second_point high{std::chrono::ceil<seconds>(max_instant) + std::chrono::hours{48}};
  return std::clamp(t, low, high);
}

}  // namespace

std::optional<zone> zone::find(std::string_view name) {
  if (name.empty() || name == "localtime" || name == "posixrules") return std::nullopt;
  try {
    return zone(date::locate_zone(name));
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

zone_segment zone::at(instant t) const {
  const auto asked = std::chrono::floor<seconds>(t);
  const auto info = zone_->get_info(asked);
  const second_point last_year = date::sys_days{date::year{last_listed_year} / date::January / 1};
  const bool list_ends_here = info.end > std::chrono::ceil<seconds>(max_instant);
  if (info.begin < last_year || !list_ends_here) {
    return {{clamped(info.begin), clamped(info.end)}, info.offset};
  }

  const date::year_month_day day{std::chrono::floor<date::days>(asked)};
  const int year = static_cast<int>(day.year()) - (day.month() < date::March ? 1 : 0);
  if (year <= last_listed_year) {
    // Still within the last listed year; only its end is not what the file says.
    return {{clamped(info.begin), first_of_march(last_listed_year + 1)}, info.offset};
  }
  const int like = listed_year_like(year);
  const auto shift = first_of_march(year) - first_of_march(like);
  const auto then = zone_->get_info(asked - shift);
  const auto begin = std::max(then.begin + shift, first_of_march(year));
  const auto end = std::min(then.end + shift, first_of_march(year + 1));
  return {{clamped(begin), clamped(end)}, then.offset};
}

}  // namespace atrium
