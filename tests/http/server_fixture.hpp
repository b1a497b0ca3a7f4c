#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "http/server.hpp"
#include "tests/http/certificate_maker.hpp"
#include "tests/http/raw_client.hpp"

namespace atrium::http::test {

/// A clock that stands still until told.
class still_clock {
 public:
  std::chrono::steady_clock::time_point now() const {
    return std::chrono::steady_clock::time_point(std::chrono::milliseconds(ms_.load()));
  }
  void advance(std::chrono::milliseconds by) { ms_.fetch_add(by.count()); }

 private:
  std::atomic<std::int64_t> ms_{1'000'000};
};

/// Requests that a route keeps for the test to answer, from the test's own thread.
class parked {
 public:
  struct item {
    std::shared_ptr<const request> asked;
    responder_ptr to;
  };
  void put(item i) {
    std::lock_guard lock(mutex_);
    items_.push_back(std::move(i));
    there_.notify_one();
  }
  item take() {
    std::unique_lock lock(mutex_);
    there_.wait_for(lock, std::chrono::seconds(20), [&] { return !items_.empty(); });
    if (items_.empty()) return {};
    auto i = std::move(items_.front());
    items_.pop_front();
    return i;
  }

 private:
  std::mutex mutex_;
  std::condition_variable there_;
  std::deque<item> items_;
};

/// A server on a free port with a few routes, a clock that stands still and short texts:
/// GET /echo (target and params as text), GET /items/{id}, POST /echo (the body), GET|POST /parked
/// (answered by the test), GET /throws, GET /drops, GET /mine (signed in), GET /operators, GET
/// /admins, POST /bookings (new work for a desk), POST /scoped ("rooms:write"), GET /big?bytes=N.
/// Keys: "customer", "operator", "admin", "scoped", and "brief", which ends after 30 s.
class ServerFixture : public ::testing::Test {
 protected:
  ServerFixture();
  ~ServerFixture() override;

  /// Starts the server with `options_`, which a test may change before.
  void start();
  /// By TLS when the server has it.
  raw_client connect();
  /// Gives the server a certificate; before start().
  void secure();
  /// Sends `bytes` on a new connection and returns the answer.
  reply ask(std::string_view bytes);
  /// One line of GET with Host.
  static std::string get(std::string_view target, std::string_view more_headers = "");
  static std::string post(std::string_view target, std::string_view body,
                          std::string_view more_headers = "");
  /// Lets the io threads end what they are in the middle of: a client may hold an answer that the
  /// server has not yet entered as written.
  void settle();
  /// Lets time pass and has deadlines looked at.
  void pass(std::chrono::milliseconds t);
  /// Ticks until `holds` does, at most 20 s; also makes what the io threads did before visible.
  bool eventually(const std::function<bool()>& holds);

  still_clock clock_;
  file_box files_;
  server_options options_;
  parked parked_;
  std::atomic<int> authenticated_{0};  ///< how often somebody was asked who he is
  std::unique_ptr<server> server_;
};

}  // namespace atrium::http::test
