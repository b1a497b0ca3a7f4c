#include "outbound/origin.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>

#include "outbound/address.hpp"

namespace atrium::outbound {
namespace {

bool is_port(std::string_view text) {
  std::uint16_t number = 0;
  const auto [end, e] = std::from_chars(text.data(), text.data() + text.size(), number);
  return e == std::errc{} && end == text.data() + text.size() && number != 0;
}

bool is_name(std::string_view host) {
  return !host.empty() && std::all_of(host.begin(), host.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_';
  });
}

}  // namespace

std::string origin::text() const {
  return (host.find(':') == std::string::npos ? host : "[" + host + "]") + ":" + port;
}

std::optional<origin> parse_origin(std::string_view url) {
  constexpr std::string_view plain = "http://", secure = "https://";
  origin o;
  o.is_tls = url.starts_with(secure);
  if (!o.is_tls && !url.starts_with(plain)) return std::nullopt;
  url.remove_prefix(o.is_tls ? secure.size() : plain.size());
  const bool is_clean = std::all_of(
      url.begin(), url.end(), [](char c) { return c > ' ' && c < 127 && c != '?' && c != '#'; });
  const auto authority = url.substr(0, url.find('/'));
  if (!is_clean) return std::nullopt;
  o.base_path = url.substr(authority.size());
  o.authority = authority;
  const std::string_view usual = o.is_tls ? "443" : "80";
  const bool is_bracketed = authority.starts_with('[');
  const auto end = is_bracketed ? authority.find(']') : authority.find(':');
  auto rest = authority.substr(std::min(end, authority.size()));
  if (is_bracketed) {
    if (rest.empty() || !parse_address(authority.substr(0, end + 1))) return std::nullopt;
    rest.remove_prefix(1);
    o.host = authority.substr(1, end - 1);
  } else {
    o.host = authority.substr(0, end);
    if (!is_name(o.host)) return std::nullopt;
  }
  if (!rest.empty() && (rest[0] != ':' || !is_port(rest.substr(1)))) return std::nullopt;
  o.port = rest.empty() ? usual : rest.substr(1);
  if (o.port == usual) o.authority.resize(o.authority.size() - rest.size());
  return o;
}

}  // namespace atrium::outbound
