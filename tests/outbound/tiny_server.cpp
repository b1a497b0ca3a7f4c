#include "tests/outbound/tiny_server.hpp"

#include <cstdlib>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

#include "tests/outbound/listening_socket.hpp"

namespace atrium::test {

tiny_server::tiny_server() {
  listen();
}

tiny_server::tiny_server(std::function<std::string(const std::string&)> answer)
    : answer_(std::move(answer)) {
  listen();
  thread_ = std::thread([this] { serve(); });
}

std::unique_ptr<tiny_server> tiny_server::dying_at_the_second_request() {
  std::unique_ptr<tiny_server> made{new tiny_server};
  made->thread_ = std::thread([s = made.get()] { s->serve_and_die(); });
  return made;
}

void tiny_server::listen() {
  const auto made = listen_on_loopback(16);
  listening_ = made.fd;
  port_ = made.port;
}

tiny_server::~tiny_server() {
  stopping_ = true;
  thread_.join();
  if (listening_ >= 0) ::close(listening_);
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

void tiny_server::serve_and_die() {
  const int fd = ::accept4(listening_, nullptr, nullptr, SOCK_CLOEXEC);
  const std::string ok = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
  for (int i = 0; i < 2; ++i) {
    auto request = read_request(fd);
    {
      const std::scoped_lock lock(mutex_);
      requests_.push_back(std::move(request));
    }
    if (i == 0) (void)!::send(fd, ok.data(), ok.size(), MSG_NOSIGNAL);
  }
  ::close(std::exchange(listening_, -1));
  ::close(fd);
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
