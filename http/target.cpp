#include "http/target.hpp"

namespace atrium::http {
namespace {

int hex(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// The byte behind `%` at `i`, or -1.
int escaped(std::string_view s, std::size_t i) {
  if (i + 2 >= s.size()) return -1;
  const int high = hex(s[i + 1]), low = hex(s[i + 2]);
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

bool starts_with_scheme(std::string_view target, std::string_view scheme) {
  if (target.size() < scheme.size()) return false;
  for (std::size_t i = 0; i < scheme.size(); ++i) {
    const char c = target[i];
    if ((c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c) != scheme[i]) return false;
  }
  return true;
}

}  // namespace

std::string_view origin_form(std::string_view target) {
  if (!target.empty() && target.front() == '/') return target;
  std::size_t skip = 0;
  if (starts_with_scheme(target, "http://")) skip = 7;
  if (starts_with_scheme(target, "https://")) skip = 8;
  if (skip == 0) return {};
  const auto end = target.find_first_of("/?", skip);
  const auto authority = target.substr(skip, end == std::string_view::npos ? end : end - skip);
  if (authority.empty() || authority.find('@') != std::string_view::npos) return {};
  if (end == std::string_view::npos) return "/";
  // "http://host?query" has an empty path, which the router treats as "/".
  return target.substr(end);
}

bool well_encoded(std::string_view s) {
  const auto question = s.find('?');
  for (auto i = s.find('%'); i != std::string_view::npos; i = s.find('%', i + 3)) {
    const int c = escaped(s, i);
    if (c <= 0) return false;
    if (i < question && (c < 0x20 || c == 0x7f)) return false;
  }
  return true;
}

std::pair<std::string_view, std::string_view> split_query(std::string_view s) {
  const auto question = s.find('?');
  if (question == std::string_view::npos) return {s, {}};
  return {s.substr(0, question), s.substr(question + 1)};
}

void percent_decode(std::string_view text, bool plus_is_space, std::string& out) {
  out.clear();
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '%') {
      if (const int byte = escaped(text, i); byte >= 0) {
        out.push_back(static_cast<char>(byte));
        i += 2;
        continue;
      }
    }
    out.push_back(c == '+' && plus_is_space ? ' ' : c);
  }
}

void parse_query(std::string_view query, std::vector<std::pair<std::string, std::string>>& out) {
  out.clear();
  while (!query.empty()) {
    const auto end = query.find('&');
    const auto piece = query.substr(0, end);
    query.remove_prefix(end == std::string_view::npos ? query.size() : end + 1);
    if (piece.empty()) continue;
    auto& [name, value] = out.emplace_back();
    const auto equals = piece.find('=');
    percent_decode(piece.substr(0, equals), true, name);
    if (equals != std::string_view::npos) percent_decode(piece.substr(equals + 1), true, value);
  }
}

}  // namespace atrium::http
