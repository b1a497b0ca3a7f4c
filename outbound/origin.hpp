#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace atrium::outbound {

/// Where a web server is: "https://api.example.com:8443/base" in parts.
struct origin {
  std::string host;  ///< name or address, IPv6 without brackets
  std::string port;  ///< digits
  std::string
      authority;  ///< of the Host field: with brackets, and with the port unless it is usual
  std::string base_path;  ///< "" or "/base", before every path
  bool is_tls = false;

  /// "api.example.com:8443", for people.
  std::string text() const;
};

/// Nothing for anything but http:// or https://, a host, maybe a port and a path; who the user is,
/// a query or a fragment are not for a base.
std::optional<origin> parse_origin(std::string_view url);

}  // namespace atrium::outbound
