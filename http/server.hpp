#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <sys/types.h>
#include <vector>

#include "http/gate.hpp"
#include "http/head_scanner.hpp"
#include "http/message.hpp"
#include "http/probe.hpp"

namespace atrium::http {

class tls_credentials;

/// One answered request, for the access log. Views are valid during the call only.
struct access_record {
  std::string_view peer, method, path, route, account, trace_id, request_id, problem;
  int status = 0;
  std::uint64_t bytes = 0;  ///< head and body sent
  std::chrono::microseconds took{
      0};  ///< from the complete head to the last byte handed to the kernel
};
using access_log = std::function<void(const access_record&)>;

/// Bounds and deadlines of the transport. Each needs a restart.
struct server_options {
  std::string address = "127.0.0.1";   ///< IPv4 or IPv6 literal
  std::uint16_t port = 8080;           ///< 0: any free port, see server::port()
  unsigned io_threads = 1;             ///< 1..64
  std::size_t max_connections = 4096;  ///< one more is answered 503 and closed
  head_limits head;
  std::uint64_t body_bytes = 256 * 1024;             ///< of one request; beyond: 413
  std::uint64_t held_body_bytes = 64 * 1024 * 1024;  ///< of all requests together; beyond: 503
  std::size_t max_streams = 1000;                    ///< server-sent event streams; beyond: 503
  std::size_t stream_queue_bytes = 256 * 1024;       ///< waiting for one slow stream reader
  /// Null: plain text. Loaded once at least; load() again changes it for new connections.
  std::shared_ptr<tls_credentials> tls;
  bool strict_transport = false;     ///< with TLS: Strict-Transport-Security on every answer
  std::size_t max_handshakes = 512;  ///< at the same time; one more is closed
  std::chrono::milliseconds handshake_deadline{5'000};
  std::chrono::milliseconds head_deadline{10'000};     ///< from the first byte to the blank line
  std::chrono::milliseconds body_deadline{20'000};     ///< for each further KiB of a body
  std::chrono::milliseconds handler_deadline{60'000};  ///< a request nobody answers gets 503 then
  std::chrono::milliseconds idle_deadline{60'000};     ///< between two requests
  std::chrono::milliseconds write_deadline{20'000};    ///< for any progress of a write
  std::chrono::milliseconds linger_deadline{2'000};    ///< reading on after the last answer
  std::chrono::milliseconds heartbeat{15'000};         ///< comment on a silent event stream
  std::chrono::milliseconds tick{250};                 ///< how late deadlines may be noticed
  gate::limits rates;                                  ///< all 0: no limits
  /// Told, while there are requests, how long what is ready waits for an io thread; may be empty;
  /// called on io threads.
  std::function<void(std::chrono::nanoseconds)> waited;
  access_log log;  ///< may be empty; called on io threads
  /// For tests: replaces the steady clock. Deadlines then pass only in server::tick().
  std::function<std::chrono::steady_clock::time_point()> clock;
};

/// HTTP/1.1 server on Asio.
///
/// Operation: one acceptor deals connections out to io threads in turn; a connection stays on its
/// thread, so that sessions need neither locks nor strands. Every head passes scan_head() first; a
/// refusal is answered as problem+json and closes the connection. One request of a connection is
/// processed at a time; what is pipelined waits in the socket. A handler runs on the io thread and
/// must not block; it answers at once or hands the responder on.
/// Concurrency: start(), drain(), stop() from one thread (not an io thread); the rest from any.
/// Limitations: no HTTP/2, no compression: a proxy's job.
class server {
 public:
  /// Throws std::invalid_argument for bad routes or options.
  server(server_options options, std::vector<route> routes, authenticator who);
  /// As stop().
  ~server();
  server(const server&) = delete;
  server& operator=(const server&) = delete;

  /// Binds, listens and starts the threads. Throws boost::system::system_error when the address is
  /// taken or not ours.
  void start();

  std::uint16_t port() const;   ///< bound port; 0 before start()
  std::string address() const;  ///< "127.0.0.1:8080" or "[::1]:8080"

  /// The system's ids of the io threads; after start().
  std::vector<pid_t> thread_ids() const;

  /// Stops accepting, closes idle connections and event streams, lets requests in flight end (their
  /// connections close after the answer). True when all connections ended within `limit`.
  bool drain(std::chrono::milliseconds limit);

  /// Closes what is left and joins the threads. Answers that come later are dropped.
  void stop();

  const probe& stats() const;

  /// For tests with a clock of their own: looks at all deadlines now; returns when done.
  void tick();

 private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace atrium::http
