#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "outbound/address.hpp"

namespace atrium::outbound {

/// One HTTP request. Redirects are answers like any other.
struct http_request {
  std::string method = "POST";
  std::string url;  ///< http:// or https://
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::string ca_file;  ///< certificates to trust instead of the system's; empty: the system's
  std::chrono::milliseconds connect_within{5'000};
  std::chrono::milliseconds answer_within{15'000};  ///< from the start, connecting included
  std::size_t most_answer_bytes = 64 * 1024;        ///< what is longer is cut, not refused
};

/// One mail to one recipient by SMTP. Addresses without angle brackets; none may hold control
/// characters or spaces (the caller's business).
struct mail_request {
  enum class security : std::uint8_t {
    none,      ///< plain text
    starttls,  ///< STARTTLS or nothing: a relay that does not offer it is not used
    tls,       ///< TLS from the first byte
  };
  std::string host;
  std::uint16_t port = 587;
  security secured = security::starttls;
  std::string ca_file;         ///< as above
  std::string user, password;  ///< both empty: no AUTH
  std::string from, to;
  std::string message;  ///< RFC 5322, lines end with CRLF
  std::chrono::milliseconds connect_within{10'000};
  std::chrono::milliseconds answer_within{60'000};
};

/// What became of a transfer.
struct answer {
  enum class end : std::uint8_t {
    answered,     ///< the other side answered; `status` says what
    forbidden,    ///< the address is not one that may be connected to; nothing was sent
    unreachable,  ///< no connection: name, route, refusal, or its certificate; nothing was sent
    timed_out,    ///< no answer in time; whether the other side acted is not known
    broken,       ///< the connection ended early; whether the other side acted is not known
    cancelled,    ///< the client was stopped; whether the other side acted is not known
  } how = end::cancelled;
  int status = 0;           ///< HTTP status, or the last SMTP reply code
  std::string body;         ///< of an HTTP answer, up to most_answer_bytes
  std::string detail;       ///< for people and logs; holds no secret
  std::string retry_after;  ///< the HTTP field as sent; "" when absent
  std::chrono::milliseconds took{0};
};

/// Transfers to other machines on a thread of its own.
///
/// Operation: one curl_multi on one thread; connections are kept and used again. Whoever must not
/// be slowed down by others gets a client of its own. Concurrency: send() and stop() from any
/// thread; completions run on the client's thread and must not block. Limitations: at most
/// `most_at_once` transfers are under way; beyond that send() refuses, so the caller keeps what it
/// wants sent.
class client {
 public:
  using done = std::function<void(answer)>;
  struct options {
    std::string name;               ///< of the thread, at most 15 characters
    bool public_only = true;        ///< connect to public addresses only ...
    std::vector<network> also;      ///< ... and to these
    std::size_t most_at_once = 64;  ///< transfers
    std::size_t most_per_host = 4;  ///< connections to one host and port; 0: no bound of their own
    std::string user_agent = "Atrium";
  };

  explicit client(options o);
  /// As stop().
  ~client();
  client(const client&) = delete;
  client& operator=(const client&) = delete;

  /// False, and `on_done` is never called, when too much is under way or the client was stopped.
  bool send(http_request what, done on_done);
  bool send(mail_request what, done on_done);

  std::size_t under_way() const;
  /// Ends the thread; what is under way ends as cancelled. Idempotent.
  void stop();

 private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace atrium::outbound
