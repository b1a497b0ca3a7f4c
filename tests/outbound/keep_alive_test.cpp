// Connections and handles are used again, and nothing of one request is in the next.
#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <atomic>
#include <latch>
#include <mutex>
#include <netinet/in.h>
#include <stdexcept>
#include <string>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include "outbound/client.hpp"

namespace atrium::outbound {
namespace {

/// Answers every request of every connection, each connection on a thread of its own. The first
/// `company` requests are answered together, so that so many connections are open at once.
class patient_server {
 public:
  explicit patient_server(std::ptrdiff_t company) : together_(company), company_(company) {
    listening_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof at;
    if (::bind(listening_, reinterpret_cast<sockaddr*>(&at), size) != 0 ||
        ::listen(listening_, 128) != 0 ||
        ::getsockname(listening_, reinterpret_cast<sockaddr*>(&at), &size) != 0)
      throw std::runtime_error("no listening socket");
    port_ = ntohs(at.sin_port);
    accepting_ = std::thread([this] { accept_all(); });
  }
  ~patient_server() {
    ::shutdown(listening_, SHUT_RDWR);
    accepting_.join();
    for (auto& t : serving_) t.join();
    ::close(listening_);
  }

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/"; }
  int connections() const { return connections_; }
  std::vector<std::string> requests() const {
    const std::scoped_lock lock(mutex_);
    return requests_;
  }

 private:
  void accept_all() {
    for (int fd = 0; (fd = ::accept4(listening_, nullptr, nullptr, SOCK_CLOEXEC)) >= 0;) {
      ++connections_;
      serving_.emplace_back([this, fd] { serve(fd); });
    }
  }

  void serve(int fd) {
    char buffer[4096];
    for (ssize_t n = 0; (n = ::recv(fd, buffer, sizeof buffer, 0)) > 0;) {
      std::size_t number = 0;
      {
        const std::scoped_lock lock(mutex_);
        requests_.emplace_back(buffer, static_cast<std::size_t>(n));
        number = requests_.size();
      }
      if (number <= static_cast<std::size_t>(company_)) together_.arrive_and_wait();
      constexpr std::string_view out = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
      if (::send(fd, out.data(), out.size(), MSG_NOSIGNAL) < 0) break;
    }
    ::close(fd);
  }

  std::latch together_;
  const std::ptrdiff_t company_;
  int listening_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<int> connections_{0};
  mutable std::mutex mutex_;
  std::vector<std::string> requests_;
  std::vector<std::thread> serving_;
  std::thread accepting_;
};

client::options with(std::size_t connections) {
  return {.name = "test",
          .public_only = false,
          .most_at_once = connections,
          .most_per_host = connections};
}

http_request to(const std::string& url, std::string method, std::string body) {
  http_request r;
  r.url = url;
  r.method = std::move(method);
  r.body = std::move(body);
  return r;
}

/// So many requests at once; how many were answered 200.
int ask_at_once(client& c, const std::string& url, int count) {
  std::latch all(count);
  std::atomic<int> good{0};
  for (int i = 0; i < count; ++i)
    EXPECT_TRUE(c.send(to(url, "POST", "x"), [&](const answer& a) {
      good += a.status == 200 ? 1 : 0;
      all.count_down();
    }));
  all.wait();
  return good;
}

TEST(KeepAliveTest, ConnectionsOfABurstAreThereForTheNext) {
  constexpr int burst = 24;
  patient_server server(burst);
  client c(with(burst));
  ASSERT_EQ(ask_at_once(c, server.url(), burst), burst);
  ASSERT_EQ(server.connections(), burst);
  // One alone: whoever keeps only as many as are in use at the moment drops the others now.
  EXPECT_EQ(ask_at_once(c, server.url(), 1), 1);
  EXPECT_EQ(ask_at_once(c, server.url(), burst), burst);
  EXPECT_EQ(server.connections(), burst);
  c.stop();
}

TEST(KeepAliveTest, NothingOfARequestIsInTheNext) {
  patient_server server(0);
  client c(with(1));
  auto first = to(server.url() + "first", "POST", "secret=1");
  first.headers = {{"Authorization", "Bearer key"}};
  for (auto& r : {first, to(server.url() + "second", "GET", "")}) {
    std::latch done(1);
    ASSERT_TRUE(c.send(r, [&](const answer& a) {
      EXPECT_EQ(a.status, 200);
      EXPECT_EQ(a.body, "ok");
      done.count_down();
    }));
    done.wait();
  }
  const auto sent = server.requests();
  ASSERT_EQ(sent.size(), 2u);
  EXPECT_TRUE(sent[0].ends_with("secret=1")) << sent[0];
  EXPECT_TRUE(sent[1].starts_with("GET /second HTTP/1.1\r\n")) << sent[1];
  EXPECT_EQ(sent[1].find("Authorization"), std::string::npos) << sent[1];
  EXPECT_EQ(sent[1].find("Content-"), std::string::npos) << sent[1];
  EXPECT_EQ(server.connections(), 1);
  c.stop();
}

}  // namespace
}  // namespace atrium::outbound
