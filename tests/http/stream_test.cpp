// Server-sent events: order, resume, heartbeat, bounds, end.
#include <gmock/gmock.h>

#include <future>
#include <thread>

#include "tests/http/server_fixture.hpp"

namespace atrium::http::test {
namespace {

using namespace std::chrono_literals;

class StreamTest : public ServerFixture {
 protected:
  /// Asks for a stream on `c` and returns the producer's end.
  std::shared_ptr<event_stream> open(raw_client& c, std::string_view more_headers = "") {
    c.send(get("/parked", more_headers));
    auto p = parked_.take();
    asked_ = p.asked;
    return p.to->stream();
  }
  std::shared_ptr<const request> asked_;
};

TEST_F(StreamTest, EventsArriveInOrderInWireForm) {
  start();
  auto c = connect();
  auto s = open(c);
  EXPECT_TRUE(s->send("1", "booked", "{\"a\":1}"));
  EXPECT_TRUE(s->send("2", "", "two\nlines"));
  EXPECT_TRUE(s->send("", "x\nid: 9", "\r"));
  const auto r = c.receive();
  EXPECT_EQ(r.status, 200);
  EXPECT_EQ(r.header("content-type"), "text/event-stream");
  EXPECT_EQ(r.header("content-length"), "");
  s.reset();
  EXPECT_EQ(c.rest(),
            "id: 1\nevent: booked\ndata: {\"a\":1}\n\n"
            "id: 2\ndata: two\ndata: lines\n\n"
            "event: x\ndata: \ndata: \n\n");
}

TEST_F(StreamTest, TheHandlerSeesWhereToResume) {
  start();
  auto c = connect();
  auto s = open(c, "Last-Event-ID: 41\r\n");
  ASSERT_EQ(asked_->header("last-event-id"), "41");
  for (int i = 42; i < 1042; ++i) EXPECT_TRUE(s->send(std::to_string(i), "e", "backlog"));
  s.reset();
  EXPECT_EQ(c.receive().status, 200);
  const auto all = c.rest();
  EXPECT_TRUE(all.starts_with("id: 42\n"));
  EXPECT_TRUE(all.ends_with("id: 1041\nevent: e\ndata: backlog\n\n"));
}

TEST_F(StreamTest, ASilentStreamBeats) {
  start();
  auto c = connect();
  auto s = open(c);
  EXPECT_EQ(c.receive().status, 200);
  pass(14s);
  s->send("1", "e", "d");
  EXPECT_TRUE(c.receive_until("data: d\n\n"));
  pass(14s);  // the event counts as a beat
  EXPECT_EQ(c.unread(), "");
  pass(2s);
  EXPECT_TRUE(c.receive_until(": still here\n\n"));
  pass(16s);
  EXPECT_TRUE(c.receive_until(": still here\n\n"));
}

TEST_F(StreamTest, AStreamEndsWithTheCredentialsThatOpenedIt) {
  start();
  auto c = connect();
  auto s = open(c, "Authorization: Bearer brief\r\n");
  EXPECT_EQ(c.receive().status, 200);
  pass(29s);
  EXPECT_TRUE(c.receive_until(": still here\n\n"));
  EXPECT_TRUE(s->open());
  pass(1s);
  EXPECT_EQ(c.rest(), "");
  EXPECT_FALSE(s->open());
}

TEST_F(StreamTest, TheProducerLearnsThatTheClientHasGone) {
  start();
  auto c = std::make_unique<raw_client>(server_->port());
  auto s = open(*c);
  std::promise<void> gone;
  s->on_close([&] { gone.set_value(); });
  EXPECT_TRUE(s->open());
  c.reset();
  EXPECT_EQ(gone.get_future().wait_for(20s), std::future_status::ready);
  EXPECT_FALSE(s->open());
  EXPECT_FALSE(s->send("1", "e", "d"));
  EXPECT_EQ(server_->stats().streams_open.load(), 0u);
}

TEST_F(StreamTest, AReaderThatIsTooSlowIsDroppedAtTheBound) {
  options_.stream_queue_bytes = 64 * 1024;
  start();
  auto c = connect();
  auto s = open(c);
  std::promise<void> gone;
  s->on_close([&] { gone.set_value(); });
  const std::string data(16 * 1024, 'x');
  std::size_t sent = 0;
  // The kernel takes some MiB; then the queue fills and refuses.
  while (s->send("", "e", data) && sent < 256u << 20) sent += data.size();
  EXPECT_LT(sent, 256u << 20);
  EXPECT_FALSE(s->open());
  EXPECT_EQ(gone.get_future().wait_for(20s), std::future_status::ready);
}

TEST_F(StreamTest, AReaderThatBlocksTheWriteIsDroppedAtTheBoundToo) {
  options_.stream_queue_bytes = 64 * 1024;
  start();
  auto c = connect();
  auto s = open(c);
  std::promise<void> gone;
  s->on_close([&] { gone.set_value(); });
  const std::string data(16 * 1024, 'x');
  std::size_t sent = 0;
  // One at a time, so that the kernel's buffers are full before the queue is.
  while (s->send("", "e", data) && sent < 256u << 20) {
    sent += data.size();
    settle();
  }
  EXPECT_LT(sent, 256u << 20);
  EXPECT_EQ(gone.get_future().wait_for(20s), std::future_status::ready);
}

TEST_F(StreamTest, OneStreamTooManyGets503AndAClosedStream) {
  options_.max_streams = 1;
  start();
  auto c = connect(), d = connect();
  auto first = open(c);
  EXPECT_EQ(c.receive().status, 200);
  auto second = open(d);
  EXPECT_FALSE(second->open());
  EXPECT_FALSE(second->send("1", "e", "d"));
  const auto r = d.receive();
  EXPECT_EQ(r.problem(), "overloaded");
  EXPECT_EQ(r.header("retry-after"), "5");
  first.reset();
  EXPECT_EQ(c.rest(), "");
  auto third = open(d);  // on the connection that was refused before
  EXPECT_TRUE(third->open());
}

TEST_F(StreamTest, DrainEndsStreams) {
  start();
  auto c = std::make_unique<raw_client>(server_->port());
  auto s = open(*c);
  std::promise<void> ended;
  s->on_close([&] { ended.set_value(); });
  EXPECT_EQ(c->receive().status, 200);
  std::thread client([&] {
    EXPECT_EQ(c->rest(), "");
    c.reset();
  });
  EXPECT_TRUE(server_->drain(20s));
  client.join();
  EXPECT_EQ(ended.get_future().wait_for(20s), std::future_status::ready);
}

TEST_F(StreamTest, StopEndsStreamsToo) {
  start();
  auto c = connect();
  auto s = open(c);
  bool ended = false;
  s->on_close([&] { ended = true; });
  server_->stop();
  EXPECT_TRUE(ended);
  EXPECT_FALSE(s->send("1", "e", "d"));
}

TEST_F(StreamTest, ManyThreadsMaySendAtOnce) {
  options_.stream_queue_bytes = 16 * 1024 * 1024;
  start();
  auto c = connect();
  auto s = open(c);
  std::vector<std::thread> all;
  for (int t = 0; t < 4; ++t)
    all.emplace_back([&] {
      for (int i = 0; i < 500; ++i) EXPECT_TRUE(s->send("", "", "0123456789"));
    });
  for (auto& t : all) t.join();
  s.reset();
  EXPECT_EQ(c.receive().status, 200);
  EXPECT_EQ(c.rest().size(), 2000 * std::string("data: 0123456789\n\n").size());
}

TEST_F(StreamTest, HeadOfAStreamIsItsHeadAlone) {
  start();
  auto c = connect();
  c.send("HEAD /parked HTTP/1.1\r\nHost: a\r\n\r\n");
  auto s = parked_.take().to->stream();
  EXPECT_EQ(c.receive(true).header("content-type"), "text/event-stream");
  EXPECT_TRUE(c.closed());
}

}  // namespace
}  // namespace atrium::http::test
