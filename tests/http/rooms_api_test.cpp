#include "tests/http/api_fixture.hpp"

namespace atrium::test {
namespace {

class RoomsApiTest : public ApiTest {};

TEST_F(RoomsApiTest, RegisteredRoomIsReadBackWithDefaults) {
  const auto made = post(
      who::op, "/v1/rooms",
      R"({"name":"Hall","capacity":8,"timeZone":"Asia/Seoul","pricePerHour":{"amount":11000,"currency":"KRW"}})");
  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(header(made, "Location"), "/v1/rooms/" + at(made, "/id"));
  EXPECT_FALSE(header(made, "Atrium-Position").empty());
  const auto read_back = call(who::customer, "GET", header(made, "Location"));
  EXPECT_EQ(read_back.body, made.body);
  EXPECT_EQ(header(read_back, "ETag"), header(made, "ETag"));
  EXPECT_EQ(at(read_back, "/stepMinutes"), "15");
  EXPECT_EQ(at(read_back, "/status"), "active");
  EXPECT_EQ(at(read_back, "/rating/count"), "0");
}

TEST_F(RoomsApiTest, UnchangedRoomIs304) {
  const auto target = "/v1/rooms/" + make_room();
  const auto first = call(who::customer, "GET", target);
  const auto again = call(who::customer, "GET", target, "",
                          {{"if-none-match", "\"x\", W/" + header(first, "ETag")}});
  EXPECT_EQ(again.status, 304);
  EXPECT_EQ(again.body, "");
  EXPECT_EQ(call(who::customer, "GET", target, "", {{"if-none-match", "\"x\""}}).status, 200);
}

TEST_F(RoomsApiTest, PatchNeedsTheCurrentEtag) {
  const auto target = "/v1/rooms/" + make_room();
  const auto seen = header(call(who::op, "GET", target), "ETag");
  const auto patch = [&](const std::string& body, header_list headers) {
    return call(who::op, "PATCH", target, body, std::move(headers));
  };
  EXPECT_EQ(patch(R"({"capacity":9})", {}).status, 428);
  EXPECT_EQ(patch(R"({"capacity":9})", {{"if-match", "\"99-x\""}}).status, 412);
  EXPECT_EQ(patch(R"({"capacity":9})", {{"if-match", "garbage"}}).status, 412);
  const auto changed = patch(
      R"({"capacity":9})", {{"if-match", seen}, {"content-type", "application/merge-patch+json"}});
  ASSERT_EQ(changed.status, 200) << changed.body;
  EXPECT_EQ(at(changed, "/capacity"), "9");
  EXPECT_EQ(at(changed, "/name"), "Hall");
  EXPECT_EQ(patch(R"({"capacity":10})", {{"if-match", seen}}).status, 412);
  EXPECT_EQ(patch(R"({"capacity":10})", {{"if-match", "*"}}).status, 200);
  EXPECT_EQ(call(who::op, "GET", target).body.find("\"capacity\":10") == std::string::npos, false);
}

TEST_F(RoomsApiTest, BodiesAreCheckedStrictly) {
  const auto status = [&](const std::string& body, header_list headers = {}) {
    return call(who::op, "POST", "/v1/rooms", body, std::move(headers)).status;
  };
  EXPECT_EQ(status("{"), 400);
  EXPECT_EQ(status(std::string(100'000, '[')), 400);
  EXPECT_EQ(status(std::string(1'000'000, '[')), 400);
  EXPECT_EQ(status("{\"capacity\":1e999}"), 400);
  EXPECT_EQ(status("{}"), 422);
  EXPECT_EQ(status("{}", {{"content-type", "text/plain"}}), 415);
  EXPECT_EQ(status("{}", {{"content-type", "application/json; charset=utf-8"}}), 422);
  const auto wrong = post(who::op, "/v1/rooms", R"({"name":"x","colour":1})");
  EXPECT_EQ(at(wrong, "/code"), "validation");
  EXPECT_EQ(at(wrong, "/violations"), "array of 4");
}

TEST_F(RoomsApiTest, ListsAreFilteredAndPaged) {
  for (int i = 0; i < 5; ++i) make_room(R"(,"site":"North","amenities":["screen"])");
  make_room(R"(,"site":"South")");
  EXPECT_EQ(at(call(who::customer, "GET", "/v1/rooms"), "/items"), "array of 6");
  EXPECT_EQ(at(call(who::customer, "GET", "/v1/rooms?site=South"), "/items"), "array of 1");
  EXPECT_EQ(at(call(who::customer, "GET", "/v1/rooms?amenity=screen"), "/items"), "array of 5");
  EXPECT_EQ(at(call(who::customer, "GET", "/v1/rooms?capacity=9"), "/items"), "array of 0");
  std::size_t seen = 0, pages = 0;
  for (std::string cursor; pages == 0 || !cursor.empty(); ++pages) {
    ASSERT_LT(pages, 10u);
    const auto page = call(who::customer, "GET",
                           "/v1/rooms?limit=4" + (cursor.empty() ? "" : "&cursor=" + cursor));
    ASSERT_EQ(page.status, 200) << page.body;
    seen += static_cast<std::size_t>(std::stoi(at(page, "/items").substr(9)));
    cursor = at(page, "/nextCursor");
    EXPECT_EQ(header(page, "Link").empty(), cursor == "null");
    if (cursor == "null") cursor.clear();
  }
  EXPECT_EQ(seen, 6u);
  EXPECT_EQ(pages, 2u);
}

TEST_F(RoomsApiTest, QueriesAreCheckedStrictly) {
  for (const auto* query : {"limit=0", "limit=201", "limit=ten", "limit=", "capacity=-1",
                            "colour=red", "status=gone", "limit=5&limit=6"}) {
    const auto r = call(who::customer, "GET", std::string("/v1/rooms?") + query);
    EXPECT_EQ(r.status, 422) << query;
    EXPECT_EQ(at(r, "/violations/0/pointer").front(), '?') << query;
  }
  EXPECT_GE(call(who::customer, "GET", "/v1/rooms?cursor=forged").status, 400);
  EXPECT_EQ(call(who::customer, "GET", "/v1/rooms?limit=200").status, 200);
}

TEST_F(RoomsApiTest, RoomWithFutureBookingsIsNotDeletedByMistake) {
  const auto room = make_room();
  const auto id = make_booking(who::customer, room, 1, "k1");
  const auto target = "/v1/rooms/" + room;
  EXPECT_EQ(call(who::op, "DELETE", target).status, 428);
  const auto refused = call(who::op, "DELETE", target, "", {{"if-match", "*"}});
  EXPECT_EQ(refused.status, 409);
  EXPECT_EQ(at(refused, "/code"), "room-has-bookings");
  EXPECT_EQ(at(refused, "/conflicting/0"), id);
  const auto gone =
      call(who::op, "DELETE", target + "?cancelBookings=true", "", {{"if-match", "*"}});
  EXPECT_EQ(gone.status, 200);
  EXPECT_EQ(at(gone, "/cancelled/0"), id);
  EXPECT_EQ(at(call(who::op, "GET", target), "/status"), "retired");
}

TEST_F(RoomsApiTest, RoomWithoutBookingsIsRetiredWithoutWords) {
  const auto target = "/v1/rooms/" + make_room();
  const auto gone = call(who::op, "DELETE", target, "",
                         {{"if-match", header(call(who::op, "GET", target), "ETag")}});
  EXPECT_EQ(gone.status, 204);
  EXPECT_EQ(gone.body, "");
  EXPECT_FALSE(header(gone, "Atrium-Position").empty());
}

TEST_F(RoomsApiTest, BlackoutsCloseTheRoom) {
  const auto room = make_room();
  const auto base = "/v1/rooms/" + room + "/blackouts";
  const auto made =
      post(who::op, base,
           R"({"start":"2026-11-24T00:00:00Z","end":"2026-11-25T00:00:00Z","reason":"Painting"})");
  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(at(call(who::customer, "GET", base), "/items/0/reason"), "Painting");
  EXPECT_EQ(at(post(who::customer, "/v1/reservations", booking_body(room, 1), "k1"), "/code"),
            "slot-taken");
  EXPECT_EQ(call(who::op, "DELETE", base + "/" + at(made, "/id")).status, 204);
  EXPECT_EQ(at(call(who::customer, "GET", base), "/items"), "array of 0");
  EXPECT_EQ(call(who::op, "DELETE", base + "/nothing").status, 404);
}

TEST_F(RoomsApiTest, UnknownAndOverlongIdsAre404) {
  EXPECT_EQ(call(who::customer, "GET", "/v1/rooms/nothing").status, 404);
  EXPECT_EQ(call(who::customer, "GET", "/v1/rooms/" + std::string(2000, 'x')).status, 404);
  EXPECT_EQ(call(who::customer, "GET", "/v1/reservations/" + std::string(2000, 'x')).status, 404);
}

TEST_F(RoomsApiTest, AvailabilityTellsFreeRoomsAndWhyOthersAreNot) {
  const auto free = make_room();
  const auto taken = make_room();
  const auto small = make_room(R"(,"amenities":["screen"])");
  make_booking(who::customer, taken, 1, "k1");
  const auto found =
      call(who::customer, "GET",
           "/v1/availability?start=2026-11-24T01:00:00Z&end=2026-11-24T02:00:00Z&capacity=4");
  ASSERT_EQ(found.status, 200) << found.body;
  EXPECT_EQ(at(found, "/free"), "array of 2");
  EXPECT_EQ(at(found, "/unavailable/0/room/id"), taken);
  EXPECT_EQ(at(found, "/unavailable/0/reason"), "slot-taken");
  EXPECT_EQ(at(found, "/free/0/price/amount"), "11000");
  EXPECT_EQ(call(who::customer, "GET", "/v1/availability").status, 422);
  EXPECT_EQ(call(who::customer, "GET",
                 "/v1/availability?start=2026-11-24T01:00:00&end=2026-11-24T02:00:00Z")
                .status,
            422);
  EXPECT_EQ(call(who::customer, "GET",
                 "/v1/availability?start=2026-11-24T02:00:00Z&end=2026-11-24T01:00:00Z")
                .status,
            422);
  for (const auto* duration : {"60", "PT1H", "PT30M", "PT1H30M"})
    EXPECT_EQ(
        call(who::customer, "GET",
             std::string(
                 "/v1/availability?start=2026-11-24T01:00:00Z&end=2026-11-24T05:00:00Z&duration=") +
                 duration)
            .status,
        200)
        << duration;
  for (const auto* duration : {"0", "P1D", "PT", "abc", "-5"})
    EXPECT_EQ(
        call(who::customer, "GET",
             std::string(
                 "/v1/availability?start=2026-11-24T01:00:00Z&end=2026-11-24T05:00:00Z&duration=") +
                 duration)
            .status,
        422)
        << duration;
}

TEST_F(RoomsApiTest, QuoteTellsPriceAndRefundTerms) {
  const auto room = make_room();
  const auto body = [&](const std::string& end) {
    return R"({"roomId":")" + room + R"(","start":"2026-11-24T01:00:00Z","end":")" + end + R"("})";
  };
  const auto quoted = post(who::customer, "/v1/quotes", body("2026-11-24T02:30:00Z"));
  ASSERT_EQ(quoted.status, 200) << quoted.body;
  EXPECT_EQ(at(quoted, "/price/amount"), "16500");
  EXPECT_EQ(at(quoted, "/cancellation/refund/amount"), "16500");
  EXPECT_EQ(at(quoted, "/available"), "true");
  make_booking(who::other, room, 2, "k1");
  EXPECT_EQ(at(post(who::customer, "/v1/quotes", body("2026-11-24T02:30:00Z")), "/available"),
            "false");
  const auto odd = post(who::customer, "/v1/quotes", body("2026-11-24T02:07:00Z"));
  EXPECT_EQ(odd.status, 422);
  EXPECT_EQ(at(odd, "/code"), "rule-violation");
}

TEST_F(RoomsApiTest, AliasesAnswerTheSame) {
  const auto room = make_room();
  EXPECT_EQ(call(who::customer, "GET", "/offices/" + room).body,
            call(who::customer, "GET", "/v1/rooms/" + room).body);
  EXPECT_EQ(call(who::customer, "GET", "/offices").body,
            call(who::customer, "GET", "/v1/rooms").body);
  EXPECT_EQ(call(who::customer, "GET", "/officeviews").body,
            call(who::customer, "GET", "/v1/board").body);
}

}  // namespace
}  // namespace atrium::test
