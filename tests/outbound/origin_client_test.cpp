// Calls, connections that are kept, and what is repeated: what became of a call must never be told
// better than it is known.
#include "outbound/origin_client.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <mutex>
#include <stdexcept>

#include "tests/outbound/origin_harness.hpp"
#include "tests/outbound/scripted_server.hpp"
#include "tests/outbound/tiny_server.hpp"

namespace atrium::outbound {
namespace {

using namespace test;
using atrium::test::peer;
using atrium::test::scripted_server;
using end = answer::end;

/// Answers everything until the client has enough.
void answer_all(peer& p) {
  while (!p.read_request().empty()) p.send(ok());
}

TEST(OriginClientTest, ACallArrivesAndItsAnswerComesBack) {
  std::string sent;
  scripted_server server([&](peer& p) {
    sent = p.read_request();
    p.send("HTTP/1.1 503 Busy\r\nretry-after:  120 \r\nContent-Length: 4\r\n\r\nbusy");
    p.await_close();
  });
  auto o = to(server.url() + "/base");
  o.headers = {{"Authorization", "Bearer key"}};
  origin_client c(std::move(o));
  auto call = post();
  call.headers = {{"Idempotency-Key", "k1"}};
  const auto a = ask(c, std::move(call));
  EXPECT_EQ(a.how, end::answered);
  EXPECT_EQ(a.status, 503);
  EXPECT_EQ(a.body, "busy");
  EXPECT_EQ(a.retry_after, "120");
  c.stop();
  EXPECT_TRUE(sent.starts_with("POST /base/v1/things HTTP/1.1\r\nHost: 127.0.0.1:")) << sent;
  for (const char* line : {"Authorization: Bearer key", "Idempotency-Key: k1", "Content-Length: 3"})
    EXPECT_NE(sent.find(std::string("\r\n") + line + "\r\n"), std::string::npos) << sent;
  EXPECT_TRUE(sent.ends_with("\r\n\r\na=1")) << sent;
}

TEST(OriginClientTest, LocalhostNeedsNoLookUp) {
  scripted_server server([&](peer& p) {
    p.read_request();
    p.send(ok());
    p.await_close();
  });
  const auto url = server.url();
  for (const char* name : {"localhost", "LocalHost", "provider.localhost"}) {
    origin_client c(to(std::string("http://") + name + url.substr(url.rfind(':'))));
    const auto a = ask(c, post());
    EXPECT_EQ(a.status, 200) << name << ": " << a.detail;
  }
}

TEST(OriginClientTest, ConnectionsOfABurstAreThereForTheNext) {
  constexpr int burst = 24;
  std::latch together(burst);
  std::atomic<int> seen{0};
  scripted_server server([&](peer& p) {
    while (!p.read_request().empty()) {
      if (++seen <= burst) together.arrive_and_wait();
      p.send(ok());
    }
  });
  auto o = to(server.url());
  o.most_connections = burst;
  origin_client c(std::move(o));
  const auto ask_at_once = [&](int count) {
    std::vector<std::future<answer>> all;
    for (int i = 0; i < count; ++i) all.push_back(begin(c, post()));
    for (auto& one : all) EXPECT_EQ(one.get().status, 200);
  };
  ask_at_once(burst);
  ask_at_once(1);
  ask_at_once(burst);
  EXPECT_EQ(server.connections(), static_cast<std::size_t>(burst));
  c.stop();
}

TEST(OriginClientTest, CallsBeyondTheConnectionsWaitForOne) {
  scripted_server server(answer_all);
  auto o = to(server.url());
  o.most_connections = 1;
  origin_client c(std::move(o));
  std::vector<std::future<answer>> all;
  for (int i = 0; i < 20; ++i) all.push_back(begin(c, post()));
  for (auto& one : all) EXPECT_EQ(one.get().status, 200);
  EXPECT_EQ(server.connections(), 1u);
  c.stop();
}

TEST(OriginClientTest, NothingOfARequestIsInTheNext) {
  std::vector<std::string> sent;
  scripted_server server([&](peer& p) {
    for (auto r = p.read_request(); !r.empty(); r = p.read_request()) {
      sent.push_back(r);
      p.send(ok());
    }
  });
  origin_client c(to(server.url()));
  auto first = post("secret=1");
  first.headers = {{"Idempotency-Key", "k1"}};
  EXPECT_EQ(ask(c, std::move(first)).body, "ok");
  origin_call second;
  second.method = "GET";
  second.path = "/second";
  EXPECT_EQ(ask(c, std::move(second)).body, "ok");
  c.stop();
  ASSERT_EQ(sent.size(), 2u);
  EXPECT_TRUE(sent[1].starts_with("GET /second HTTP/1.1\r\n")) << sent[1];
  EXPECT_EQ(sent[1].find("Idempotency"), std::string::npos) << sent[1];
  EXPECT_EQ(sent[1].find("Content-"), std::string::npos) << sent[1];
  EXPECT_EQ(server.connections(), 1u);
}

TEST(OriginClientTest, AnIdleConnectionThatTheServerEndsIsNotUsedAgain) {
  std::promise<void> gone;
  scripted_server server([&](peer& p) {
    p.read_request();
    p.send(ok());
    if (p.number() > 0) return p.await_close();
    p.finish();
    p.await_close();
    gone.set_value();
  });
  origin_client c(to(server.url()));
  EXPECT_EQ(ask(c, post()).status, 200);
  gone.get_future().wait();
  EXPECT_EQ(ask(c, post()).status, 200) << "may not be repeated, so it was sent once";
  EXPECT_EQ(server.connections(), 2u);
  c.stop();
}

TEST(OriginClientTest, WhatNobodyAskedForEndsTheConnection) {
  std::promise<void> gone;
  scripted_server server([&](peer& p) {
    p.read_request();
    p.send(ok());
    if (p.number() == 0) p.send(ok("of another"));
    p.await_close();
    if (p.number() == 0) gone.set_value();
  });
  origin_client c(to(server.url()));
  EXPECT_EQ(ask(c, post()).body, "ok");
  gone.get_future().wait();
  EXPECT_EQ(ask(c, post()).body, "ok");
  c.stop();
}

/// Ends its first connection under the second request, unanswered.
struct forgetful_server {
  std::atomic<int> requests{0};
  scripted_server server{[this](peer& p) {
    for (auto r = p.read_request(); !r.empty(); r = p.read_request())
      if (++requests != 2)
        p.send(ok());
      else
        return p.reset();
  }};
};

TEST(OriginClientTest, AKeptConnectionThatEndsUnderACallIsReplacedOnce) {
  forgetful_server s;
  origin_client c(to(s.server.url()));
  EXPECT_EQ(ask(c, repeatable()).status, 200);
  EXPECT_EQ(ask(c, repeatable()).status, 200);
  EXPECT_EQ(s.requests, 3);
  EXPECT_EQ(s.server.connections(), 2u);
  c.stop();
}

TEST(OriginClientTest, ACallThatMayNotBeRepeatedIsNot) {
  forgetful_server s;
  origin_client c(to(s.server.url()));
  EXPECT_EQ(ask(c, post()).status, 200);
  EXPECT_EQ(ask(c, post()).how, end::broken);
  EXPECT_EQ(s.requests, 2);
  c.stop();
}

TEST(OriginClientTest, AFreshConnectionThatEndsLeavesItOpenAndIsNotRepeated) {
  for (const bool is_reset : {false, true}) {
    std::atomic<int> requests{0};
    scripted_server server([&](peer& p) {
      requests += p.read_request().empty() ? 0 : 1;
      if (is_reset) p.reset();
    });
    origin_client c(to(server.url()));
    EXPECT_EQ(ask(c, repeatable()).how, end::broken);
    EXPECT_EQ(requests, 1);
    c.stop();
  }
}

TEST(OriginClientTest, ARepetitionThatFindsNobodyLeavesOpenWhetherTheFirstArrived) {
  const auto server = atrium::test::tiny_server::dying_at_the_second_request();
  origin_client c(to("http://127.0.0.1:" + std::to_string(server->port())));
  ASSERT_EQ(ask(c, repeatable()).status, 200);
  const auto a = ask(c, repeatable());
  EXPECT_EQ(a.how, end::broken) << a.detail;
  EXPECT_EQ(server->requests().size(), 2U);
  EXPECT_EQ(ask(c, repeatable()).how, end::unreachable);
}

TEST(OriginClientTest, TooManyCallsAreRefused) {
  scripted_server server([](peer& p) { p.await_close(); });
  auto o = to(server.url());
  o.most_at_once = 1;
  origin_client c(std::move(o));
  const auto first = begin(c, post());
  EXPECT_FALSE(c.send(post(), [](const answer&) { FAIL() << "was refused"; }));
  EXPECT_EQ(c.under_way(), 1u);
  c.stop();
}

TEST(OriginClientTest, ACompletionMaySendAgain) {
  scripted_server server(answer_all);
  auto o = to(server.url());
  o.most_at_once = 1;
  origin_client c(std::move(o));
  std::promise<answer> second;
  ASSERT_TRUE(c.send(post(), [&](const answer&) {
    EXPECT_TRUE(c.send(post(), [&](answer a) { second.set_value(std::move(a)); }));
  }));
  EXPECT_EQ(second.get_future().get().status, 200);
  EXPECT_EQ(server.connections(), 1u);
  c.stop();
}

TEST(OriginClientTest, StopCancelsWhatIsUnderWay) {
  std::latch arrived(2);
  scripted_server server([&](peer& p) {
    if (!p.read_request().empty()) arrived.count_down();
    p.await_close();
  });
  auto o = to(server.url());
  o.most_connections = 2;
  origin_client c(std::move(o));
  std::vector<std::future<answer>> all;
  for (int i = 0; i < 3; ++i) all.push_back(begin(c, post()));
  arrived.wait();
  c.stop();
  for (auto& one : all) EXPECT_EQ(one.get().how, end::cancelled);
  EXPECT_EQ(c.under_way(), 0u);
  EXPECT_FALSE(c.send(post(), [](const answer&) { FAIL() << "was stopped"; }));
}

TEST(OriginClientTest, StopMayComeWhileConnectionsAreMade) {
  scripted_server server([](peer& p) { p.await_close(); });
  std::atomic<int> ended{0};
  {
    origin_client c(to(server.url("http", "localhost")));
    for (int i = 0; i < 10; ++i)
      EXPECT_TRUE(c.send(post(), [&](const answer& a) { ended += a.how == end::cancelled; }));
  }
  EXPECT_EQ(ended, 10);
}

TEST(OriginClientTest, WhatHttpForbidsIsNotSent) {
  scripted_server server(answer_all);
  origin_client c(to(server.url()));
  auto path = post();
  path.path = "/v1/things HTTP/1.1\r\nX: y";
  EXPECT_EQ(ask(c, std::move(path)).how, end::unreachable);
  auto field = post();
  field.headers = {{"Idempotency-Key", "a\r\nX: y"}};
  EXPECT_EQ(ask(c, std::move(field)).how, end::unreachable);
  EXPECT_EQ(server.connections(), 0u);
  c.stop();
}

TEST(OriginClientTest, SettingsThatCannotWorkAreSaid) {
  EXPECT_THROW(origin_client(to("api.example.com")), std::invalid_argument);
  auto o = to("https://localhost");
  o.ca_file = "/nonexistent/ca.pem";
  EXPECT_THROW(origin_client(std::move(o)), std::invalid_argument);
}

}  // namespace
}  // namespace atrium::outbound
