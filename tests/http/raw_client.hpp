#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

struct ssl_st;

namespace atrium::http::test {

/// One answer as it came over the wire.
struct reply {
  int status = 0;
  std::vector<std::pair<std::string, std::string>> headers;  ///< names in lower case
  std::string body;
  /// "" when there is none.
  std::string header(std::string_view lower_case_name) const;
  /// Bare name of the problem type, "" when the body is no problem.
  std::string problem() const;
};

/// What a client offers in its handshake.
struct tls_offer {
  std::string protocols;      ///< ALPN in wire form; empty: none
  int most_version = 0x0304;  ///< 0x0303: TLS 1.2
  std::string ciphers;        ///< of TLS 1.2; empty: OpenSSL's
};

/// A blocking TCP client that sends exactly the bytes it is told. Every wait is bounded by 20 s,
/// which only a failing test ever sees.
class raw_client {
 public:
  /// With TLS when there is an offer. Throws std::runtime_error when it cannot connect.
  explicit raw_client(unsigned short port, std::optional<tls_offer> tls = default_offer());
  /// What clients do unless told: TLS when the variable ATRIUM_TEST_TLS is set, so that the whole
  /// suite runs over it (http_transport_tls_test).
  static std::optional<tls_offer> default_offer();
  ~raw_client();
  raw_client(const raw_client&) = delete;
  raw_client& operator=(const raw_client&) = delete;

  void send(std::string_view bytes);
  /// Sends as much as the kernel takes without blocking; how much that was.
  std::size_t send_some(std::string_view bytes);
  void half_close();
  /// Receives one whole answer; status 0 when the connection ends before one came.
  reply receive(bool to_head = false);
  /// Reads until the text was seen; false when the connection ends before.
  bool receive_until(std::string_view text);
  /// True when the server closes its side in an orderly way and nothing else comes.
  bool closed();
  /// All that comes until the server closes.
  std::string rest();
  std::string protocol() const;     ///< by ALPN
  std::string version() const;      ///< "TLSv1.3"
  std::string certificate() const;  ///< of the server, DER
  const std::string& unread() const { return buffer_; }

 private:
  struct release {
    void operator()(ssl_st* s) const;
  };
  void shake_hands(const tls_offer& offer);
  long receive_some(char* to, std::size_t most);
  bool more();
  int fd_;
  std::unique_ptr<ssl_st, release> tls_;
  std::string buffer_;
};

}  // namespace atrium::http::test
