#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <openssl/ssl.h>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace atrium::test {

/// One accepted connection, as a script of a server sees it. Concurrency: the script's thread.
class peer {
 public:
  peer(int fd, SSL* tls, std::size_t number) : fd_(fd), tls_(tls), number_(number) {}

  /// Which connection this is, from 0.
  std::size_t number() const { return number_; }
  /// Head and body of the next request; "" when the other side closed.
  std::string read_request();
  void send(std::string_view text);
  /// Ends our direction only.
  void finish();
  /// Returns once the other side has closed.
  void await_close();
  /// Ends the connection with a reset instead of properly.
  void reset();

 private:
  std::size_t receive(char* to, std::size_t most);

  int fd_;
  SSL* tls_;
  std::size_t number_;
};

/// Listens on 127.0.0.1 and runs a script for each connection, on a thread of its own; the
/// connection ends with the script.
class scripted_server {
 public:
  using script = std::function<void(peer&)>;
  explicit scripted_server(script each);
  /// With TLS, from PEM texts. A connection whose handshake fails gets no script.
  scripted_server(script each, const std::string& chain, const std::string& key);
  ~scripted_server();
  scripted_server(const scripted_server&) = delete;
  scripted_server& operator=(const scripted_server&) = delete;

  /// "http://127.0.0.1:1234"
  std::string url(const std::string& scheme = "http", const std::string& host = "127.0.0.1") const;
  std::size_t connections() const { return connections_; }
  /// Scripts that began.
  std::size_t served() const { return served_; }

 private:
  void start();
  void serve(int fd, std::size_t number);

  const script each_;
  SSL_CTX* tls_ = nullptr;
  int listening_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<std::size_t> connections_{0}, served_{0};
  std::vector<std::thread> serving_;
  std::thread accepting_;
};

}  // namespace atrium::test
