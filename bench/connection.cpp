#include "bench/connection.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

namespace atrium::bench {
namespace {

constexpr std::size_t kept_body = 512;
constexpr std::size_t longest_head = 16384;

/// Value of Content-Length in a head, or -1.
std::int64_t content_length(std::string_view head) {
  constexpr std::string_view name = "\r\ncontent-length:";
  for (std::size_t at = head.find("\r\n"); at != std::string_view::npos;
       at = head.find("\r\n", at + 2)) {
    const auto line = head.substr(at);
    if (line.size() > name.size() && strncasecmp(line.data(), name.data(), name.size()) == 0)
      return std::strtoll(line.data() + name.size(), nullptr, 10);
  }
  return -1;
}

}  // namespace

bool connection::has_field(std::string_view name) const {
  for (std::size_t at = head_.find("\r\n"); at != std::string::npos;
       at = head_.find("\r\n", at + 2))
    if (head_.size() - at > name.size() &&
        strncasecmp(head_.data() + at, name.data(), name.size()) == 0)
      return true;
  return false;
}

connection::~connection() {
  if (fd_ >= 0) ::close(fd_);
}

bool connection::open(const std::string& host, std::uint16_t port) {
  fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd_ < 0) return false;
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  if (::inet_pton(AF_INET, host.c_str(), &to.sin_addr) != 1) {
    errno = EINVAL;
    return false;
  }
  if (::connect(fd_, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) return false;
  const int on = 1;
  return ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0;
}

bool connection::send(std::string_view request) {
  const auto n = ::send(fd_, request.data(), request.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  if (n < 0 && errno != EAGAIN) return false;
  const auto sent = static_cast<std::size_t>(std::max<ssize_t>(n, 0));
  if (sent < request.size()) unsent_.assign(request.substr(sent));
  head_.clear();
  body_.clear();
  in_body_ = false;
  return true;
}

bool connection::flush() {
  const auto n = ::send(fd_, unsent_.data(), unsent_.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  if (n < 0) return errno == EAGAIN;
  unsent_.erase(0, static_cast<std::size_t>(n));
  return true;
}

bool connection::parse_head() {
  if (head_.size() < 12 || head_.compare(0, 5, "HTTP/") != 0) return false;
  status_ = std::atoi(head_.c_str() + 9);
  const auto length = content_length(head_);
  if (length < 0) return false;
  left_ = static_cast<std::uint64_t>(length);
  return true;
}

connection::progress connection::receive() {
  static thread_local std::array<char, 256 * 1024> scratch;
  const auto n = ::recv(fd_, scratch.data(), scratch.size(), MSG_DONTWAIT);
  if (n < 0) return errno == EAGAIN ? progress::more : progress::failed;
  if (n == 0) return progress::failed;
  std::string_view got(scratch.data(), static_cast<std::size_t>(n));
  if (!in_body_) {
    const auto before = head_.size();
    head_.append(got);
    const auto end = head_.find("\r\n\r\n", before < 3 ? 0 : before - 3);
    if (end == std::string::npos)
      return head_.size() > longest_head ? progress::failed : progress::more;
    got.remove_prefix(end + 4 - before);
    head_.resize(end + 2);
    if (!parse_head()) return progress::failed;
    in_body_ = true;
  }
  if (got.size() > left_) return progress::failed;
  if (body_.size() < kept_body) body_.append(got.substr(0, kept_body - body_.size()));
  left_ -= got.size();
  return left_ == 0 ? progress::answered : progress::more;
}

}  // namespace atrium::bench
