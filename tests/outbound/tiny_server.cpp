#include "tests/outbound/tiny_server.hpp"

#include <arpa/inet.h>
#include <cstdlib>
#include <netinet/in.h>
#include <poll.h>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>

namespace atrium::test {

tiny_server::tiny_server(std::function<std::string(const std::string&)> answer)
    : answer_(std::move(answer)) {
  listening_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof at;
  if (::bind(listening_, reinterpret_cast<sockaddr*>(&at), size) != 0 ||
      ::listen(listening_, 16) != 0 ||
      ::getsockname(listening_, reinterpret_cast<sockaddr*>(&at), &size) != 0)
    throw std::runtime_error("no listening socket");
  port_ = ntohs(at.sin_port);
  thread_ = std::thread([this] { serve(); });
}

tiny_server::~tiny_server() {
  stopping_ = true;
  thread_.join();
  ::close(listening_);
}

std::string tiny_server::url(const std::string& path) const {
  return "http://127.0.0.1:" + std::to_string(port_) + path;
}

std::vector<std::string> tiny_server::requests() const {
  const std::scoped_lock lock(mutex_);
  return requests_;
}

std::string tiny_server::read_request(int fd) const {
  std::string got;
  char buffer[4096];
  for (;;) {
    const auto head = got.find("\r\n\r\n");
    if (head != std::string::npos) {
      const auto length = got.find("Content-Length: ");
      const std::size_t body =
          length == std::string::npos ? 0 : std::strtoul(got.c_str() + length + 16, nullptr, 10);
      if (got.size() >= head + 4 + body) return got;
    }
    const auto n = ::recv(fd, buffer, sizeof buffer, 0);
    if (n <= 0) return got;
    got.append(buffer, static_cast<std::size_t>(n));
  }
}

void tiny_server::serve() {
  constexpr int look_ms = 20;
  while (!stopping_) {
    pollfd p{listening_, POLLIN, 0};
    if (::poll(&p, 1, look_ms) <= 0) continue;
    const int fd = ::accept4(listening_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) continue;
    const auto request = read_request(fd);
    {
      const std::scoped_lock lock(mutex_);
      requests_.push_back(request);
    }
    const auto out = answer_(request);
    if (out.empty())
      while (!stopping_) ::poll(nullptr, 0, look_ms);
    else
      (void)!::send(fd, out.data(), out.size(), MSG_NOSIGNAL);
    ::close(fd);
  }
}

}  // namespace atrium::test
