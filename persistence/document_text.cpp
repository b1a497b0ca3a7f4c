#include "persistence/document_text.hpp"

#include <array>
#include <bit>
#include <cstring>

namespace atrium::text {

namespace {

constexpr std::uint64_t each_byte(unsigned char c) {
  return c * 0x0101010101010101ULL;
}

/// The high bit of every byte that is zero (and perhaps of higher ones above such a byte).
constexpr std::uint64_t zero_bytes(std::uint64_t v) {
  return (v - each_byte(1)) & ~v & each_byte(0x80);
}

void append_escaped(std::string& out, unsigned char c) {
  constexpr std::string_view hex = "0123456789abcdef";
  switch (c) {
    case '"':
      out.append("\\\"");
      return;
    case '\\':
      out.append("\\\\");
      return;
    case '\n':
      out.append("\\n");
      return;
    case '\r':
      out.append("\\r");
      return;
    case '\t':
      out.append("\\t");
      return;
    default:
      out.append("\\u00");
      out.push_back(hex[c >> 4]);
      out.push_back(hex[c & 15]);
  }
}

constexpr auto digit_pairs = [] {
  std::array<char, 200> table{};
  for (int i = 0; i < 100; ++i) {
    table[static_cast<std::size_t>(2 * i)] = static_cast<char>('0' + i / 10);
    table[static_cast<std::size_t>(2 * i + 1)] = static_cast<char>('0' + i % 10);
  }
  return table;
}();

void put_two(char* to, unsigned v) {
  to[0] = digit_pairs[2 * v];
  to[1] = digit_pairs[2 * v + 1];
}

}  // namespace

// Eight bytes at a time: S. E. Anderson, "Bit Twiddling Hacks" (a zero byte in a word, a byte less
// than n). The lowest bit found is exact, which is the one that is used.
std::size_t plain_length(std::string_view s) noexcept {
  std::size_t i = 0;
  for (; i + 8 <= s.size(); i += 8) {
    std::uint64_t v = 0;
    std::memcpy(&v, s.data() + i, 8);
    const std::uint64_t control = (v - each_byte(0x20)) & ~v & each_byte(0x80);
    const std::uint64_t found =
        control | zero_bytes(v ^ each_byte('"')) | zero_bytes(v ^ each_byte('\\'));
    if (found != 0) return i + static_cast<std::size_t>(std::countr_zero(found)) / 8;
  }
  for (; i != s.size(); ++i) {
    const auto c = static_cast<unsigned char>(s[i]);
    if (c < 0x20 || c == '"' || c == '\\') break;
  }
  return i;
}

void append_quoted(std::string& out, std::string_view s) {
  out.push_back('"');
  for (;;) {
    const auto plain = plain_length(s);
    out.append(s.substr(0, plain));
    if (plain == s.size()) break;
    append_escaped(out, static_cast<unsigned char>(s[plain]));
    s.remove_prefix(plain + 1);
  }
  out.push_back('"');
}

void append_instant(std::string& out, instant t) {
  // Days to civil date: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", for days
  // after 1970 only, so that all arithmetic is unsigned.
  constexpr std::int64_t last_ms = 253'402'300'799'999;  // 9999-12-31T23:59:59.999Z
  auto since = t.time_since_epoch().count();
  since = since < 0 ? 0 : since > last_ms ? last_ms : since;
  const auto total_ms = static_cast<std::uint64_t>(since);
  const auto days = static_cast<std::uint32_t>(total_ms / 86'400'000);
  const auto in_day = static_cast<std::uint32_t>(total_ms % 86'400'000);
  const std::uint32_t z = days + 719'468;
  const std::uint32_t era = z / 146'097;
  const std::uint32_t doe = z % 146'097;
  const std::uint32_t yoe = (doe - doe / 1460 + doe / 36'524 - doe / 146'096) / 365;
  const std::uint32_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
  const std::uint32_t mp = (5 * doy + 2) / 153;
  const std::uint32_t day = doy - (153 * mp + 2) / 5 + 1;
  const std::uint32_t month = mp < 10 ? mp + 3 : mp - 9;
  const std::uint32_t year = yoe + era * 400 + (month <= 2 ? 1 : 0);
  const std::uint32_t seconds = in_day / 1000;

  char buffer[] = "\"0000-00-00T00:00:00.000Z\"";
  put_two(buffer + 1, year / 100);
  put_two(buffer + 3, year % 100);
  put_two(buffer + 6, month);
  put_two(buffer + 9, day);
  put_two(buffer + 12, seconds / 3600);
  put_two(buffer + 15, seconds / 60 % 60);
  put_two(buffer + 18, seconds % 60);
  std::size_t end = 20;
  if (const std::uint32_t ms = in_day % 1000; ms != 0) {
    buffer[21] = static_cast<char>('0' + ms / 100);
    put_two(buffer + 22, ms % 100);
    end = 24;
  }
  buffer[end++] = 'Z';
  buffer[end++] = '"';
  out.append(buffer, end);
}

void append_money(std::string& out, const money& m, std::string_view fallback) {
  out.append("{\"amount\":");
  append_integer(out, m.amount);
  out.append(",\"currency\":");
  append_quoted(out, m.currency.empty() ? fallback : std::string_view(m.currency));
  out.push_back('}');
}

}  // namespace atrium::text
