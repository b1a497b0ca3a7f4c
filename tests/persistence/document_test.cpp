#include <gtest/gtest.h>

#include <random>

#include "persistence/document_text.hpp"
#include "persistence/documents.hpp"
#include "tests/persistence/view_fixture.hpp"

namespace atrium::test {
namespace {

TEST(DocumentTest, RoomSpellsOutItsDefaults) {
  room_doc d;
  d.id = room_id("rm_1");
  d.facts = {
      .name = "Han", .capacity = 4, .time_zone = "Asia/Seoul", .price_per_hour = {11'000, "KRW"}};
  EXPECT_EQ(
      render(d),
      R"({"id":"rm_1","name":"Han","site":"","description":"","capacity":4,"amenities":[],)"
      R"("timeZone":"Asia/Seoul","openingHours":[{"days":["mon","tue","wed","thu","fri","sat","sun"],)"
      R"("open":"00:00","close":"24:00"}],"minDurationMinutes":15,"maxDurationMinutes":1440,)"
      R"("stepMinutes":15,"bufferMinutes":0,"horizonDays":730,)"
      R"("pricePerHour":{"amount":11000,"currency":"KRW"},)"
      R"("cancellationPolicy":[{"hoursBefore":0,"refundPercent":100}],"checkInRequired":false,)"
      R"("graceMinutes":15,"taxRate":0,"status":"active","rating":{"average":null,"count":0}})");
}

TEST(DocumentTest, RoomShowsItsOpeningHoursAmenitiesAndRating) {
  room_doc d;
  d.facts.opening_hours = {{{true, true, false, false, false, false, true}, 9 * 60, 22 * 60 + 30}};
  d.facts.amenities = {"screen", "white\"board\""};
  d.status = room_status::retired;
  d.rating_sum = 13;
  d.rating_count = 3;
  const auto json = parse(render(d));
  const auto& window = json["openingHours"][0];
  ASSERT_EQ(window["days"].Size(), 3U);
  EXPECT_STREQ(window["days"][2].GetString(), "sun");
  EXPECT_STREQ(window["open"].GetString(), "09:00");
  EXPECT_STREQ(window["close"].GetString(), "22:30");
  EXPECT_STREQ(json["amenities"][1].GetString(), "white\"board\"");
  EXPECT_STREQ(json["status"].GetString(), "retired");
  EXPECT_DOUBLE_EQ(json["rating"]["average"].GetDouble(), 4.33);
  EXPECT_EQ(json["rating"]["count"].GetInt(), 3);
}

TEST(DocumentTest, AverageHasTwoDecimalsAtMostAndNoTrailingZeros) {
  const auto average = [](std::int64_t sum, std::int64_t count) {
    room_doc d;
    d.rating_sum = sum;
    d.rating_count = count;
    const std::string json = render(d);
    const auto from = json.find("\"average\":") + 10;
    return json.substr(from, json.find(',', from) - from);
  };
  EXPECT_EQ(average(9, 2), "4.5");
  EXPECT_EQ(average(5, 1), "5");
  EXPECT_EQ(average(14, 3), "4.67");
  EXPECT_EQ(average(405, 100), "4.05");
}

TEST(DocumentTest, ReservationHasEveryFieldClientsRelyOn) {
  reservation_doc d;
  d.booked = {.id = reservation_id("rs_1"),
              .room = room_id("rm_1"),
              .customer = account_id("ac_1"),
              .when = hours(9, 11),
              .time_zone = "UTC",
              .party_size = 4,
              .title = "A\nB",
              .price = {22'000, "KRW"},
              .policy = {{24, 100}},
              .status = reservation_status::cancelled,
              .payment = payment_id("pay_1"),
              .created_at = at_hour(1)};
  d.paid = payment_status::partially_refunded;
  d.captured = {22'000, "KRW"};
  d.position = 77;
  EXPECT_EQ(
      render(d),
      R"({"id":"rs_1","roomId":"rm_1","customerId":"ac_1","start":"2026-11-23T09:00:00Z",)"
      R"("end":"2026-11-23T11:00:00Z","timeZone":"UTC","partySize":4,"title":"A\nB",)"
      R"("status":"cancelled","price":{"amount":22000,"currency":"KRW"},)"
      R"("payment":{"id":"pay_1","status":"partially_refunded",)"
      R"("captured":{"amount":22000,"currency":"KRW"},"refunded":{"amount":0,"currency":"KRW"}},)"
      R"("cancellationPolicy":[{"hoursBefore":24,"refundPercent":100}],)"
      R"("createdAt":"2026-11-23T01:00:00Z","position":77})");
}

TEST(DocumentTest, RefundTermsWithoutRuleAreNull) {
  EXPECT_EQ(
      render(refund_terms{{0, "KRW"}, {500, "KRW"}, std::nullopt, std::nullopt}),
      R"({"refund":{"amount":0,"currency":"KRW"},"fee":{"amount":500,"currency":"KRW"},"rule":null,"deadline":null})");
  EXPECT_EQ(render(refund_terms{{9, "EUR"}, {1, "EUR"}, cancellation_rule{2, 90}, at_hour(7)}),
            R"({"refund":{"amount":9,"currency":"EUR"},"fee":{"amount":1,"currency":"EUR"},)"
            R"("rule":{"hoursBefore":2,"refundPercent":90},"deadline":"2026-11-23T07:00:00Z"})");
}

TEST(DocumentTest, OtherDocumentsAreJsonWithTheirFields) {
  const auto payment =
      parse(render(payment_doc{.id = payment_id("p"), .amount = {5, "USD"}, .method = "card"}));
  EXPECT_TRUE(payment["declineCode"].IsNull());
  EXPECT_STREQ(payment["captured"]["currency"].GetString(), "USD");
  const auto hold = parse(render(hold_doc{
      .id = hold_id("h"), .when = hours(1, 2), .expires_at = at_hour(1), .status = "active"}));
  EXPECT_STREQ(hold["expiresAt"].GetString(), "2026-11-23T01:00:00Z");
  const auto key =
      parse(render(api_key_doc{.id = api_key_id("k"), .name = "ci", .scopes = {"rooms:read"}}));
  EXPECT_TRUE(key["lastUsedAt"].IsNull());
  EXPECT_STREQ(key["scopes"][0].GetString(), "rooms:read");
  const auto account = parse(render(
      account_doc{.id = account_id("a"), .facts = {"Ann", "a@b.c", ev::role::operator_, "ko"}}));
  EXPECT_STREQ(account["role"].GetString(), "operator");
  const auto review =
      parse(render(review_doc{.id = review_id("v"), .author_name = "Ann", .rating = 4}));
  EXPECT_EQ(review["rating"].GetInt(), 4);
  const auto blackout = parse(render(blackout_doc{blackout_id("b"), hours(3, 4), "paint"}));
  EXPECT_STREQ(blackout["reason"].GetString(), "paint");
}

TEST(DocumentTest, EveryByteOfATextSurvivesTheJson) {
  std::string all;
  for (int c = 1; c < 128; ++c) all.push_back(static_cast<char>(c));
  all += "회의실 \xF0\x9F\x8F\xA2";
  rapidjson::Document d;
  d.Parse(atrium::quoted(all).c_str());
  ASSERT_FALSE(d.HasParseError());
  EXPECT_EQ(std::string(d.GetString(), d.GetStringLength()), all);
}

TEST(DocumentTest, InstantsEqualTheDomainsOwnText) {
  std::mt19937_64 random(42);
  std::uniform_int_distribution<std::int64_t> any(0, 253'402'300'799'999);
  for (int i = 0; i < 20'000; ++i) {
    std::int64_t ms = any(random);
    if (i % 2 == 0) ms -= ms % 1000;
    const instant t{milliseconds{ms}};
    std::string text;
    text::append_instant(text, t);
    ASSERT_EQ(text, '"' + format_instant(t) + '"');
  }
}

}  // namespace
}  // namespace atrium::test
