// Keep-alive, pipelining, HEAD, chunked bodies, 100-continue, deadlines.
#include <gmock/gmock.h>

#include <thread>

#include "tests/http/server_fixture.hpp"

namespace atrium::http::test {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ConnectionTest = ServerFixture;

TEST_F(ConnectionTest, OneConnectionCarriesManyRequests) {
  start();
  auto c = connect();
  for (int i = 0; i < 100; ++i) {
    c.send(get("/items/" + std::to_string(i)));
    const auto r = c.receive();
    ASSERT_EQ(r.status, 200);
    ASSERT_EQ(r.body, std::to_string(i));
    ASSERT_EQ(r.header("connection"), "");
  }
  EXPECT_EQ(server_->stats().connections_accepted.load(), 1u);
}

TEST_F(ConnectionTest, PipelinedRequestsAreAnsweredInOrder) {
  start();
  auto c = connect();
  std::string all;
  for (int i = 0; i < 500; ++i) all += get("/items/" + std::to_string(i));
  std::thread sender([&] { c.send(all); });
  for (int i = 0; i < 500; ++i) EXPECT_EQ(c.receive().body, std::to_string(i));
  sender.join();
}

TEST_F(ConnectionTest, APipelinedRequestWaitsForTheAnswerBeforeIt) {
  start();
  auto c = connect();
  c.send(get("/parked") + get("/echo?second"));
  auto first = parked_.take();
  ASSERT_TRUE(first.to);
  first.to->send({.status = 202, .body = "first"});
  EXPECT_EQ(c.receive().body, "first");
  EXPECT_EQ(c.receive().body, "/echo|second=");
}

TEST_F(ConnectionTest, AClientThatPipelinesWithoutEndIsHeldBackNotBuffered) {
  start();
  auto c = connect();
  c.send(get("/parked"));
  auto first = parked_.take();
  const std::string block(64 * 1024, '\r');
  std::size_t taken = 0;
  // Only what kernel buffers hold (a few MiB at most) is taken while the first request is open.
  for (std::size_t n; taken < 256u << 20 && (n = c.send_some(block)) > 0;) taken += n;
  EXPECT_LT(taken, 64u << 20);
  EXPECT_LE(server_->stats().bytes_received.load(), 64u * 1024);
  first.to->send({});
  EXPECT_EQ(c.receive().status, 200);
  EXPECT_EQ(c.receive().status, 400);
}

TEST_F(ConnectionTest, ConnectionCloseIsHonoured) {
  start();
  auto c = connect();
  c.send(get("/echo", "Connection: close\r\n"));
  EXPECT_EQ(c.receive().header("connection"), "close");
  EXPECT_TRUE(c.closed());
}

TEST_F(ConnectionTest, Http10ClosesUnlessAskedToStay) {
  start();
  auto c = connect();
  c.send("GET /echo HTTP/1.0\r\n\r\n");
  EXPECT_EQ(c.receive().status, 200);
  EXPECT_TRUE(c.closed());
  auto d = connect();
  d.send("GET /echo HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_EQ(d.receive().header("connection"), "keep-alive");
  d.send("GET /echo HTTP/1.0\r\n\r\n");
  EXPECT_EQ(d.receive().status, 200);
  EXPECT_TRUE(d.closed());
}

TEST_F(ConnectionTest, OneEmptyLineBeforeARequestIsSkipped) {
  start();
  EXPECT_EQ(ask("\r\n" + get("/echo")).status, 200);
}

TEST_F(ConnectionTest, AbsoluteFormAndQueryAreUnderstood) {
  start();
  EXPECT_EQ(ask(get("http://other:80/echo?a=b%26c&d+e=%ED%95%9C")).body,
            "/echo|a=b&c|d e=\xED\x95\x9C");
  EXPECT_EQ(ask(get("/items/a%2Fb%20c")).body, "a/b c");
}

TEST_F(ConnectionTest, AHeadByteByByteIsTheSameRequest) {
  start();
  auto c = connect();
  for (const char b : get("/items/slow")) c.send(std::string_view(&b, 1));
  EXPECT_EQ(c.receive().body, "slow");
}

TEST_F(ConnectionTest, HeadHasTheLengthOfGetAndNoBody) {
  start();
  auto c = connect();
  c.send("HEAD /big?bytes=70000 HTTP/1.1\r\nHost: a\r\n\r\n");
  const auto r = c.receive(true);
  EXPECT_EQ(r.status, 200);
  EXPECT_EQ(r.header("content-length"), "70000");
  c.send(get("/echo"));
  EXPECT_EQ(c.receive().body, "/echo");
}

TEST_F(ConnectionTest, BigAnswersArriveWhole) {
  start();
  auto c = connect();
  for (const std::size_t n : {16'383u, 16'384u, 5'000'000u}) {
    c.send(get("/big?bytes=" + std::to_string(n)));
    EXPECT_EQ(c.receive().body, std::string(n, 'b'));
  }
}

TEST_F(ConnectionTest, ChunkedBodiesAreDecodedHoweverTheyAreCut) {
  start();
  auto c = connect();
  const std::string body = "3;note=\"x\"\r\nabc\r\nA\r\n0123456789\r\n0\r\nTrailer: t\r\n\r\n";
  const std::string head = "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
  c.send(head + body);
  EXPECT_EQ(c.receive().body, "abc0123456789");
  c.send(head);
  for (const char b : body) c.send(std::string_view(&b, 1));
  EXPECT_EQ(c.receive().body, "abc0123456789");
}

TEST_F(ConnectionTest, AnEmptyChunkedBodyMayEndInTwoPieces) {
  start();
  auto c = connect();
  c.send("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n");
  c.send("\r");
  c.send("\n");
  const auto r = c.receive();
  EXPECT_EQ(r.status, 200);
  EXPECT_EQ(r.body, "");
}

TEST_F(ConnectionTest, ABodyAtTheLimitIsTaken) {
  start();
  const std::string body(256 * 1024, 'x');
  EXPECT_EQ(ask(post("/echo", body)).body, body);
}

TEST_F(ConnectionTest, ContinueIsSentOnceTheLimitsWereChecked) {
  start();
  auto c = connect();
  c.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
  ASSERT_TRUE(c.receive_until("HTTP/1.1 100 Continue\r\n\r\n"));
  c.send("abc");
  EXPECT_EQ(c.receive().body, "abc");
}

TEST_F(ConnectionTest, ARefusedRequestIsNotToldToContinue) {
  start();
  const std::string tail = "Expect: 100-continue\r\n\r\n";
  EXPECT_EQ(ask("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 262145\r\n" + tail).status, 413);
  EXPECT_EQ(ask("POST /nowhere HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n" + tail).status, 404);
  EXPECT_EQ(ask("POST /scoped HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n" + tail).status, 401);
}

TEST_F(ConnectionTest, ARefusedRequestsBodyIsReadPastAndTheConnectionStays) {
  start();
  auto c = connect();
  c.send(post("/nowhere", std::string(5000, 'x')));
  EXPECT_EQ(c.receive().status, 404);
  c.send(get("/echo"));
  EXPECT_EQ(c.receive().status, 200);
}

TEST_F(ConnectionTest, AnAnswerMayComeFromAnotherThread) {
  start();
  auto c = connect();
  for (int i = 0; i < 50; ++i) {
    c.send(get("/parked"));
    auto p = parked_.take();
    ASSERT_TRUE(p.to);
    std::thread([to = std::move(p.to), i] { to->send({.body = std::to_string(i)}); }).join();
    EXPECT_EQ(c.receive().body, std::to_string(i));
  }
}

TEST_F(ConnectionTest, OnlyTheFirstAnswerCounts) {
  start();
  auto c = connect();
  c.send(get("/parked"));
  auto p = parked_.take();
  p.to->send({.body = "one"});
  p.to->send({.body = "two"});
  EXPECT_EQ(c.receive().body, "one");
  c.send(get("/echo"));
  EXPECT_EQ(c.receive().body, "/echo");
}

TEST_F(ConnectionTest, AHandlerThatThrowsOrForgetsToAnswerGivesA500) {
  start();
  auto c = connect();
  for (const char* path : {"/throws", "/drops"}) {
    c.send(get(path));
    EXPECT_EQ(c.receive().problem(), "internal");
  }
  c.send(get("/parked"));
  parked_.take();  // let go of, on this thread
  EXPECT_EQ(c.receive().status, 500);
}

TEST_F(ConnectionTest, AResponderMayOutliveTheServer) {
  start();
  auto c = connect();
  c.send(get("/parked"));
  auto p = parked_.take();
  server_.reset();
  p.to->send({.body = "late"});
  EXPECT_FALSE(p.to->stream()->open());
}

TEST_F(ConnectionTest, AfterRunsUnlessAnsweredBefore) {
  start();
  auto c = connect();
  c.send(get("/parked"));
  auto p = parked_.take();
  p.to->after(2s, [to = p.to] { to->send({.status = 202, .body = "late"}); });
  settle();  // takes in the timer
  pass(1999ms);
  EXPECT_EQ(server_->stats().requests_in_flight.load(), 1u);
  pass(1ms);
  EXPECT_EQ(c.receive().status, 202);
  c.send(get("/parked"));
  auto q = parked_.take();
  auto ran = std::make_shared<std::atomic<bool>>(false);
  q.to->after(2s, [ran] { *ran = true; });
  q.to->send({.body = "in time"});
  EXPECT_EQ(c.receive().body, "in time");
  pass(3s);
  EXPECT_FALSE(*ran);
}

// ---- deadlines ----------------------------------------------------------------------------------

TEST_F(ConnectionTest, AnIdleConnectionIsClosedAfterAMinute) {
  start();
  auto c = connect();
  c.send(get("/echo"));
  EXPECT_EQ(c.receive().status, 200);
  pass(59s);
  c.send(get("/echo"));
  EXPECT_EQ(c.receive().status, 200);
  pass(61s);
  EXPECT_TRUE(c.closed());
}

TEST_F(ConnectionTest, ASlowHeadIsCutWith408) {
  start();
  auto c = connect();
  c.send(get("/echo"));  // so that the server has seen the connection
  EXPECT_EQ(c.receive().status, 200);
  c.send("GET /echo HTTP/1.1\r\nHost: a\r\n");
  ASSERT_TRUE(eventually(
      [&] { return server_->stats().bytes_received.load() == get("/echo").size() + 29; }));
  pass(9s);
  c.send("X: y\r\n");  // progress does not help: the whole head has ten seconds
  pass(2s);
  const auto r = c.receive();
  EXPECT_EQ(r.problem(), "request-timeout");
  EXPECT_EQ(r.status, 408);
  EXPECT_TRUE(c.closed());
  EXPECT_EQ(server_->stats().connections_timed_out.load(), 1u);
}

TEST_F(ConnectionTest, ABodyThatTricklesIsCutWith408) {
  start();
  auto c = connect();
  const std::string head = "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5000\r\n\r\n";
  c.send(head + std::string(2000, 'x'));
  const auto received = [&](std::size_t n) {
    return eventually([&] { return server_->stats().bytes_received.load() == n; });
  };
  ASSERT_TRUE(received(head.size() + 2000));
  pass(19s);
  c.send(std::string(2000, 'x'));
  ASSERT_TRUE(received(head.size() + 4000));
  pass(19s);  // moved by the second 2000 bytes
  c.send("y");
  ASSERT_TRUE(received(head.size() + 4001));
  pass(2s);  // but not by a single byte
  EXPECT_EQ(c.receive().status, 408);
  EXPECT_TRUE(c.closed());
}

TEST_F(ConnectionTest, ARequestNobodyAnswersGets503) {
  start();
  auto c = connect();
  c.send(get("/parked"));
  auto p = parked_.take();
  pass(59s);
  EXPECT_EQ(server_->stats().requests_in_flight.load(), 1u);
  pass(2s);
  const auto r = c.receive();
  EXPECT_EQ(r.problem(), "timeout");
  EXPECT_EQ(r.header("retry-after"), "1");
}

TEST_F(ConnectionTest, AClientThatDoesNotReadIsCut) {
  start();
  auto c = connect();
  c.send(get("/big?bytes=30000000"));
  ASSERT_TRUE(eventually([&] { return server_->stats().requests_in_flight.load() == 1; }));
  // As long as kernel buffers still grow there is progress; then there is none.
  EXPECT_TRUE(eventually([&] {
    clock_.advance(21s);
    return server_->stats().connections_open.load() == 0;
  }));
  EXPECT_LT(c.rest().size(), 30'000'000u);
}

TEST_F(ConnectionTest, OneConnectionTooManyIsToldSo) {
  options_.max_connections = 2;
  start();
  auto a = connect(), b = connect();
  for (auto* c : {&a, &b}) {
    c->send(get("/echo"));
    EXPECT_EQ(c->receive().status, 200);
  }
  auto third = connect();
  const auto r = third.receive();
  EXPECT_EQ(r.status, 503);
  EXPECT_EQ(r.problem(), "overloaded");
  EXPECT_EQ(r.header("retry-after"), "1");
  EXPECT_TRUE(third.closed());
  a.send(get("/echo"));
  EXPECT_EQ(a.receive().status, 200);
}

TEST_F(ConnectionTest, ManyConnectionsOverSeveralThreads) {
  options_.io_threads = 3;
  start();
  std::vector<std::unique_ptr<raw_client>> all;
  for (int i = 0; i < 200; ++i) all.push_back(std::make_unique<raw_client>(server_->port()));
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 200; ++i) all[i]->send(get("/items/" + std::to_string(i)));
    for (int i = 0; i < 200; ++i) ASSERT_EQ(all[i]->receive().body, std::to_string(i));
  }
  EXPECT_EQ(server_->stats().connections_open.load(), 200u);
}

TEST_F(ConnectionTest, ATakenPortIsAnError) {
  start();
  options_.port = server_->port();
  server second(options_, {}, {});
  EXPECT_ANY_THROW(second.start());
}

}  // namespace
}  // namespace atrium::http::test
