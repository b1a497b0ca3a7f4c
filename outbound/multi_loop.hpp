#pragma once

#include <chrono>
#include <curl/curl.h>
#include <memory>
#include <optional>

/// libcurl's transfers on an epoll of our own. Private to this folder.
namespace atrium::outbound {

struct multi_free {
  void operator()(CURLM* m) const { ::curl_multi_cleanup(m); }
};

/// Operation: libcurl says which sockets and which time it waits for, and is told of each socket
/// that is ready; so a turn costs what is ready, not what is open, as it would with
/// curl_multi_perform. Concurrency: one thread, wake() from any.
class multi_loop {
 public:
  /// `most_kept`: open connections that wait for the next transfer.
  multi_loop(std::size_t most_per_host, std::size_t most_kept);
  ~multi_loop();
  multi_loop(const multi_loop&) = delete;
  multi_loop& operator=(const multi_loop&) = delete;

  void add(CURL* transfer);
  void remove(CURL* transfer);
  /// Moves on what is ready; `may_wait`: once something is, a time has come, or wake() was called.
  void turn(bool may_wait);
  /// The next transfer that has ended, or nothing; it is removed.
  struct ended {
    CURL* transfer;
    CURLcode code;
  };
  std::optional<ended> next_ended();
  void wake();

 private:
  using steady = std::chrono::steady_clock;
  static int on_socket(CURL* transfer, curl_socket_t socket, int what, void* self, void* known);
  static int on_timer(CURLM* multi, long timeout_ms, void* self);
  int patience_ms() const;

  int epoll_ = -1, wake_ = -1;
  std::optional<steady::time_point> due_;
  std::unique_ptr<CURLM, multi_free> multi_;
};

}  // namespace atrium::outbound
