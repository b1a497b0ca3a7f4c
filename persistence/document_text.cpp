#include "persistence/document_text.hpp"

#include <array>

namespace atrium::text {

namespace {

constexpr bool needs_escape(unsigned char c) {
  return c < 0x20 || c == '"' || c == '\\';
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

void append_quoted(std::string& out, std::string_view s) {
  out.push_back('"');
  std::size_t copied = 0;
  for (std::size_t i = 0; i < s.size(); ++i) {
    const auto c = static_cast<unsigned char>(s[i]);
    if (!needs_escape(c)) continue;
    out.append(s.substr(copied, i - copied));
    append_escaped(out, c);
    copied = i + 1;
  }
  out.append(s.substr(copied));
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
