#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "domain/failure.hpp"

struct sockaddr;

namespace atrium::outbound {

/// An IP address; IPv4 is kept as IPv4-mapped IPv6 (::ffff:a.b.c.d), so that one comparison does.
struct address {
  std::array<std::uint8_t, 16> bytes{};

  bool is_v4() const;
  std::string text() const;
  friend bool operator==(const address&, const address&) = default;
};

/// "192.0.2.1", "2001:db8::1" or "[2001:db8::1]"; nothing for names and for anything else.
std::optional<address> parse_address(std::string_view text);
/// Nothing for families other than IPv4 and IPv6.
std::optional<address> address_of(const sockaddr& from);

/// Addresses that share their first bits: "10.1.0.0/16", "fd00::/8", or one address.
struct network {
  address first;
  unsigned bits = 128;  ///< 0..128, counted in the mapped form: an IPv4 /16 has 112

  bool contains(const address& a) const;
};
std::optional<network> parse_network(std::string_view text);
/// Networks with spaces or commas between them. Fails with validation, naming the word that is
/// none.
result<std::vector<network>> parse_networks(std::string_view text);

/// True for an address that the public Internet routes: not private, loopback, link-local, shared,
/// multicast, documentation, reserved, and no translated form (mapped, NAT64, 6to4, Teredo) of one
/// that is not. Follows the IANA special-purpose address registries.
bool is_public(const address& a);

}  // namespace atrium::outbound
