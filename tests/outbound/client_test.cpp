#include "outbound/client.hpp"

#include <gtest/gtest.h>

#include <future>

#include "tests/outbound/tiny_server.hpp"

namespace atrium::outbound {
namespace {

using namespace std::chrono_literals;
using test::tiny_server;

client::options loopback() {
  client::options o;
  o.name = "test";
  o.also = {*parse_network("127.0.0.0/8")};
  return o;
}

http_request post(const std::string& url) {
  http_request r;
  r.url = url;
  r.headers = {{"Content-Type", "application/json"}};
  r.body = "{\"a\":1}";
  return r;
}

template <class Request>
answer ask(client& c, Request what) {
  std::promise<answer> came;
  auto answer = came.get_future();
  EXPECT_TRUE(c.send(std::move(what), [&](outbound::answer a) { came.set_value(std::move(a)); }));
  return answer.get();
}

TEST(ClientTest, APostArrivesAndItsAnswerComesBack) {
  tiny_server server([](const std::string&) {
    return "HTTP/1.1 503 Busy\r\nretry-after:  120 \r\nContent-Length: 4\r\n\r\nbusy";
  });
  client c(loopback());
  const auto a = ask(c, post(server.url("/hook?x=1")));
  EXPECT_EQ(a.how, answer::end::answered);
  EXPECT_EQ(a.status, 503);
  EXPECT_EQ(a.body, "busy");
  EXPECT_EQ(a.retry_after, "120");
  const auto sent = server.requests().at(0);
  EXPECT_EQ(sent.find("POST /hook?x=1 HTTP/1.1\r\n"), 0U) << sent;
  EXPECT_NE(sent.find("\r\nContent-Type: application/json\r\n"), std::string::npos) << sent;
  EXPECT_TRUE(sent.ends_with("\r\n\r\n{\"a\":1}")) << sent;
}

TEST(ClientTest, AnAddressThatIsNotAllowedGetsNoConnection) {
  tiny_server server([](const std::string&) { return "HTTP/1.1 200 OK\r\n\r\n"; });
  client c({.name = "test"});
  const auto by_address = ask(c, post(server.url()));
  EXPECT_EQ(by_address.how, answer::end::forbidden);
  EXPECT_NE(by_address.detail.find("127.0.0.1"), std::string::npos) << by_address.detail;
  // The name passes every check of texts; what it resolves to does not.
  const auto by_name = ask(c, post("http://localhost:" + std::to_string(server.port()) + "/"));
  EXPECT_EQ(by_name.how, answer::end::forbidden);
  // Spellings that resolvers understand but no parser of ours.
  EXPECT_EQ(ask(c, post("http://2130706433:" + std::to_string(server.port()) + "/")).how,
            answer::end::forbidden);
  EXPECT_TRUE(server.requests().empty());
}

TEST(ClientTest, ARedirectIsAnAnswerAndIsNotFollowed) {
  tiny_server inside([](const std::string&) { return "HTTP/1.1 200 OK\r\n\r\n"; });
  tiny_server server([&](const std::string&) {
    return "HTTP/1.1 307 Elsewhere\r\nLocation: " + inside.url() + "\r\nContent-Length: 0\r\n\r\n";
  });
  client c(loopback());
  EXPECT_EQ(ask(c, post(server.url())).status, 307);
  EXPECT_TRUE(inside.requests().empty());
}

TEST(ClientTest, ARepetitionThatFindsNobodyLeavesOpenWhetherTheFirstArrived) {
  const auto server = tiny_server::dying_at_the_second_request();
  client c(loopback());
  ASSERT_EQ(ask(c, post(server->url())).status, 200);
  // On the kept connection; libcurl repeats it by itself and is refused.
  const auto a = ask(c, post(server->url()));
  EXPECT_EQ(a.how, answer::end::broken) << a.detail;
  EXPECT_EQ(server->requests().size(), 2U);
  EXPECT_EQ(ask(c, post(server->url())).how, answer::end::unreachable);
}

TEST(ClientTest, OtherProtocolsAreNotSpoken) {
  client c(loopback());
  for (const char* url : {"file:///etc/passwd", "gopher://127.0.0.1/", "ftp://127.0.0.1/"}) {
    const auto a = ask(c, post(url));
    EXPECT_EQ(a.how, answer::end::unreachable) << url;
    EXPECT_TRUE(a.body.empty()) << url;
  }
}

TEST(ClientTest, ASilentServerTimesOut) {
  tiny_server server([](const std::string&) { return ""; });
  client c(loopback());
  auto slow = post(server.url());
  slow.answer_within = 100ms;
  EXPECT_EQ(ask(c, std::move(slow)).how, answer::end::timed_out);
}

TEST(ClientTest, ASilentServerDoesNotHoldUpAnother) {
  tiny_server silent([](const std::string&) { return ""; });
  tiny_server quick([](const std::string&) { return "HTTP/1.1 204 Fine\r\n\r\n"; });
  client c(loopback());
  std::promise<answer> came;
  ASSERT_TRUE(c.send(post(silent.url()), [&](answer a) { came.set_value(std::move(a)); }));
  EXPECT_EQ(ask(c, post(quick.url())).status, 204);
  EXPECT_EQ(c.under_way(), 1U);
  c.stop();
  EXPECT_EQ(came.get_future().get().how, answer::end::cancelled);
}

TEST(ClientTest, NobodyListeningIsUnreachable) {
  std::uint16_t port = 0;
  {
    tiny_server gone([](const std::string&) { return ""; });
    port = gone.port();
  }
  client c(loopback());
  EXPECT_EQ(ask(c, post("http://127.0.0.1:" + std::to_string(port) + "/")).how,
            answer::end::unreachable);
}

TEST(ClientTest, AnAnswerBeyondTheBoundIsCut) {
  const std::string body(100'000, 'x');
  tiny_server server([&](const std::string&) {
    return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  });
  client c(loopback());
  auto ask_little = post(server.url());
  ask_little.most_answer_bytes = 10;
  const auto a = ask(c, std::move(ask_little));
  EXPECT_EQ(a.status, 200);
  EXPECT_EQ(a.body, "xxxxxxxxxx");
}

TEST(ClientTest, TooManyTransfersAreRefused) {
  tiny_server server([](const std::string&) { return ""; });
  auto o = loopback();
  o.most_at_once = 1;
  client c(o);
  EXPECT_TRUE(c.send(post(server.url()), [](answer) {}));
  EXPECT_FALSE(c.send(post(server.url()), [](answer) { FAIL() << "was refused"; }));
}

}  // namespace
}  // namespace atrium::outbound
