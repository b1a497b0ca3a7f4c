#include "persistence/view_cursor.hpp"

#include <array>

namespace atrium::view {

namespace {

constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::size_t max_cursor_chars = 1024;

constexpr auto value_of = [] {
  std::array<std::int8_t, 256> table{};
  table.fill(-1);
  for (std::size_t i = 0; i < alphabet.size(); ++i)
    table[static_cast<unsigned char>(alphabet[i])] = static_cast<std::int8_t>(i);
  return table;
}();

}  // namespace

std::string make_cursor(list of, std::string_view last_key) {
  std::string bytes(1, static_cast<char>(of));
  bytes.append(last_key);
  std::string text;
  text.reserve(bytes.size() * 4 / 3 + 2);
  std::uint32_t bits = 0;
  int held = 0;
  for (const char c : bytes) {
    bits = bits << 8 | static_cast<unsigned char>(c);
    for (held += 8; held >= 6;) text.push_back(alphabet[bits >> (held -= 6) & 63]);
  }
  if (held > 0) text.push_back(alphabet[bits << (6 - held) & 63]);
  return text;
}

std::optional<std::string> parse_cursor(list of, std::string_view text) {
  if (text.empty() || text.size() > max_cursor_chars) return std::nullopt;
  std::string bytes;
  bytes.reserve(text.size() * 3 / 4);
  std::uint32_t bits = 0;
  int held = 0;
  for (const char c : text) {
    const int v = value_of[static_cast<unsigned char>(c)];
    if (v < 0) return std::nullopt;
    bits = bits << 6 | static_cast<std::uint32_t>(v);
    held += 6;
    if (held >= 8) bytes.push_back(static_cast<char>(bits >> (held -= 8)));
  }
  if (bytes.empty() || bytes[0] != static_cast<char>(of)) return std::nullopt;
  bytes.erase(0, 1);
  if (make_cursor(of, bytes) != text) return std::nullopt;
  return bytes;
}

std::string position_cursor(std::string_view last_key) {
  return make_cursor(list::by_position, last_key.substr(last_key.size() - 8));
}

std::optional<std::string> parse_position_cursor(std::string_view text) {
  auto key = parse_cursor(list::by_position, text);
  if (key && key->size() != 8) return std::nullopt;
  return key;
}

failure bad_cursor(std::string_view text) {
  failure f;
  f.code = ec::validation;
  f.detail = "The cursor is not one that this list gave out; ask for the first page without it.";
  f.violations.push_back({.rule = "cursor",
                          .limit = "a nextCursor of the same list",
                          .actual = std::string(text.substr(0, 80)),
                          .pointer = "?cursor"});
  return f;
}

}  // namespace atrium::view
