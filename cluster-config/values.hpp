#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Text forms of option values.
namespace atrium {

/// A whole number in decimal, nothing else around it.
std::optional<std::int64_t> parse_whole(std::string_view text);

/// "250ms", "30s", "10m", "2h"; the unit is required. At most a year.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);
/// The shortest of these forms that says the same.
std::string format_duration(std::chrono::milliseconds d);

/// true/false, yes/no, on/off, 1/0.
std::optional<bool> parse_flag(std::string_view text);

/// The words between commas, without spaces around them; empty ones are left out.
std::vector<std::string> split_list(std::string_view text);

/// Where to listen: a literal address or "localhost", and a port.
struct endpoint {
  std::string host;  ///< without the brackets of IPv6
  std::uint16_t port = 0;
};
/// "127.0.0.1:8080", "[::1]:8080", "localhost:0" (port 0: the system picks one). Host names other
/// than localhost are refused: what they mean may change under a running server.
std::optional<endpoint> parse_endpoint(std::string_view text);
/// True when only this machine can connect.
bool is_loopback(const endpoint& e);

}  // namespace atrium
