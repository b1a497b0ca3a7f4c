#include "tests/outbound/scripted_server.hpp"

#include <arpa/inet.h>
#include <cstdlib>
#include <netinet/in.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

#include "tests/outbound/listening_socket.hpp"

namespace atrium::test {
namespace {

SSL_CTX* context_of(const std::string& chain, const std::string& key) {
  auto* context = ::SSL_CTX_new(::TLS_server_method());
  BIO* in = ::BIO_new_mem_buf(chain.data(), static_cast<int>(chain.size()));
  X509* certificate = ::PEM_read_bio_X509(in, nullptr, nullptr, nullptr);
  ::BIO_free(in);
  in = ::BIO_new_mem_buf(key.data(), static_cast<int>(key.size()));
  EVP_PKEY* secret = ::PEM_read_bio_PrivateKey(in, nullptr, nullptr, nullptr);
  ::BIO_free(in);
  const bool is_good = ::SSL_CTX_use_certificate(context, certificate) == 1 &&
                       ::SSL_CTX_use_PrivateKey(context, secret) == 1;
  ::X509_free(certificate);
  ::EVP_PKEY_free(secret);
  if (!is_good) throw std::runtime_error("no certificate for the server");
  return context;
}

}  // namespace

std::size_t peer::receive(char* to, std::size_t most) {
  const auto n = tls_ != nullptr ? ::SSL_read(tls_, to, static_cast<int>(most))
                                 : static_cast<int>(::recv(fd_, to, most, 0));
  return n > 0 ? static_cast<std::size_t>(n) : 0;
}

std::string peer::read_request() {
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
    const auto n = receive(buffer, sizeof buffer);
    if (n == 0) return {};
    got.append(buffer, n);
  }
}

void peer::send(std::string_view text) {
  while (!text.empty()) {
    const auto n = tls_ != nullptr
                       ? ::SSL_write(tls_, text.data(), static_cast<int>(text.size()))
                       : static_cast<int>(::send(fd_, text.data(), text.size(), MSG_NOSIGNAL));
    if (n <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(n));
  }
}

void peer::finish() {
  ::shutdown(fd_, SHUT_WR);
}

void peer::await_close() {
  char buffer[4096];
  while (receive(buffer, sizeof buffer) > 0) {
  }
}

void peer::reset() {
  const linger at_once{1, 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

scripted_server::scripted_server(script each) : each_(std::move(each)) {
  start();
}

scripted_server::scripted_server(script each, const std::string& chain, const std::string& key)
    : each_(std::move(each)), tls_(context_of(chain, key)) {
  start();
}

void scripted_server::start() {
  const auto made = listen_on_loopback(128);
  listening_ = made.fd;
  port_ = made.port;
  accepting_ = std::thread([this] {
    for (int fd = 0; (fd = ::accept4(listening_, nullptr, nullptr, SOCK_CLOEXEC)) >= 0;)
      serving_.emplace_back([this, fd, number = connections_++] { serve(fd, number); });
  });
}

scripted_server::~scripted_server() {
  ::shutdown(listening_, SHUT_RDWR);
  accepting_.join();
  for (auto& t : serving_) t.join();
  ::close(listening_);
  ::SSL_CTX_free(tls_);
}

std::string scripted_server::url(const std::string& scheme, const std::string& host) const {
  return scheme + "://" + host + ":" + std::to_string(port_);
}

void scripted_server::serve(int fd, std::size_t number) {
  SSL* tls = nullptr;
  if (tls_ != nullptr) {
    tls = ::SSL_new(tls_);
    ::SSL_set_fd(tls, fd);
  }
  if (tls == nullptr || ::SSL_accept(tls) == 1) {
    ++served_;
    peer p(fd, tls, number);
    each_(p);
  }
  ::SSL_free(tls);
  ::close(fd);
}

}  // namespace atrium::test
