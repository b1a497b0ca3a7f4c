#include "outbound/address.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <charconv>
#include <cstring>
#include <netinet/in.h>

namespace atrium::outbound {
namespace {

constexpr std::array<std::uint8_t, 12> mapped_prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr unsigned mapped_bits = 96;

address mapped(const std::uint8_t* four) {
  address a;
  std::copy(mapped_prefix.begin(), mapped_prefix.end(), a.bytes.begin());
  std::copy(four, four + 4, a.bytes.begin() + mapped_prefix.size());
  return a;
}

bool in_any(const address& a, const std::vector<network>& all) {
  return std::any_of(all.begin(), all.end(), [&](const network& n) { return n.contains(a); });
}

std::vector<network> table(std::string_view text) {
  auto all = parse_networks(text);
  return std::move(all).value();
}

/// IPv4 blocks that are not globally reachable.
const std::vector<network>& special_v4() {
  static const auto all = table(
      "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 "
      "192.0.2.0/24 192.88.99.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 "
      "224.0.0.0/4 240.0.0.0/4");
  return all;
}

/// Blocks inside 2000::/3 that are not: Teredo and other protocol assignments, documentation.
const std::vector<network>& special_v6() {
  static const auto all = table("2001::/23 2001:db8::/32 3fff::/20");
  return all;
}

const network& global_v6() {
  static const auto n = *parse_network("2000::/3");
  return n;
}
const network& nat64() {
  static const auto n = *parse_network("64:ff9b::/96");
  return n;
}
const network& six_to_four() {
  static const auto n = *parse_network("2002::/16");
  return n;
}

}  // namespace

bool address::is_v4() const {
  return std::equal(mapped_prefix.begin(), mapped_prefix.end(), bytes.begin());
}

std::string address::text() const {
  char out[INET6_ADDRSTRLEN] = "";
  if (is_v4())
    ::inet_ntop(AF_INET, bytes.data() + mapped_prefix.size(), out, sizeof out);
  else
    ::inet_ntop(AF_INET6, bytes.data(), out, sizeof out);
  return out;
}

std::optional<address> parse_address(std::string_view text) {
  if (text.size() > 2 && text.front() == '[' && text.back() == ']')
    text = text.substr(1, text.size() - 2);
  const std::string copy(text);
  std::uint8_t four[4];
  if (::inet_pton(AF_INET, copy.c_str(), four) == 1) return mapped(four);
  address a;
  if (::inet_pton(AF_INET6, copy.c_str(), a.bytes.data()) == 1) return a;
  return std::nullopt;
}

std::optional<address> address_of(const sockaddr& from) {
  if (from.sa_family == AF_INET) {
    sockaddr_in in{};
    std::memcpy(&in, &from, sizeof in);
    std::uint8_t four[4];
    std::memcpy(four, &in.sin_addr, sizeof four);
    return mapped(four);
  }
  if (from.sa_family != AF_INET6) return std::nullopt;
  sockaddr_in6 in{};
  std::memcpy(&in, &from, sizeof in);
  address a;
  std::memcpy(a.bytes.data(), &in.sin6_addr, a.bytes.size());
  return a;
}

bool network::contains(const address& a) const {
  const unsigned whole = bits / 8;
  if (!std::equal(a.bytes.begin(), a.bytes.begin() + whole, first.bytes.begin())) return false;
  const unsigned rest = bits % 8;
  if (rest == 0) return true;
  const auto mask = static_cast<std::uint8_t>(0xff << (8 - rest));
  return (a.bytes[whole] & mask) == (first.bytes[whole] & mask);
}

std::optional<network> parse_network(std::string_view text) {
  const auto slash = text.find('/');
  const auto first = parse_address(text.substr(0, slash));
  if (!first) return std::nullopt;
  if (slash == std::string_view::npos) return network{*first, 128};
  const unsigned most = first->is_v4() ? 32 : 128;
  const auto digits = text.substr(slash + 1);
  unsigned bits = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
  if (read.ec != std::errc{} || read.ptr != digits.data() + digits.size() || bits > most)
    return std::nullopt;
  return network{*first, first->is_v4() ? bits + mapped_bits : bits};
}

result<std::vector<network>> parse_networks(std::string_view text) {
  std::vector<network> all;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find_first_of(" ,", at), text.size());
    const auto word = text.substr(at, end - at);
    at = end + 1;
    if (word.empty()) continue;
    const auto one = parse_network(word);
    if (!one)
      return failure{ec::validation, "\"" + std::string(word) +
                                         "\" is no network; write them like 10.1.0.0/16 or "
                                         "fd00::/8, with spaces between them"};
    all.push_back(*one);
  }
  return all;
}

bool is_public(const address& a) {
  if (a.is_v4()) return !in_any(a, special_v4());
  if (nat64().contains(a)) return is_public(mapped(a.bytes.data() + 12));
  if (six_to_four().contains(a)) return is_public(mapped(a.bytes.data() + 2));
  return global_v6().contains(a) && !in_any(a, special_v6());
}

}  // namespace atrium::outbound
