#include "domain/time.hpp"

#include <cstdio>

namespace atrium {

namespace {

using std::chrono::days;
using std::chrono::sys_days;
using std::chrono::year_month_day;

/// Reads fixed-width decimal fields and separators from the front of a text.
class reader {
 public:
  explicit reader(std::string_view text) : rest_(text) {}

  bool number(int width, int& out) {
    if (rest_.size() < static_cast<std::size_t>(width)) return false;
    int value = 0;
    for (int i = 0; i < width; ++i) {
      const char c = rest_[static_cast<std::size_t>(i)];
      if (c < '0' || c > '9') return false;
      value = value * 10 + (c - '0');
    }
    rest_.remove_prefix(static_cast<std::size_t>(width));
    out = value;
    return true;
  }
  bool any_of(std::string_view set) {
    if (rest_.empty() || set.find(rest_.front()) == std::string_view::npos) return false;
    last_ = rest_.front();
    rest_.remove_prefix(1);
    return true;
  }
  char last() const { return last_; }
  bool at_end() const { return rest_.empty(); }

  /// ".123000": keeps milliseconds, refuses finer digits that are not zero.
  bool fraction(int& milliseconds) {
    int digits = 0;
    while (!rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9') {
      const int d = rest_.front() - '0';
      if (digits < 3) {
        milliseconds = milliseconds * 10 + d;
      } else if (d != 0) {
        return false;
      }
      ++digits;
      rest_.remove_prefix(1);
    }
    for (int i = digits; i < 3; ++i) milliseconds *= 10;
    return digits > 0;
  }

 private:
  std::string_view rest_;
  char last_ = 0;
};

struct fields {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, millisecond = 0;
  int offset_minutes = 0;
};

bool read_offset(reader& in, fields& f) {
  if (in.any_of("Zz")) return true;
  if (!in.any_of("+-")) return false;
  const int sign = in.last() == '-' ? -1 : 1;
  int hours = 0;
  int minutes = 0;
  if (!in.number(2, hours) || !in.any_of(":") || !in.number(2, minutes)) return false;
  if (hours > 23 || minutes > 59) return false;
  f.offset_minutes = sign * (hours * 60 + minutes);
  return true;
}

bool read(reader& in, fields& f) {
  if (!in.number(4, f.year) || !in.any_of("-") || !in.number(2, f.month) || !in.any_of("-") ||
      !in.number(2, f.day) || !in.any_of("Tt") || !in.number(2, f.hour) || !in.any_of(":") ||
      !in.number(2, f.minute) || !in.any_of(":") || !in.number(2, f.second)) {
    return false;
  }
  if (in.any_of(".") && !in.fraction(f.millisecond)) return false;
  return read_offset(in, f) && in.at_end();
}

}  // namespace

std::optional<instant> parse_instant(std::string_view text) {
  // The longest useful text has nine fraction digits and an offset: 35 characters.
  if (text.size() > 40) return std::nullopt;
  reader in(text);
  fields f;
  if (!read(in, f)) return std::nullopt;
  const year_month_day date{std::chrono::year{f.year},
                            std::chrono::month{static_cast<unsigned>(f.month)},
                            std::chrono::day{static_cast<unsigned>(f.day)}};
  if (!date.ok() || f.hour > 23 || f.minute > 59 || f.second > 59) return std::nullopt;
  const instant t = sys_days{date} + std::chrono::hours{f.hour} +
                    std::chrono::minutes{f.minute - f.offset_minutes} +
                    std::chrono::seconds{f.second} + milliseconds{f.millisecond};
  if (t < min_instant || t > max_instant) return std::nullopt;
  return t;
}

std::string format_instant(instant t) {
  const auto day = std::chrono::floor<days>(t);
  const year_month_day date{day};
  const auto ms = (t - day).count();
  const auto in_day = static_cast<int>(ms / 1000);
  const auto fraction = static_cast<int>(ms % 1000);
  char text[48];
  int n = std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d",
                        static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                        static_cast<unsigned>(date.day()), in_day / 3600, in_day / 60 % 60,
                        in_day % 60);
  if (fraction != 0) {
    n += std::snprintf(text + n, sizeof text - static_cast<std::size_t>(n), ".%03d", fraction);
  }
  text[n++] = 'Z';
  return {text, static_cast<std::size_t>(n)};
}

instant system_clock::now() const {
  return std::chrono::floor<milliseconds>(std::chrono::system_clock::now());
}

}  // namespace atrium
