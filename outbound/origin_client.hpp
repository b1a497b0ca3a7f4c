#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "outbound/client.hpp"

namespace atrium::outbound {

/// One request to the server of an origin_client.
struct origin_call {
  std::string method = "POST";
  std::string path;  ///< with its query, encoded; goes behind the path of the base
  std::vector<std::pair<std::string, std::string>> headers;  ///< besides those of the client
  std::string body;
  /// The server acts once, however often it gets this request (GET, or an Idempotency-Key).
  bool may_repeat = false;
};

/// HTTP/1.1 to one server, many calls a second, on a thread of its own.
///
/// Operation: what all calls share is parsed and rendered once; connections are kept, and watched
/// while they are idle, so that one that the server closes is gone before the next call. Should a
/// kept connection end under a call before anything of an answer came, the call goes out once more
/// on a fresh one, if the end came before the first byte was sent or the call says `may_repeat`;
/// when that finds nobody, it is still open whether the first arrived. With https the certificate's
/// chain and name are checked, TLS 1.2 at least. Redirects are answers; proxies of the environment
/// are ignored. An `answer` means what it means with `client`; a status from 400 counts as answered
/// even when the connection ended within its body.
///
/// Concurrency: send(), under_way() and stop() from any thread; completions run on the client's
/// thread and must not block. Limitations: as `options` says; addresses are tried one after the
/// other; stop() waits for a name that is being resolved.
class origin_client {
 public:
  using done = std::function<void(answer)>;
  struct options {
    std::string name;      ///< of the thread, at most 15 characters
    std::string base_url;  ///< http:// or https://, host, maybe port and path; no slash at its end
    std::vector<std::pair<std::string, std::string>> headers;  ///< sent with every call
    std::string ca_file;  ///< certificates to trust instead of the system's; "": the system's
    std::string user_agent = "Atrium";
    std::chrono::milliseconds connect_within{1'000};
    std::chrono::milliseconds answer_within{2'500};  ///< from the start, waiting included
    std::size_t most_connections = 64;               ///< open; what is beyond it waits
    std::size_t most_at_once = 512;                  ///< calls
    std::size_t most_answer_bytes = 64 * 1024;       ///< what is longer is cut, not refused
  };

  /// Throws std::invalid_argument with a text for people: no base URL, or a CA file without one
  /// certificate that can be read.
  explicit origin_client(options o);
  /// As stop().
  ~origin_client();
  origin_client(const origin_client&) = delete;
  origin_client& operator=(const origin_client&) = delete;

  /// False, and `on_done` is never called, when too much is under way or the client was stopped.
  bool send(origin_call what, done on_done);

  std::size_t under_way() const;
  /// Ends the thread; what is under way ends as cancelled. Idempotent.
  void stop();

 private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace atrium::outbound
