#include "domain/room.hpp"

#include <algorithm>
#include <unordered_set>

#include "domain/calendar.hpp"
#include "domain/text.hpp"

namespace atrium {

namespace {

constexpr int longest_minutes = 10080;
constexpr std::int64_t highest_price = 1'000'000'000'000;
constexpr std::size_t most_amenities = 50;
constexpr std::size_t most_windows = 50;
constexpr std::size_t most_rules = 20;

using violations = std::vector<violation>;

bool check_count(violations& out, std::size_t count, std::size_t most, const char* pointer) {
  if (count <= most) return true;
  out.push_back({"max-items", "at most " + std::to_string(most) + " entries",
                 std::to_string(count) + " entries", pointer});
  return false;
}

void check_amenities(violations& out, const std::vector<std::string>& amenities) {
  if (!check_count(out, amenities.size(), most_amenities, "/amenities")) return;
  std::unordered_set<std::string_view> seen;
  for (std::size_t i = 0; i < amenities.size(); ++i) {
    const auto pointer = "/amenities/" + std::to_string(i);
    check_text(out, amenities[i], {1, 50}, pointer);
    if (!seen.insert(amenities[i]).second) {
      out.push_back({"unique", "each amenity once", "\"" + amenities[i] + "\" again", pointer});
    }
  }
}

void check_hours(violations& out, const std::vector<opening_window>& hours) {
  if (!check_count(out, hours.size(), most_windows, "/openingHours")) return;
  for (std::size_t i = 0; i < hours.size(); ++i) {
    const auto& w = hours[i];
    const auto pointer = "/openingHours/" + std::to_string(i);
    if (std::none_of(w.days.begin(), w.days.end(), [](bool on) { return on; })) {
      out.push_back({"required", "at least one of mon, tue, wed, thu, fri, sat, sun", "no day",
                     pointer + "/days"});
    }
    if (w.open_minute < 0 || w.open_minute > 1439) {
      out.push_back({"range", "from 00:00 to 23:59", "minute " + std::to_string(w.open_minute),
                     pointer + "/open"});
    }
    if (w.close_minute < 0 || w.close_minute > 1440) {
      out.push_back({"range", "from 00:00 to 24:00", "minute " + std::to_string(w.close_minute),
                     pointer + "/close"});
    }
  }
}

void check_multiple(violations& out, int minutes, int step, const char* pointer) {
  if (step < 1 || minutes < 1 || minutes % step == 0) return;
  out.push_back({"step", "a multiple of stepMinutes, " + std::to_string(step),
                 std::to_string(minutes), pointer});
}

void check_durations(violations& out, const room_facts& f) {
  check_range(out, f.step_minutes, 1, 1440, "/stepMinutes");
  if (f.step_minutes >= 1 && f.step_minutes <= 1440 && 1440 % f.step_minutes != 0) {
    out.push_back({"divisor", "a divisor of 1440, such as 5, 10, 15, 30 or 60",
                   std::to_string(f.step_minutes), "/stepMinutes"});
  }
  check_range(out, f.max_duration_minutes, 1, longest_minutes, "/maxDurationMinutes");
  check_range(out, f.min_duration_minutes, 1, longest_minutes, "/minDurationMinutes");
  if (f.min_duration_minutes > f.max_duration_minutes && f.max_duration_minutes >= 1 &&
      f.min_duration_minutes <= longest_minutes) {
    out.push_back({"order", "at most maxDurationMinutes, " + std::to_string(f.max_duration_minutes),
                   std::to_string(f.min_duration_minutes), "/minDurationMinutes"});
  }
  check_multiple(out, f.min_duration_minutes, f.step_minutes, "/minDurationMinutes");
  check_multiple(out, f.max_duration_minutes, f.step_minutes, "/maxDurationMinutes");
  check_range(out, f.buffer_minutes, 0, 1440, "/bufferMinutes");
  check_range(out, f.horizon_days, 1, 3650, "/horizonDays");
  check_range(out, f.grace_minutes, 1, 1440, "/graceMinutes");
}

void check_price(violations& out, const money& price) {
  check_range(out, price.amount, 0, highest_price, "/pricePerHour/amount");
  if (!minor_unit_digits(price.currency)) {
    out.push_back({"currency", "an ISO 4217 code such as KRW or EUR",
                   price.currency.empty() ? "nothing" : "\"" + price.currency + "\"",
                   "/pricePerHour/currency"});
  }
}

void check_policy(violations& out, const cancellation_policy& policy) {
  if (!check_count(out, policy.size(), most_rules, "/cancellationPolicy")) return;
  for (std::size_t i = 0; i < policy.size(); ++i) {
    const auto pointer = "/cancellationPolicy/" + std::to_string(i);
    check_range(out, policy[i].hours_before, 0, 8760, pointer + "/hoursBefore");
    check_range(out, policy[i].refund_percent, 0, 100, pointer + "/refundPercent");
    if (i > 0 && policy[i].hours_before >= policy[i - 1].hours_before) {
      out.push_back({"order",
                     "less than the entry before, " + std::to_string(policy[i - 1].hours_before) +
                         " hours (largest hoursBefore first)",
                     std::to_string(policy[i].hours_before), pointer + "/hoursBefore"});
    }
  }
}

}  // namespace

std::vector<violation> validate(const room_facts& f) {
  violations out;
  check_text(out, f.name, {1, 200}, "/name");
  check_text(out, f.site, {0, 100}, "/site");
  check_text(out, f.description, {0, 4000, true}, "/description");
  check_range(out, f.capacity, 1, 10000, "/capacity");
  check_amenities(out, f.amenities);
  if (!is_known_zone(f.time_zone)) {
    out.push_back({"time-zone", "an IANA time zone such as Asia/Seoul",
                   f.time_zone.empty() ? "nothing" : "\"" + f.time_zone + "\"", "/timeZone"});
  }
  check_hours(out, f.opening_hours);
  check_durations(out, f);
  check_price(out, f.price_per_hour);
  check_policy(out, f.cancellation);
  check_range(out, f.tax_rate_bp, 0, 10'000, "/taxRate");
  return out;
}

}  // namespace atrium
