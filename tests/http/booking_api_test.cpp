#include "http/idempotency.hpp"
#include "tests/http/api_fixture.hpp"

namespace atrium::test {
namespace {

class BookingApiTest : public ApiTest {};

TEST_F(BookingApiTest, BookingIsAnsweredPaidAndReadBackAlike) {
  const auto room = make_room();
  const auto booked = post(who::customer, "/v1/reservations", booking_body(room, 1), "k1");
  ASSERT_EQ(booked.status, 201) << booked.body;
  const auto id = at(booked, "/id");
  EXPECT_EQ(id, http::saga_id_of(account_id("acc_customer"), "k1").str());
  EXPECT_EQ(header(booked, "Location"), "/v1/reservations/" + id);
  EXPECT_EQ(at(booked, "/status"), "confirmed");
  EXPECT_EQ(at(booked, "/payment/captured/amount"), "11000");
  EXPECT_EQ(at(booked, "/payment/refunded/amount"), "0");
  const auto shown = call(who::customer, "GET", header(booked, "Location"), "",
                          {{"atrium-min-position", header(booked, "Atrium-Position")}});
  ASSERT_EQ(shown.status, 200);
  for (const auto* field :
       {"/id", "/status", "/start", "/end", "/price/amount", "/payment/id", "/payment/status",
        "/payment/captured/amount", "/createdAt", "/title", "/timeZone"})
    EXPECT_EQ(at(shown, field), at(booked, field)) << field;
}

TEST_F(BookingApiTest, RepeatedRequestGetsTheSameBytes) {
  const auto room = make_room();
  const auto first = post(who::customer, "/v1/reservations", booking_body(room, 1), "k1");
  clock.t += std::chrono::hours(1);
  call(who::op, "PATCH", "/v1/rooms/" + room, R"({"name":"Renamed"})", {{"if-match", "*"}});
  const auto again =
      post(who::customer, "/v1/reservations", " " + booking_body(room, 1) + " ", "k1");
  EXPECT_EQ(again.status, 201);
  EXPECT_EQ(again.body, first.body);
  EXPECT_EQ(header(again, "Atrium-Replayed"), "true");
  EXPECT_EQ(header(first, "Atrium-Replayed"), "");
  EXPECT_EQ(header(again, "Atrium-Position"), header(first, "Atrium-Position"));
  EXPECT_EQ(header(again, "ETag"), header(first, "ETag"));
  EXPECT_EQ(header(again, "Location"), header(first, "Location"));
  EXPECT_EQ(at(post(who::customer, "/reservations", booking_body(room, 1), "k1"), "/id"),
            at(first, "/id"));
}

TEST_F(BookingApiTest, RepeatedRefusalGetsTheSameBytes) {
  const auto room = make_room();
  make_booking(who::other, room, 1, "k0");
  const auto first = post(who::customer, "/v1/reservations", booking_body(room, 1), "k1");
  EXPECT_EQ(first.status, 409);
  EXPECT_EQ(at(first, "/code"), "slot-taken");
  const auto again = post(who::customer, "/v1/reservations", booking_body(room, 1), "k1");
  EXPECT_EQ(again.body, first.body);
  EXPECT_EQ(header(again, "Atrium-Replayed"), "true");
}

TEST_F(BookingApiTest, OneKeyIsOneRequest) {
  const auto room = make_room();
  const auto id = make_booking(who::customer, room, 1, "k1");
  const auto conflict = [&](const http::response& r) {
    EXPECT_EQ(r.status, 422);
    EXPECT_EQ(at(r, "/code"), "idempotency-conflict");
  };
  conflict(post(who::customer, "/v1/reservations", booking_body(room, 2), "k1"));
  conflict(post(who::customer, "/v1/reservations/" + id + "/cancellation", "{}", "k1"));
  conflict(post(
      who::customer, "/v1/holds",
      R"({"roomId":")" + room + R"(","start":"2026-11-24T05:00:00Z","end":"2026-11-24T06:00:00Z"})",
      "k1"));
  // Another person's key of that name is another key.
  EXPECT_EQ(post(who::other, "/v1/reservations", booking_body(room, 2), "k1").status, 201);
}

TEST_F(BookingApiTest, KeyIsRequiredWhereMoneyMoves) {
  for (const auto* target : {"/v1/reservations", "/v1/holds", "/v1/reservations/x/cancellation"}) {
    const auto r = post(who::customer, target, "{}");
    EXPECT_EQ(r.status, 400) << target;
    EXPECT_NE(at(r, "/detail").find("Idempotency-Key"), std::string::npos);
  }
}

TEST_F(BookingApiTest, DeclinedPaymentIs402) {
  const auto r = post(who::customer, "/v1/reservations",
                      booking_body(make_room(), 1, "pm_card_chargeDeclined"), "k1");
  EXPECT_EQ(r.status, 402);
  EXPECT_EQ(at(r, "/code"), "payment-declined");
  EXPECT_EQ(at(r, "/reason"), "card_declined");
}

TEST_F(BookingApiTest, UndecidedBookingIs202AndFoundAtItsAddress) {
  const auto room = make_room();
  desk.planted_saga = saga_answer{.still_running = true};
  const auto r = post(who::customer, "/v1/reservations", booking_body(room, 1), "k1");
  EXPECT_EQ(r.status, 202);
  EXPECT_EQ(at(r, "/status"), "awaiting_payment");
  EXPECT_EQ(header(r, "Location"), "/v1/reservations/" + at(r, "/id"));
  EXPECT_FALSE(header(r, "Retry-After").empty());
  EXPECT_EQ(at(r, "/roomId"), room);
}

TEST_F(BookingApiTest, ABookingWhoseCustomerHasToActIs202WithWhatToDo) {
  desk.planted_saga =
      saga_answer{.still_running = true,
                  .action = customer_action{"redirect", "https://bank.example/1", "pi_1_secret_x",
                                            *parse_instant("2026-11-23T09:15:00Z")}};
  const auto r = post(who::customer, "/v1/reservations", booking_body(make_room(), 1), "k1");
  EXPECT_EQ(r.status, 202);
  EXPECT_EQ(at(r, "/status"), "awaiting_payment");
  EXPECT_EQ(at(r, "/nextAction/type"), "redirect");
  EXPECT_EQ(at(r, "/nextAction/url"), "https://bank.example/1");
  EXPECT_EQ(at(r, "/nextAction/clientSecret"), "pi_1_secret_x");
  EXPECT_EQ(at(r, "/nextAction/expiresAt"), "2026-11-23T09:15:00Z");
  EXPECT_EQ(header(r, "Location"), "/v1/reservations/" + at(r, "/id"));
  EXPECT_EQ(header(r, "Cache-Control"), "no-store");
}

TEST_F(BookingApiTest, TheSandboxsCustomerActsThroughThePayment) {
  const auto id = make_booking(who::customer, make_room(), 1, "k1");
  follow();
  const auto payment = at(call(who::customer, "GET", "/v1/reservations/" + id), "/payment/id");
  const auto where = "/v1/payments/" + payment + "/authentication";
  std::vector<std::string> acted;
  bool waits = true;
  context->authenticate = [&](const payment_id& p, bool succeeded) {
    acted.push_back(p.str() + (succeeded ? " yes" : " no"));
    return waits;
  };
  EXPECT_EQ(post(who::customer, where, R"({"succeeded":true})").status, 202);
  EXPECT_EQ(acted.back(), payment + " yes");
  ASSERT_EQ(desk.notices.size(), 1u);
  EXPECT_EQ(desk.notices[0].payment.str(), payment);
  EXPECT_EQ(post(who::other, where, R"({"succeeded":true})").status, 404);
  EXPECT_EQ(post(who::customer, where, R"({"succeeded":"yes"})").status, 422);
  EXPECT_EQ(acted.size(), 1u);
  waits = false;
  EXPECT_EQ(post(who::customer, where, R"({"succeeded":false})").status, 409);
  context->authenticate = nullptr;
  EXPECT_EQ(post(who::customer, where, R"({"succeeded":true})").status, 409);
  EXPECT_EQ(desk.notices.size(), 1u) << "nobody is woken for nothing";
}

TEST_F(BookingApiTest, AddressOfARefusedBookingSaysSo) {
  const auto room = make_room();
  make_booking(who::other, room, 1, "k0");
  post(who::customer, "/v1/reservations", booking_body(room, 1), "k1");
  const auto where = "/v1/reservations/" + http::saga_id_of(account_id("acc_customer"), "k1").str();
  const auto r = call(who::customer, "GET", where);
  EXPECT_EQ(r.status, 404);
  EXPECT_NE(at(r, "/detail").find("slot-taken"), std::string::npos);
  EXPECT_EQ(at(call(who::other, "GET", where), "/detail").find("slot-taken"), std::string::npos);
}

TEST_F(BookingApiTest, AddressOfABookingThatIsTriedAgainSaysThatItWaits) {
  const auto room = make_room();
  make_booking(who::other, room, 1, "k0");
  post(who::customer, "/v1/reservations", booking_body(room, 1), "k1");
  const auto id = http::saga_id_of(account_id("acc_customer"), "k1");
  const auto stream = "saga/" + id.str();
  const auto before = index.read_stream(stream, 1);
  const auto seq = before.back().seq + 1;
  journal::batch again{encode_record({.stream = stream,
                                      .seq = seq,
                                      .at = clock.now(),
                                      .causation = id.str(),
                                      .what = before.front().what})};
  log.append(shard_of(stream, log.shards()), std::move(again), [](const append_result&) {});
  log.flush();
  index.catch_up();
  const auto r = call(who::customer, "GET", "/v1/reservations/" + id.str());
  EXPECT_EQ(r.status, 200);
  EXPECT_EQ(at(r, "/status"), "awaiting_payment");
}

TEST_F(BookingApiTest, TransientRefusalCarriesRetryAfterAndTrace) {
  desk.planted_saga =
      failure{.code = ec::overloaded, .detail = "Busy; try again.", .retry_after_ms = 2'500};
  const auto r = post(who::customer, "/v1/reservations", booking_body(make_room(), 1), "k1");
  EXPECT_EQ(r.status, 503);
  EXPECT_EQ(header(r, "Retry-After"), "3");
  EXPECT_NE(at(r, "/traceId"), "(none)");
}

TEST_F(BookingApiTest, CommandsCarryCallerTraceAndDeadline) {
  post(who::customer, "/v1/reservations", booking_body(make_room(), 1), "k1");
  const auto& ctx = desk.contexts.back();
  EXPECT_EQ(ctx.principal.str(), "acc_customer");
  EXPECT_EQ(ctx.correlation, std::string(32, 'a'));
  EXPECT_EQ(ctx.deadline, clock.t + std::chrono::seconds(10));
}

TEST_F(BookingApiTest, HoldIsKeptBookedAndReleased) {
  const auto room = make_room();
  const auto body =
      R"({"roomId":")" + room +
      R"(","start":"2026-11-24T05:00:00Z","end":"2026-11-24T06:00:00Z","partySize":3})";
  const auto held = post(who::customer, "/v1/holds", body, "h1");
  ASSERT_EQ(held.status, 201) << held.body;
  EXPECT_EQ(at(held, "/status"), "active");
  EXPECT_EQ(at(held, "/expiresAt"), "2026-11-23T00:10:00Z");
  EXPECT_EQ(at(held, "/timeZone"), "Asia/Seoul");
  EXPECT_EQ(post(who::customer, "/v1/holds", body, "h1").body, held.body);
  const auto id = at(held, "/id");
  EXPECT_EQ(at(call(who::customer, "GET", "/v1/holds"), "/items/0/id"), id);

  const auto from_hold = R"({"holdId":")" + id + R"(","payment":{"token":"pm_card_visa"}})";
  EXPECT_EQ(post(who::other, "/v1/reservations", from_hold, "k1").status, 404);
  const auto booked = post(who::customer, "/v1/reservations", from_hold, "k1");
  ASSERT_EQ(booked.status, 201) << booked.body;
  EXPECT_EQ(at(booked, "/start"), "2026-11-24T05:00:00Z");
  EXPECT_EQ(at(booked, "/partySize"), "3");
  EXPECT_EQ(at(call(who::customer, "GET", "/v1/holds/" + id), "/status"), "booked");

  const auto second = post(
      who::customer, "/v1/holds",
      R"({"roomId":")" + room + R"(","start":"2026-11-24T08:00:00Z","end":"2026-11-24T09:00:00Z"})",
      "h2");
  EXPECT_EQ(call(who::customer, "DELETE", "/v1/holds/" + at(second, "/id")).status, 204);
  EXPECT_EQ(at(call(who::customer, "GET", "/v1/holds/" + at(second, "/id")), "/status"),
            "released");
}

TEST_F(BookingApiTest, CancellationIsPreviewedMadeAndRemembered) {
  const auto room = make_room(
      R"(,"cancellationPolicy":[{"hoursBefore":24,"refundPercent":100},{"hoursBefore":1,"refundPercent":50}])");
  const auto id = make_booking(who::customer, room, 1, "k1");
  const auto target = "/v1/reservations/" + id + "/cancellation";
  const auto preview = call(who::customer, "GET", target);
  EXPECT_EQ(at(preview, "/refund/amount"), "11000");
  EXPECT_EQ(at(preview, "/rule/hoursBefore"), "24");
  EXPECT_EQ(at(preview, "/deadline"), "2026-11-23T01:00:00Z");
  clock.t += std::chrono::hours(2);
  const auto done = call(who::customer, "POST", target, "", {{"idempotency-key", "c1"}});
  ASSERT_EQ(done.status, 201) << done.body;
  EXPECT_EQ(at(done, "/refund/amount"), "5500");
  EXPECT_EQ(at(done, "/fee/amount"), "5500");
  EXPECT_EQ(header(done, "Location"), target);
  EXPECT_EQ(call(who::customer, "POST", target, "", {{"idempotency-key", "c1"}}).body, done.body);
  EXPECT_EQ(at(call(who::customer, "GET", target), "/refund/amount"), "5500");
  EXPECT_EQ(at(call(who::customer, "GET", "/v1/reservations/" + id), "/status"), "cancelled");
  EXPECT_EQ(post(who::customer, target, "{}", "c2").status, 409);
}

TEST_F(BookingApiTest, FullRefundIsForOperators) {
  const auto room = make_room(R"(,"cancellationPolicy":[])");
  const auto target =
      "/v1/reservations/" + make_booking(who::customer, room, 1, "k1") + "/cancellation";
  EXPECT_EQ(post(who::customer, target, R"({"fullRefund":true})", "c1").status, 403);
  const auto done = post(who::op, target, R"({"fullRefund":true,"reason":"Pipes burst"})", "c1");
  ASSERT_EQ(done.status, 201) << done.body;
  EXPECT_EQ(at(done, "/refund/amount"), "11000");
}

TEST_F(BookingApiTest, GuestChecksInAndOut) {
  const auto id = make_booking(who::customer, make_room(), 1, "k1");
  const auto target = "/v1/reservations/" + id;
  EXPECT_EQ(call(who::customer, "POST", target + "/check-in").status, 409);
  clock.t = *parse_instant("2026-11-24T00:50:00Z");
  const auto in = call(who::customer, "POST", target + "/check-in");
  ASSERT_EQ(in.status, 200) << in.body;
  EXPECT_EQ(at(in, "/status"), "checked_in");
  EXPECT_FALSE(header(in, "Atrium-Position").empty());
  EXPECT_EQ(at(call(who::op, "POST", target + "/check-out"), "/status"), "completed");
}

TEST_F(BookingApiTest, CommandsWorkWhileViewsAreDown) {
  const auto room = make_room();
  views_paused = true;
  const auto id = make_booking(who::customer, room, 1, "k1");
  const auto preview = call(who::customer, "GET", "/v1/reservations/" + id + "/cancellation");
  EXPECT_EQ(preview.status, 200) << preview.body;
  EXPECT_EQ(post(who::customer, "/v1/reservations/" + id + "/cancellation", "{}", "c1").status,
            201);
}

TEST_F(BookingApiTest, CommandFindsItsBookingAsSoonAsTheIndexKnowsIt) {
  const auto room = make_room();
  views_paused = true;
  const auto id = make_booking(who::customer, room, 1, "k1");
  index.clear();
  const auto out = start(who::customer, "POST", "/v1/reservations/" + id + "/cancellation", "{}",
                         {{"content-type", "application/json"}, {"idempotency-key", "c1"}});
  EXPECT_EQ(out->answers, 0);
  index.catch_up();
  out->pass(std::chrono::milliseconds(5));
  ASSERT_TRUE(out->answer);
  EXPECT_EQ(out->answer->status, 201) << out->answer->body;
}

TEST_F(BookingApiTest, MissingThingIs404OnceReadModelOrIndexWouldKnowIt) {
  const std::string nothing = "/v1/reservations/nothing/history";
  const auto room = make_room();
  views_paused = true;
  make_room();
  EXPECT_EQ(call(who::customer, "GET", nothing).status, 404) << "the index knows everything";
  index.clear();
  const auto late = start(who::customer, "GET", nothing);
  late->pass(std::chrono::milliseconds(5));
  ASSERT_TRUE(late->answer) << "not for ever";
  EXPECT_EQ(late->answer->status, 503);
  const auto out = start(who::customer, "GET", nothing);
  EXPECT_EQ(out->answers, 0);
  views_paused = false;
  follow();
  out->pass(std::chrono::milliseconds(5));
  ASSERT_TRUE(out->answer);
  EXPECT_EQ(out->answer->status, 404);
}

TEST_F(BookingApiTest, HistoryTellsWhatHappenedWithoutSecrets) {
  const auto room = make_room();
  for (int h = 3; h < 8; ++h) make_booking(who::other, room, h, "o" + std::to_string(h));
  const auto id = make_booking(who::customer, room, 1, "k1");
  for (int h = 9; h < 12; ++h) make_booking(who::other, room, h, "o" + std::to_string(h));
  post(who::customer, "/v1/reservations/" + id + "/cancellation", R"({"reason":"Ill"})", "c1");
  const auto r = call(who::customer, "GET", "/v1/reservations/" + id + "/history");
  ASSERT_EQ(r.status, 200) << r.body;
  const std::vector<std::string> expected{"saga.started.v1",     "reservation.held.v1",
                                          "payment.captured.v1", "reservation.confirmed.v1",
                                          "saga.completed.v2",   "reservation.cancelled.v1"};
  ASSERT_EQ(at(r, "/items"), "array of " + std::to_string(expected.size())) << r.body;
  for (std::size_t i = 0; i < expected.size(); ++i)
    EXPECT_EQ(at(r, "/items/" + std::to_string(i) + "/type"), expected[i]);
  EXPECT_EQ(at(r, "/items/5/actor"), "acc_customer");
  EXPECT_EQ(r.body.find("pm_card_visa"), std::string::npos);
}

TEST_F(BookingApiTest, ListsFilter) {
  const auto room = make_room();
  const auto a = make_booking(who::customer, room, 1, "k1");
  make_booking(who::customer, make_room(), 5, "k2");
  const auto count = [&](const std::string& query) {
    return at(call(who::customer, "GET", "/v1/reservations" + query), "/items");
  };
  EXPECT_EQ(count(""), "array of 2");
  EXPECT_EQ(count("?roomId=" + room), "array of 1");
  EXPECT_EQ(count("?status=confirmed"), "array of 2");
  EXPECT_EQ(count("?status=cancelled"), "array of 0");
  EXPECT_EQ(count("?from=2026-11-24T01:30:00Z&to=2026-11-24T04:00:00Z"), "array of 1");
  EXPECT_EQ(count("?from=2026-11-24T10:30:00 09:00"), "array of 2");
  EXPECT_EQ(call(who::customer, "GET", "/v1/reservations?status=happy").status, 422);
  EXPECT_EQ(call(who::customer, "GET", "/v1/reservations?from=yesterday").status, 422);
  EXPECT_EQ(at(call(who::customer, "GET", "/v1/payments"), "/items"), "array of 2");
  EXPECT_EQ(at(call(who::customer, "GET", "/v1/reservations/" + a + "/payment"), "/amount/amount"),
            "11000");
}

TEST_F(BookingApiTest, BoardShowsTitlesOnlyToOwnerAndOperators) {
  const auto room = make_room();
  make_booking(who::customer, room, 1, "k1");
  const std::string query = "/v1/board?from=2026-11-24T00:00:00Z&to=2026-11-25T00:00:00Z";
  const auto title = [&](who as) {
    return at(call(as, "GET", query), "/rooms/0/bookings/0/title");
  };
  EXPECT_EQ(title(who::customer), "Stand-up");
  EXPECT_EQ(title(who::op), "Stand-up");
  EXPECT_EQ(title(who::other), "busy");
  EXPECT_EQ(
      call(who::op, "GET", "/v1/board?from=2026-11-24T00:00:00Z&to=2026-12-29T00:00:01Z").status,
      422);
  EXPECT_EQ(
      call(who::op, "GET", "/v1/board?from=2026-11-24T00:00:00Z&to=2026-12-29T00:00:00Z").status,
      200);
  EXPECT_EQ(
      call(who::op, "GET", "/v1/board?from=2026-11-24T00:00:00Z&to=2026-11-24T00:00:00Z").status,
      422);
}

}  // namespace
}  // namespace atrium::test
