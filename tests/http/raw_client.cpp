#include "tests/http/raw_client.hpp"

#include <cstdlib>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <signal.h>
#include <stdexcept>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

namespace atrium::http::test {
namespace {

void lower(std::string& s) {
  for (auto& c : s)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
}

}  // namespace

std::string reply::header(std::string_view name) const {
  for (const auto& [key, value] : headers)
    if (key == name) return value;
  return {};
}

std::string reply::problem() const {
  constexpr std::string_view before = "\"type\":\"https://atrium.dev/problems/";
  const auto at = body.find(before);
  if (at == std::string::npos || header("content-type") != "application/problem+json") return {};
  const auto from = at + before.size();
  return body.substr(from, body.find('"', from) - from);
}

std::optional<tls_offer> raw_client::default_offer() {
  return std::getenv("ATRIUM_TEST_TLS") ? std::optional<tls_offer>(tls_offer{}) : std::nullopt;
}

void raw_client::release::operator()(ssl_st* s) const {
  SSL_free(s);
}

raw_client::raw_client(unsigned short port, std::optional<tls_offer> tls)
    : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  const timeval most{20, 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &most, sizeof most);
  ::setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &most, sizeof most);
  const int on = 1;
  ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(fd_, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0)
    throw std::runtime_error("cannot connect");
  if (tls) shake_hands(*tls);
}

void raw_client::shake_hands(const tls_offer& offer) {
  ::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes without MSG_NOSIGNAL
  const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(SSL_CTX_new(TLS_client_method()),
                                                                  SSL_CTX_free);
  SSL_CTX_set_min_proto_version(context.get(), TLS1_VERSION);
  SSL_CTX_set_max_proto_version(context.get(), offer.most_version);
  SSL_CTX_set_mode(context.get(), SSL_MODE_AUTO_RETRY);
  if (offer.most_version < TLS1_2_VERSION) SSL_CTX_set_security_level(context.get(), 0);
  if (!offer.ciphers.empty()) SSL_CTX_set_cipher_list(context.get(), offer.ciphers.c_str());
  tls_.reset(SSL_new(context.get()));
  if (!offer.protocols.empty())
    SSL_set_alpn_protos(tls_.get(), reinterpret_cast<const unsigned char*>(offer.protocols.data()),
                        static_cast<unsigned>(offer.protocols.size()));
  SSL_set_fd(tls_.get(), fd_);
  if (SSL_connect(tls_.get()) == 1) return;
  ::close(fd_);
  throw std::runtime_error("no TLS connection");
}

std::string raw_client::protocol() const {
  const unsigned char* name = nullptr;
  unsigned n = 0;
  SSL_get0_alpn_selected(tls_.get(), &name, &n);
  return {reinterpret_cast<const char*>(name), n};
}

std::string raw_client::version() const {
  return SSL_get_version(tls_.get());
}

std::string raw_client::certificate() const {
  unsigned char* der = nullptr;
  const int n = i2d_X509(SSL_get0_peer_certificate(tls_.get()), &der);
  std::string out(reinterpret_cast<const char*>(der), static_cast<std::size_t>(n));
  OPENSSL_free(der);
  return out;
}

raw_client::~raw_client() {
  ::close(fd_);
}

void raw_client::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto n = tls_ ? SSL_write(tls_.get(), bytes.data(), static_cast<int>(bytes.size()))
                        : ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n <= 0) return;  // the server has closed; what it said is still to be read
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
}

std::size_t raw_client::send_some(std::string_view bytes) {
  const auto n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  return n > 0 ? static_cast<std::size_t>(n) : 0;
}

void raw_client::half_close() {
  if (tls_) SSL_shutdown(tls_.get());
  ::shutdown(fd_, SHUT_WR);
}

/// 0 at an orderly end, which with TLS is one that TLS announced.
long raw_client::receive_some(char* to, std::size_t most) {
  if (!tls_) return ::recv(fd_, to, most, 0);
  const int n = SSL_read(tls_.get(), to, static_cast<int>(most));
  if (n > 0) return n;
  return SSL_get_error(tls_.get(), n) == SSL_ERROR_ZERO_RETURN ? 0 : -1;
}

bool raw_client::more() {
  char chunk[16 * 1024];
  const auto n = receive_some(chunk, sizeof chunk);
  if (n <= 0) return false;
  buffer_.append(chunk, static_cast<std::size_t>(n));
  return true;
}

bool raw_client::receive_until(std::string_view text) {
  for (;;) {
    const auto at = buffer_.find(text);
    if (at != std::string::npos) {
      buffer_.erase(0, at + text.size());
      return true;
    }
    if (!more()) return false;
  }
}

reply raw_client::receive(bool to_head) {
  while (buffer_.find("\r\n\r\n") == std::string::npos)
    if (!more()) return {};
  reply r;
  const auto end = buffer_.find("\r\n\r\n");
  std::string head = buffer_.substr(0, end + 2);
  buffer_.erase(0, end + 4);
  r.status = std::stoi(head.substr(9, 3));
  for (auto at = head.find("\r\n") + 2; at < head.size();) {
    const auto eol = head.find("\r\n", at);
    const auto colon = head.find(": ", at);
    auto name = head.substr(at, colon - at);
    lower(name);
    r.headers.emplace_back(name, head.substr(colon + 2, eol - colon - 2));
    at = eol + 2;
  }
  const auto length = r.header("content-length");
  if (to_head || length.empty()) return r;
  const auto n = static_cast<std::size_t>(std::stoul(length));
  while (buffer_.size() < n)
    if (!more()) return {};
  r.body = buffer_.substr(0, n);
  buffer_.erase(0, n);
  return r;
}

std::string raw_client::rest() {
  while (more()) {
  }
  return std::exchange(buffer_, {});
}

bool raw_client::closed() {
  if (!buffer_.empty()) return false;
  char c;
  return receive_some(&c, 1) == 0;
}

}  // namespace atrium::http::test
