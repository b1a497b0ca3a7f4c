#include "cluster-config/ini.hpp"

#include <optional>

namespace atrium {
namespace {

constexpr std::string_view blanks = " \t\r";

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

std::string_view without_comment(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool begins_comment = text[i] == '#' || text[i] == ';';
    if (begins_comment && (i == 0 || blanks.find(text[i - 1]) != std::string_view::npos))
      return text.substr(0, i);
  }
  return text;
}

/// The text between the quotes, or nothing when something other than a comment follows them.
std::optional<std::string> unquoted(std::string_view text) {
  const auto end = text.find('"', 1);
  if (end == std::string_view::npos) return std::nullopt;
  if (!trimmed(without_comment(text.substr(end + 1))).empty()) return std::nullopt;
  return std::string(text.substr(1, end - 1));
}

}  // namespace

result<std::vector<ini_entry>> parse_ini(std::string_view text) {
  std::vector<ini_entry> entries;
  failure bad{ec::validation, "the configuration file has mistakes", {}, {}, {}, 0, {}};
  int number = 0;
  while (!text.empty()) {
    const auto end = text.find('\n');
    const auto raw = trimmed(text.substr(0, end));
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
    ++number;
    if (trimmed(without_comment(raw)).empty()) continue;
    const auto refuse = [&](std::string limit) {
      bad.violations.push_back(
          {"file", std::move(limit), std::string(raw), "line " + std::to_string(number)});
    };
    const auto equals = raw.find('=');
    if (raw.front() == '[') {
      refuse("there are no sections");
    } else if (equals == std::string_view::npos) {
      refuse("a line reads name = value");
    } else {
      const auto value = trimmed(raw.substr(equals + 1));
      const bool is_quoted = !value.empty() && value.front() == '"';
      auto plain = is_quoted ? unquoted(value) : std::string(trimmed(without_comment(value)));
      if (!plain) {
        refuse("a quoted value ends with a quote");
        continue;
      }
      entries.push_back({std::string(trimmed(raw.substr(0, equals))), std::move(*plain), number});
    }
  }
  if (!bad.violations.empty()) return bad;
  return entries;
}

}  // namespace atrium
