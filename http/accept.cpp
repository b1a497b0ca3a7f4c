#include "http/accept.hpp"

namespace atrium::http {
namespace {

/// Thousandths of a q-value, 1000 when there is none, 0 when malformed.
int quality(std::string_view parameters) {
  const auto q = parameters.find("q=");
  if (q == std::string_view::npos) return 1000;
  const auto text = parameters.substr(q + 2);
  if (text.empty() || (text[0] != '0' && text[0] != '1')) return 0;
  int value = (text[0] - '0') * 1000;
  if (text.size() > 1 && text[1] == '.') {
    int unit = 100;
    for (std::size_t i = 2; i < text.size() && text[i] >= '0' && text[i] <= '9'; ++i, unit /= 10)
      value += (text[i] - '0') * unit;
  }
  return value > 1000 ? 1000 : value;
}

/// True for "ko", "ko-KR", ...
bool is_language(std::string_view range, std::string_view language) {
  return range.size() >= 2 && (range[0] | 0x20) == language[0] &&
         (range[1] | 0x20) == language[1] && (range.size() == 2 || range[2] == '-');
}

std::string_view trimmed_left(std::string_view s) {
  while (!s.empty() && (s.front() == ' ' || s.front() == '\t')) s.remove_prefix(1);
  return s;
}

/// Takes the next element off a list with commas.
std::string_view next_of(std::string_view& list) {
  const auto comma = list.find(',');
  const auto one = list.substr(0, comma);
  list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
  return trimmed_left(one);
}

/// 3 for the type itself, 2 for "text/*", 1 for "*/*", 0 when the range does not hold it.
int closeness(std::string_view range, std::string_view type) {
  if (range == type) return 3;
  if (range == "*/*") return 1;
  const auto slash = type.find('/');
  return range.size() == slash + 2 && range.substr(0, slash + 1) == type.substr(0, slash + 1) &&
                 range.back() == '*'
             ? 2
             : 0;
}

/// By the closest range that holds the type; 0 when none does.
int quality_of(std::string_view type, std::string_view accept) {
  int closest = 0, q = 0;
  while (!accept.empty()) {
    const auto range = next_of(accept);
    const auto end = range.find_first_of("; \t");
    const int close = closeness(range.substr(0, end), type);
    if (close <= closest) continue;
    closest = close;
    q = end == std::string_view::npos ? 1000 : quality(range.substr(end));
  }
  return q;
}

}  // namespace

std::string_view preferred_language(std::string_view accept) {
  std::string_view best;
  int best_quality = 0;
  while (!accept.empty()) {
    const auto range = next_of(accept);
    const auto end = range.find_first_of("; \t");
    const auto tag = range.substr(0, end);
    const int q = end == std::string_view::npos ? 1000 : quality(range.substr(end));
    if (q <= best_quality) continue;  // of equals the first listed wins
    for (const std::string_view language : {"ko", "en"}) {
      if (!is_language(tag, language)) continue;
      best = language;
      best_quality = q;
    }
  }
  return best;
}

std::string_view preferred_of(std::string_view accept,
                              std::initializer_list<std::string_view> offered) {
  if (accept.empty()) return *offered.begin();
  std::string_view best;
  int best_quality = 0;
  for (const auto type : offered) {
    const int q = quality_of(type, accept);
    if (q > best_quality) best = type, best_quality = q;
  }
  return best;
}

}  // namespace atrium::http
