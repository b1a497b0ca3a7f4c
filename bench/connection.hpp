#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace atrium::bench {

/// One non-blocking keep-alive connection with at most one request in flight. Answers are parsed
/// only as far as needed: status and length; the first bytes of the body are kept for who wants
/// them. Limitations: answers need a Content-Length. Concurrency: one thread.
class connection {
 public:
  connection() = default;
  ~connection();
  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;

  /// Connects (blocking) to an IPv4 address; false with errno set when that fails.
  bool open(const std::string& host, std::uint16_t port);
  int fd() const { return fd_; }

  /// Writes a request; what the socket does not take at once is kept for flush().
  bool send(std::string_view request);
  bool flush();
  bool wants_to_write() const { return !unsent_.empty(); }

  enum class progress : std::uint8_t { more, answered, failed };
  /// Reads what is there.
  progress receive();
  int status() const { return status_; }
  /// Whether the answer's head has this field; `name` as "\r\nretry-after:".
  bool has_field(std::string_view name) const;
  std::string_view body_start() const { return body_; }
  bool busy = false;
  std::int64_t intended_ns = 0;  ///< when the request should have been sent
  bool counted = false;          ///< sent inside the measured time

 private:
  bool parse_head();

  int fd_ = -1;
  std::string unsent_;
  std::string head_;
  std::string body_;
  bool in_body_ = false;
  std::uint64_t left_ = 0;
  int status_ = 0;
};

}  // namespace atrium::bench
