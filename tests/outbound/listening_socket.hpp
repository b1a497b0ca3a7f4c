#pragma once

#include <cstdint>

namespace atrium::test {

/// A socket that listens on 127.0.0.1, at a port of the system's choice; whoever asked closes it.
struct listening_socket {
  int fd = -1;
  std::uint16_t port = 0;
};
/// Throws std::runtime_error when there is none to be had.
listening_socket listen_on_loopback(int backlog);

}  // namespace atrium::test
