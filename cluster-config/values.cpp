#include "cluster-config/values.hpp"

#include <arpa/inet.h>
#include <array>
#include <charconv>
#include <netinet/in.h>

namespace atrium {
namespace {

struct time_unit {
  std::string_view suffix;
  std::int64_t ms;
};
// Two-letter suffixes first: "5ms" also ends in "s".
constexpr std::array<time_unit, 4> time_units = {
    {{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}}};
constexpr std::int64_t year_ms = 366LL * 24 * 3'600'000;

}  // namespace

std::optional<std::int64_t> parse_whole(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
  for (const auto& unit : time_units) {
    if (!text.ends_with(unit.suffix)) continue;
    const auto count = parse_whole(text.substr(0, text.size() - unit.suffix.size()));
    if (!count || *count < 0 || *count > year_ms / unit.ms) return std::nullopt;
    return std::chrono::milliseconds(*count * unit.ms);
  }
  return std::nullopt;
}

std::string format_duration(std::chrono::milliseconds d) {
  const auto ms = d.count();
  for (auto unit = time_units.rbegin(); unit != time_units.rend(); ++unit)
    if (ms != 0 && ms % unit->ms == 0)
      return std::to_string(ms / unit->ms) + std::string(unit->suffix);
  return "0s";
}

std::optional<bool> parse_flag(std::string_view text) {
  for (const auto* yes : {"true", "yes", "on", "1"})
    if (text == yes) return true;
  for (const auto* no : {"false", "no", "off", "0"})
    if (text == no) return false;
  return std::nullopt;
}

std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const auto comma = text.find(',');
    auto word = text.substr(0, comma);
    while (word.starts_with(' ')) word.remove_prefix(1);
    while (word.ends_with(' ')) word.remove_suffix(1);
    if (!word.empty()) out.emplace_back(word);
    text = comma == std::string_view::npos ? std::string_view() : text.substr(comma + 1);
  }
  return out;
}

std::optional<endpoint> parse_endpoint(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto port = parse_whole(text.substr(colon + 1));
  if (!port || *port < 0 || *port > 65535) return std::nullopt;
  auto host = std::string(text.substr(0, colon));
  const bool in_brackets = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (in_brackets) host = host.substr(1, host.size() - 2);
  in6_addr address{};
  const int family = in_brackets ? AF_INET6 : AF_INET;
  const bool is_literal = ::inet_pton(family, host.c_str(), &address) == 1;
  if (!is_literal && (in_brackets || host != "localhost")) return std::nullopt;
  return endpoint{host, static_cast<std::uint16_t>(*port)};
}

bool is_loopback(const endpoint& e) {
  if (e.host == "localhost") return true;
  in_addr v4{};
  if (::inet_pton(AF_INET, e.host.c_str(), &v4) == 1) return (ntohl(v4.s_addr) >> 24) == 127;
  in6_addr v6{};
  return ::inet_pton(AF_INET6, e.host.c_str(), &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

}  // namespace atrium
