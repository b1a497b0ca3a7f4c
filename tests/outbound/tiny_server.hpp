#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace atrium::test {

/// Listens on 127.0.0.1, one connection at a time, and answers each with what `answer` makes of the
/// bytes of the first request; an empty answer keeps the connection open and silent until the end.
class tiny_server {
 public:
  explicit tiny_server(std::function<std::string(const std::string&)> answer);
  /// Answers the first request on a connection that it keeps, reads a second one on it, and is gone
  /// for good: nobody listens any more when that connection ends.
  static std::unique_ptr<tiny_server> dying_at_the_second_request();
  ~tiny_server();
  tiny_server(const tiny_server&) = delete;
  tiny_server& operator=(const tiny_server&) = delete;

  std::uint16_t port() const { return port_; }
  std::string url(const std::string& path = "/") const;
  std::vector<std::string> requests() const;

 private:
  tiny_server();
  void listen();
  void serve();
  void serve_and_die();
  std::string read_request(int fd) const;

  std::function<std::string(const std::string&)> answer_;
  int listening_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<bool> stopping_{false};
  mutable std::mutex mutex_;
  std::vector<std::string> requests_;
  std::thread thread_;
};

}  // namespace atrium::test
