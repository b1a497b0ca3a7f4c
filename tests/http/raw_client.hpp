#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

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

/// A blocking TCP client that sends exactly the bytes it is told. Every wait is bounded by 20 s,
/// which only a failing test ever sees.
class raw_client {
 public:
  explicit raw_client(unsigned short port);
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
  const std::string& unread() const { return buffer_; }

 private:
  bool more();
  int fd_;
  std::string buffer_;
};

}  // namespace atrium::http::test
