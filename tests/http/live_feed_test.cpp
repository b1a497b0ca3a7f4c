#include "http/live_feed.hpp"

#include "tests/http/api_fixture.hpp"

namespace atrium::test {
namespace {

class LiveFeedTest : public ApiTest {
 protected:
  LiveFeedTest() { feed->start(); }

  std::shared_ptr<recorded_stream> follow_events(who as, header_list headers = {}) {
    const auto out = start(as, "GET", "/v1/events", "", std::move(headers));
    EXPECT_TRUE(out->streamed);
    return out->streamed;
  }
  static std::vector<std::string> types(const recorded_stream& s) {
    std::vector<std::string> all;
    for (const auto& e : s.all()) all.push_back(e.event);
    return all;
  }
};

TEST_F(LiveFeedTest, CustomersSeeTheirOwnEventsAndOperatorsAll) {
  const auto room = make_room();
  const auto mine = follow_events(who::customer), others = follow_events(who::other),
             all = follow_events(who::op);
  make_booking(who::customer, room, 1, "k1");
  ASSERT_TRUE(mine->wait_for(3));
  ASSERT_TRUE(all->wait_for(3));
  // A public event after it shows that nothing of the booking is still on its way to the other one.
  make_room();
  ASSERT_TRUE(others->wait_for(1));
  EXPECT_EQ(types(*others), std::vector<std::string>{"room.registered"});
  EXPECT_EQ(types(*mine).front(), "reservation.held");
  const auto first = mine->all().front();
  EXPECT_EQ(at(http::response{.body = first.data}, "/id"), first.id);
  EXPECT_EQ(at(http::response{.body = first.data}, "/specversion"), "1.0");
}

TEST_F(LiveFeedTest, StreamResumesAfterTheLastEventSeen) {
  const auto room = make_room();
  for (int h = 0; h < 23; ++h) make_booking(who::customer, room, h, "k" + std::to_string(h));
  const auto from_start = follow_events(who::customer, {{"last-event-id", "0"}});
  ASSERT_TRUE(from_start->wait_for(1 + 23 * 3));
  const auto all = from_start->all();
  const auto resumed = follow_events(who::customer, {{"last-event-id", all[40].id}});
  ASSERT_TRUE(resumed->wait_for(all.size() - 41));
  const auto rest = resumed->all();
  for (std::size_t i = 0; i < rest.size(); ++i) EXPECT_EQ(rest[i].id, all[41 + i].id);
  EXPECT_EQ(call(who::customer, "GET", "/v1/events", "", {{"last-event-id", "abc"}}).status, 400);
}

TEST_F(LiveFeedTest, BoardIsSentAtOnceAndAfterEachChangeInItsRange) {
  const auto room = make_room();
  const auto out =
      start(who::customer, "GET", "/v1/board?from=2026-11-24T00:00:00Z&to=2026-11-24T12:00:00Z", "",
            {{"accept", "text/event-stream"}});
  ASSERT_TRUE(out->streamed);
  ASSERT_TRUE(out->streamed->wait_for(1));
  EXPECT_EQ(at(http::response{.body = out->streamed->all()[0].data}, "/rooms/0/bookings"),
            "array of 0");
  // Out of its range: nothing is sent for it, so the next event already shows the one in range.
  make_booking(who::customer, room, 20, "k1");
  make_booking(who::customer, room, 1, "k2");
  ASSERT_TRUE(out->streamed->wait_for(2));
  const auto sent = out->streamed->all();
  EXPECT_EQ(sent[1].event, "board");
  EXPECT_EQ(at(http::response{.body = sent[1].data}, "/rooms/0/bookings"), "array of 1");
}

TEST_F(LiveFeedTest, RevokingAKeyEndsTheStreamsOfItsAccount) {
  const auto stream = std::weak_ptr(follow_events(who::customer));
  const auto made = post(who::customer, "/v1/accounts/acc_customer/keys", R"({"name":"x"})");
  call(who::customer, "DELETE", header(made, "Location"));
  const auto other = follow_events(who::op);
  make_room();
  ASSERT_TRUE(other->wait_for(1));
  EXPECT_TRUE(stream.expired());
}

TEST_F(LiveFeedTest, StoppedFeedTakesNoStreams) {
  feed->stop();
  EXPECT_EQ(call(who::customer, "GET", "/v1/events").status, 503);
  EXPECT_EQ(feed->streams(), 0u);
}

TEST_F(LiveFeedTest, StreamsAreBounded) {
  http::live_feed small(*read, log, {.most_streams = 1});
  small.start();
  EXPECT_TRUE(small.has_room());
  const auto stream = std::make_shared<recorded_stream>();
  small.follow_events(stream, {}, 0);
  EXPECT_FALSE(small.has_room());
  small.stop();
}

}  // namespace
}  // namespace atrium::test
