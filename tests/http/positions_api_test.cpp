#include "http/routes_common.hpp"
#include "tests/http/api_fixture.hpp"

namespace atrium::test {
namespace {

/// Reading what was written: nobody is told an old state as the current one.
class PositionsApiTest : public ApiTest {
 protected:
  static std::string slot_of(const std::string& room) {
    return R"({"roomId":")" + room +
           R"(","start":"2026-11-24T01:00:00Z","end":"2026-11-24T02:00:00Z"})";
  }
  void show_views() {
    views_paused = false;
    follow();
  }
  /// Those who wait for what never comes.
  std::vector<view::waiters::place> crowd(std::size_t size) {
    std::vector<view::waiters::place> waiting;
    while (waiting.size() < size)
      waiting.push_back(std::move(read->when_reached(999'999, [] {})).value());
    return waiting;
  }
  /// What comes once views follow, after nothing came while they were late.
  http::response answered_when_shown(const std::shared_ptr<recorded_answer>& out) {
    EXPECT_EQ(out->answers, 0);
    show_views();
    out->pass(std::chrono::milliseconds(0));
    EXPECT_EQ(out->answers, 1);
    return out->answer.value_or(http::response{.status = 0});
  }
};

TEST_F(PositionsApiTest, LocationOfAWriteCanBeFollowedAtOnce) {
  views_paused = true;
  const auto room = make_room();
  const auto early = start(who::customer, "GET", "/v1/rooms/" + room);
  EXPECT_EQ(early->answers, 0);
  views_paused = false;
  follow();
  early->pass(std::chrono::milliseconds(0));
  ASSERT_EQ(early->answers, 1);
  EXPECT_EQ(early->answer->status, 200);
}

TEST_F(PositionsApiTest, MinPositionWaitsForTheReadModel) {
  views_paused = true;
  const auto made = post(
      who::op, "/v1/rooms",
      R"({"name":"Hall","capacity":8,"timeZone":"Asia/Seoul","pricePerHour":{"amount":1,"currency":"KRW"}})");
  ASSERT_EQ(made.status, 201);
  const header_list want{{"atrium-min-position", header(made, "Atrium-Position")}};
  const auto waiting = start(who::op, "GET", "/v1/rooms/" + at(made, "/id"), "", want);
  EXPECT_EQ(waiting->answers, 0);
  views_paused = false;
  follow();
  waiting->pass(std::chrono::milliseconds(0));
  ASSERT_EQ(waiting->answers, 1);
  EXPECT_EQ(waiting->answer->status, 200);

  const auto never = start(who::op, "GET", "/v1/rooms", "", {{"atrium-min-position", "999999"}});
  never->pass(std::chrono::milliseconds(1'999));
  EXPECT_EQ(never->answers, 0);
  never->pass(std::chrono::milliseconds(2'000));
  ASSERT_EQ(never->answers, 1);
  EXPECT_EQ(at(*never->answer, "/code"), "view-behind");
  EXPECT_FALSE(header(*never->answer, "Retry-After").empty());
  EXPECT_EQ(call(who::op, "GET", "/v1/rooms", "", {{"atrium-min-position", "soon"}}).status, 400);
}

TEST_F(PositionsApiTest, BeyondTenThousandWaitingAReadIsRefusedAtOnce) {
  auto waiting = crowd(view::waiters::most);
  const header_list ahead{{"atrium-min-position", "999999"}};
  const auto refused = call(who::op, "GET", "/v1/rooms", "", ahead);
  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(at(refused, "/code"), "overloaded");
  EXPECT_NE(at(refused, "/detail").find("without Atrium-Min-Position"), std::string::npos);
  EXPECT_EQ(header(refused, "Retry-After"), "2");
  EXPECT_EQ(call(who::op, "GET", "/v1/rooms").status, 200);
  waiting.pop_back();
  const auto let_in = start(who::op, "GET", "/v1/rooms", "", ahead);
  EXPECT_EQ(let_in->answers, 0);
  let_in->pass(std::chrono::milliseconds(2'000));
}

TEST_F(PositionsApiTest, WhoeverWasToldToComeAgainWaitsNoLonger) {
  auto waiting = crowd(view::waiters::most - 1);
  for (int i = 0; i < 3; ++i) {
    const auto late = start(who::op, "GET", "/v1/rooms", "", {{"atrium-min-position", "999999"}});
    EXPECT_EQ(late->answers, 0);
    late->pass(std::chrono::milliseconds(2'000));
    ASSERT_EQ(late->answers, 1);
    EXPECT_EQ(at(*late->answer, "/code"), "view-behind");
  }
}

TEST_F(PositionsApiTest, HoldIsPlacedThoughTooManyWait) {
  views_paused = true;
  auto waiting = crowd(view::waiters::most);
  const auto room = make_room();
  const auto held =
      call(who::customer, "POST", "/v1/holds", slot_of(room), {{"idempotency-key", "k1"}});
  EXPECT_EQ(held.status, 201) << held.body;
}

TEST_F(PositionsApiTest, CancelledBookingIsNeverShownAsItWas) {
  const auto booking = "/v1/reservations/" + make_booking(who::customer, make_room(), 1, "k1");
  views_paused = true;
  const auto done = post(who::customer, booking + "/cancellation", "{}", "c1");
  ASSERT_EQ(done.status, 201) << done.body;
  const header_list seen{{"atrium-min-position", header(done, "Atrium-Position")}};
  const auto early = start(who::customer, "GET", booking, "", seen);
  early->pass(std::chrono::milliseconds(2'000));
  ASSERT_EQ(early->answers, 1);
  EXPECT_EQ(early->answer->status, 503);
  EXPECT_EQ(at(*early->answer, "/code"), "view-behind");
  const auto again = post(who::customer, booking + "/cancellation", "{}", "c1");
  EXPECT_EQ(header(again, "Atrium-Position"), header(done, "Atrium-Position"));
  const auto shown = answered_when_shown(start(who::customer, "GET", booking, "", seen));
  EXPECT_EQ(at(shown, "/status"), "cancelled");
  EXPECT_NE(at(shown, "/payment/status"), "captured");
}

TEST_F(PositionsApiTest, QuoteOfANewRoomWaitsForTheReadModel) {
  views_paused = true;
  const auto room = make_room();
  const auto quoted =
      answered_when_shown(start(who::customer, "POST", "/v1/quotes", slot_of(room)));
  EXPECT_EQ(quoted.status, 200) << quoted.body;
}

TEST_F(PositionsApiTest, QuoteHonoursMinPosition) {
  const auto room = make_room();
  views_paused = true;
  const auto booked = post(who::other, "/v1/reservations", booking_body(room, 1), "k1");
  const auto quoted =
      answered_when_shown(start(who::customer, "POST", "/v1/quotes", slot_of(room),
                                {{"atrium-min-position", header(booked, "Atrium-Position")}}));
  EXPECT_EQ(at(quoted, "/available"), "false");
}

TEST_F(PositionsApiTest, HoldInANewRoomNamesItsTimeZone) {
  views_paused = true;
  const auto room = make_room();
  const auto held = answered_when_shown(
      start(who::customer, "POST", "/v1/holds", slot_of(room), {{"idempotency-key", "k1"}}));
  EXPECT_EQ(held.status, 201) << held.body;
  EXPECT_EQ(at(held, "/timeZone"), "Asia/Seoul");
}

TEST_F(PositionsApiTest, HoldIsPlacedThoughViewsStayLate) {
  views_paused = true;
  const auto room = make_room();
  const auto held =
      start(who::customer, "POST", "/v1/holds", slot_of(room), {{"idempotency-key", "k1"}});
  held->pass(std::chrono::milliseconds(2'000));
  ASSERT_EQ(held->answers, 1);
  EXPECT_EQ(held->answer->status, 201);
}

TEST_F(PositionsApiTest, MessageIsMissingOnlyInACurrentReadModel) {
  views_paused = true;
  make_room();
  const auto marked =
      answered_when_shown(start(who::customer, "POST", "/v1/notifications/999/read"));
  EXPECT_EQ(marked.status, 404);
}

TEST_F(PositionsApiTest, HistoryIsNotCutShortByALateIndex) {
  const auto id = make_booking(who::customer, make_room(), 1, "k1");
  post(who::customer, "/v1/reservations/" + id + "/cancellation", "{}", "c1");
  memory_stream_index late(log);
  http::api_context lagging{desk,    *read, late, log, clock, *keys, *feed, "0.1.0",
                            clock.t, {},    {},   {},  {},    {},    {},    {}};
  auto asked = std::make_shared<http::request>();
  asked->params = {id};
  asked->caller.account = account_id("acc_customer");
  http::routes all;
  http::add_history_routes(lagging, all);
  http::add_cancellation_routes(lagging, all);
  for (const auto& one : all) {
    if (one.method != http::verb::get) continue;
    const auto out = std::make_shared<recorded_answer>();
    one.handle(asked, out);
    ASSERT_EQ(out->answers, 1) << one.pattern;
    EXPECT_EQ(out->answer->status, 503) << one.pattern << out->answer->body;
  }
}

}  // namespace
}  // namespace atrium::test
