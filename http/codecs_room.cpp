#include <algorithm>
#include <array>

#include "http/codecs.hpp"
#include "http/json_fields.hpp"

namespace atrium::http {
namespace {

using kind = json_value::kind;
using need = fields::need;

constexpr std::array<std::string_view, 7> day_names{"mon", "tue", "wed", "thu",
                                                    "fri", "sat", "sun"};

/// "HH:MM" in minutes; "24:00" only where it is an end.
std::optional<int> minutes_of(std::string_view text, bool is_end) {
  if (text.size() != 5 || text[2] != ':') return {};
  for (const std::size_t i : {0u, 1u, 3u, 4u})
    if (text[i] < '0' || text[i] > '9') return {};
  const int hour = (text[0] - '0') * 10 + (text[1] - '0');
  const int minute = (text[3] - '0') * 10 + (text[4] - '0');
  if (minute > 59 || hour > 24 || (hour == 24 && (minute != 0 || !is_end))) return {};
  return hour * 60 + minute;
}

std::optional<int> read_clock(fields& f, std::string_view name, bool is_end) {
  const auto text = f.text(name, 1, 5, need::required);
  if (!text) return {};
  if (const auto m = minutes_of(*text, is_end)) return m;
  f.add(name, "clock-time",
        is_end ? "HH:MM between 00:00 and 24:00" : "HH:MM between 00:00 and 23:59", *text);
  return {};
}

void read_days(fields& f, opening_window& w, std::vector<violation>& out) {
  const auto days = f.array("days", 7, need::required);
  if (!days) return;
  if (days->size() == 0) f.add("days", "length", "1..7 days", "none");
  for (std::size_t i = 0; i < days->size(); ++i) {
    const auto day = days->at(i);
    const auto known = day.type() == kind::string
                           ? std::find(day_names.begin(), day_names.end(), day.text())
                           : day_names.end();
    const auto pointer = f.pointer_of("days") + "/" + std::to_string(i);
    if (known == day_names.end())
      out.push_back({"day", "mon, tue, wed, thu, fri, sat or sun", describe(day), pointer});
    else if (auto& open = w.days[static_cast<std::size_t>(known - day_names.begin())]; open)
      out.push_back({"unique", "each day once", std::string(*known), pointer});
    else
      open = true;
  }
}

std::vector<opening_window> read_hours(json_value list, std::string_view pointer,
                                       std::vector<violation>& out) {
  std::vector<opening_window> windows;
  for (std::size_t i = 0; i < list.size(); ++i) {
    fields f(list.at(i), std::string(pointer) + "/" + std::to_string(i), out);
    opening_window w;
    read_days(f, w, out);
    const auto open = read_clock(f, "open", false);
    const auto close = read_clock(f, "close", true);
    f.finish();
    if (open) w.open_minute = *open;
    if (close) w.close_minute = *close;
    windows.push_back(w);
  }
  return windows;
}

cancellation_policy read_policy(json_value list, std::string_view pointer,
                                std::vector<violation>& out) {
  cancellation_policy policy;
  for (std::size_t i = 0; i < list.size(); ++i) {
    fields f(list.at(i), std::string(pointer) + "/" + std::to_string(i), out);
    const auto hours = f.integer("hoursBefore", 0, 8760, need::required);
    const auto percent = f.integer("refundPercent", 0, 100, need::required);
    f.finish();
    policy.push_back({static_cast<int>(hours.value_or(0)), static_cast<int>(percent.value_or(0))});
  }
  return policy;
}

std::vector<std::string> read_amenities(json_value list, std::string_view pointer,
                                        std::vector<violation>& out) {
  std::vector<std::string> amenities;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const auto item = list.at(i);
    if (item.type() == kind::string)
      amenities.emplace_back(item.text());
    else
      out.push_back(
          {"type", "text", describe(item), std::string(pointer) + "/" + std::to_string(i)});
  }
  return amenities;
}

/// Reads a body over `facts`. A patch may leave everything out and may null what has a default.
class room_reader {
 public:
  room_reader(json_value body, room_facts& facts, bool patch)
      : body_(body, "", out_), facts_(facts), patch_(patch) {}

  std::vector<violation> run() {
    const room_facts defaults;
    text("name", facts_.name, 200, nullptr);
    text("site", facts_.site, 100, &defaults.site);
    text("description", facts_.description, 4000, &defaults.description, true);
    number("capacity", facts_.capacity, 1, 10'000, nullptr);
    text("timeZone", facts_.time_zone, 64, nullptr);
    number("minDurationMinutes", facts_.min_duration_minutes, 1, 10'080,
           &defaults.min_duration_minutes);
    number("maxDurationMinutes", facts_.max_duration_minutes, 1, 10'080,
           &defaults.max_duration_minutes);
    number("stepMinutes", facts_.step_minutes, 1, 1440, &defaults.step_minutes);
    number("bufferMinutes", facts_.buffer_minutes, 0, 1440, &defaults.buffer_minutes);
    number("horizonDays", facts_.horizon_days, 1, 3650, &defaults.horizon_days);
    number("graceMinutes", facts_.grace_minutes, 1, 1440, &defaults.grace_minutes);
    tax_rate(defaults.tax_rate_bp);
    if (reset("checkInRequired"))
      facts_.check_in_required = false;
    else if (const auto b = body_.boolean("checkInRequired"))
      facts_.check_in_required = *b;
    price();
    list("amenities", facts_.amenities, defaults.amenities, 50, read_amenities);
    list("openingHours", facts_.opening_hours, defaults.opening_hours, 50, read_hours);
    list("cancellationPolicy", facts_.cancellation, defaults.cancellation, 20, read_policy);
    body_.finish();
    if (body_usable()) add_unreported(out_, validate(facts_));
    return std::move(out_);
  }

 private:
  bool body_usable() const { return out_.empty() || !out_.front().pointer.empty(); }
  bool reset(std::string_view name) { return patch_ && body_.is_null(name); }
  /// Null for a member without default is left to its accessor, which reports the type.
  need need_of(const void* fallback) const {
    return patch_ || fallback ? need::optional : need::required;
  }

  void text(std::string_view name, std::string& to, std::size_t most, const std::string* fallback,
            bool lines = false) {
    if (fallback && reset(name))
      to = *fallback;
    else if (auto s = body_.text(name, fallback ? 0 : 1, most, need_of(fallback), lines))
      to = std::move(*s);
  }
  void number(std::string_view name, int& to, int least, int most, const int* fallback) {
    if (fallback && reset(name))
      to = *fallback;
    else if (const auto i = body_.integer(name, least, most, need_of(fallback)))
      to = static_cast<int>(*i);
  }
  void tax_rate(int fallback) {
    if (reset("taxRate"))
      facts_.tax_rate_bp = fallback;
    else if (const auto rate = body_.hundredths("taxRate", 0, 100))
      facts_.tax_rate_bp = static_cast<int>(*rate);
  }
  void price() {
    const auto v = body_.object("pricePerHour", need_of(nullptr));
    if (!v) return;
    const auto* base = patch_ ? &facts_.price_per_hour : nullptr;
    if (auto m = read_money(*v, "/pricePerHour", out_, base)) facts_.price_per_hour = std::move(*m);
  }
  template <class T, class Read>
  void list(std::string_view name, T& to, const T& fallback, std::size_t most, Read read) {
    if (reset(name))
      to = fallback;
    else if (const auto v = body_.array(name, most))
      to = read(*v, body_.pointer_of(name), out_);
  }

  std::vector<violation> out_;
  fields body_;
  room_facts& facts_;
  bool patch_;
};

}  // namespace

void add_unreported(std::vector<violation>& to, std::vector<violation> from) {
  const auto reported = to.size();
  for (auto& v : from) {
    const auto same = [&](const violation& known) {
      return known.pointer == v.pointer || known.pointer.starts_with(v.pointer + "/") ||
             v.pointer.starts_with(known.pointer + "/");
    };
    if (std::none_of(to.begin(), to.begin() + static_cast<std::ptrdiff_t>(reported), same))
      to.push_back(std::move(v));
  }
}

result<room_facts> parse_room(json_value body) {
  room_facts facts;
  if (auto wrong = room_reader(body, facts, false).run(); !wrong.empty())
    return invalid(std::move(wrong));
  return facts;
}

result<room_facts> parse_room_patch(json_value body, const room_facts& base) {
  room_facts facts = base;
  if (auto wrong = room_reader(body, facts, true).run(); !wrong.empty())
    return invalid(std::move(wrong));
  return facts;
}

result<blackout_body> parse_blackout(json_value body) {
  std::vector<violation> wrong;
  fields f(body, "", wrong);
  const auto when = f.slot();
  auto reason = f.text("reason", 0, 500);
  f.finish();
  if (!wrong.empty()) return invalid(std::move(wrong));
  return blackout_body{*when, std::move(reason).value_or("")};
}

}  // namespace atrium::http
