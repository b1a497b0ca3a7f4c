// Connections and handles are used again, and nothing of one request is in the next.
#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <string>
#include <vector>

#include "outbound/client.hpp"
#include "tests/outbound/origin_harness.hpp"
#include "tests/outbound/scripted_server.hpp"

namespace atrium::outbound {
namespace {

using atrium::test::peer;
using atrium::test::scripted_server;

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
  std::latch together(burst);
  std::atomic<int> seen{0};
  scripted_server server([&](peer& p) {
    while (!p.read_request().empty()) {
      if (++seen <= burst) together.arrive_and_wait();
      p.send(test::ok());
    }
  });
  client c(with(burst));
  ASSERT_EQ(ask_at_once(c, server.url(), burst), burst);
  ASSERT_EQ(server.connections(), std::size_t{burst});
  // One alone: whoever keeps only as many as are in use at the moment drops the others now.
  EXPECT_EQ(ask_at_once(c, server.url(), 1), 1);
  EXPECT_EQ(ask_at_once(c, server.url(), burst), burst);
  EXPECT_EQ(server.connections(), std::size_t{burst});
  c.stop();
}

TEST(KeepAliveTest, NothingOfARequestIsInTheNext) {
  std::vector<std::string> sent;
  scripted_server server([&](peer& p) {
    for (auto r = p.read_request(); !r.empty(); r = p.read_request()) {
      sent.push_back(r);
      p.send(test::ok());
    }
  });
  client c(with(1));
  auto first = to(server.url() + "/first", "POST", "secret=1");
  first.headers = {{"Authorization", "Bearer key"}};
  for (auto& r : {first, to(server.url() + "/second", "GET", "")}) {
    std::latch done(1);
    ASSERT_TRUE(c.send(r, [&](const answer& a) {
      EXPECT_EQ(a.status, 200);
      EXPECT_EQ(a.body, "ok");
      done.count_down();
    }));
    done.wait();
  }
  c.stop();
  ASSERT_EQ(sent.size(), 2u);
  EXPECT_TRUE(sent[0].ends_with("secret=1")) << sent[0];
  EXPECT_TRUE(sent[1].starts_with("GET /second HTTP/1.1\r\n")) << sent[1];
  EXPECT_EQ(sent[1].find("Authorization"), std::string::npos) << sent[1];
  EXPECT_EQ(sent[1].find("Content-"), std::string::npos) << sent[1];
  EXPECT_EQ(server.connections(), 1u);
}

}  // namespace
}  // namespace atrium::outbound
