#include "http/codecs.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace atrium::http {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

/// Keeps documents alive while their values are read.
json_value root_of(std::string_view text) {
  static std::vector<json_document> kept;
  auto doc = json_document::parse(text);
  EXPECT_TRUE(doc) << text;
  kept.push_back(std::move(*doc));
  return kept.back().root();
}

/// "rule pointer" of each violation; empty when the body was accepted.
template <class T>
std::vector<std::string> complaints(const result<T>& r) {
  std::vector<std::string> all;
  if (r) return all;
  EXPECT_EQ(r.error().code, ec::validation);
  EXPECT_FALSE(r.error().detail.empty());
  for (const auto& v : r.error().violations) all.push_back(v.rule + " " + v.pointer);
  return all;
}

constexpr std::string_view least_room =
    R"({"name":"Hall","capacity":8,"timeZone":"Asia/Seoul","pricePerHour":{"amount":11000,"currency":"KRW"}})";

TEST(RoomCodecTest, WhatIsLeftOutHasItsDefault) {
  const auto room = parse_room(root_of(least_room));
  ASSERT_TRUE(room);
  room_facts expected;
  expected.name = "Hall";
  expected.capacity = 8;
  expected.time_zone = "Asia/Seoul";
  expected.price_per_hour = {11000, "KRW"};
  EXPECT_EQ(*room, expected);
}

TEST(RoomCodecTest, EveryMistakeOfABodyIsReportedAtOnce) {
  const auto wrong = parse_room(root_of(
      R"({"name":7,"site":"a","capacity":0,"amenities":["x",3],"pricePerHour":{"amount":1.5,"currency":"WON","x":1},)"
      R"("openingHours":[{"days":["mon","xyz"],"open":"25:00","close":"24:00"}],"colour":"red"})"));
  EXPECT_THAT(complaints(wrong),
              UnorderedElementsAre("type /name", "range /capacity", "required /timeZone",
                                   "type /amenities/1", "type /pricePerHour/amount",
                                   "currency /pricePerHour/currency",
                                   "unknown-field /pricePerHour/x", "day /openingHours/0/days/1",
                                   "clock-time /openingHours/0/open", "unknown-field /colour"));
}

TEST(RoomCodecTest, ARefusalNamesTheFieldAndWhatItMayBe) {
  const auto wrong = parse_review(root_of(R"({"reservationId":"r","stars":5,"rating":"5"})"));
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().detail,
            "The request was not accepted. /rating: allowed is a whole number, found the text "
            "\"5\"; /stars: allowed is one of reservationId, rating, text, found a field "
            "\"stars\". Correct this and send it again.");
}

TEST(RoomCodecTest, BodyThatIsNoObjectIsOneMistake) {
  EXPECT_THAT(complaints(parse_room(root_of("[]"))), ElementsAre("type "));
  EXPECT_THAT(complaints(parse_account(root_of("3"))), ElementsAre("type "));
}

TEST(RoomCodecTest, OpeningHoursMayEndAt24AndRunPastMidnight) {
  const auto room = parse_room(root_of(
      R"({"name":"Hall","capacity":8,"timeZone":"Asia/Seoul","pricePerHour":{"amount":0,"currency":"KRW"},)"
      R"("openingHours":[{"days":["mon","sun"],"open":"09:30","close":"24:00"},{"days":["tue"],"open":"22:00","close":"02:00"}]})"));
  ASSERT_TRUE(room) << complaints(room).front();
  ASSERT_EQ(room->opening_hours.size(), 2u);
  EXPECT_EQ(room->opening_hours[0].open_minute, 570);
  EXPECT_EQ(room->opening_hours[0].close_minute, 1440);
  EXPECT_TRUE(room->opening_hours[0].days[0] && room->opening_hours[0].days[6]);
  EXPECT_EQ(room->opening_hours[1].close_minute, 120);
}

TEST(RoomCodecTest, MergePatchChangesWhatItNamesAndNullBringsDefaultsBack) {
  room_facts base = *parse_room(root_of(least_room));
  base.step_minutes = 30;
  base.min_duration_minutes = 30;
  base.site = "Seoul";
  const auto patched = parse_room_patch(
      root_of(R"({"site":null,"stepMinutes":null,"pricePerHour":{"amount":5},"name":"New"})"),
      base);
  ASSERT_TRUE(patched);
  EXPECT_EQ(patched->site, "");
  EXPECT_EQ(patched->step_minutes, 15);
  EXPECT_EQ(patched->min_duration_minutes, 30);
  EXPECT_EQ(patched->price_per_hour, (money{5, "KRW"}));
  EXPECT_EQ(patched->name, "New");
  EXPECT_THAT(complaints(parse_room_patch(root_of(R"({"name":null})"), base)),
              ElementsAre("type /name"));
}

TEST(RoomCodecTest, DomainRulesAreCheckedToo) {
  const auto wrong = parse_room(root_of(
      R"({"name":"Hall","capacity":8,"timeZone":"Mars/Base","pricePerHour":{"amount":1,"currency":"KRW"},"stepMinutes":7})"));
  const auto all = complaints(wrong);
  EXPECT_EQ(all.size() >= 2, true);
  EXPECT_THAT(all, Contains(::testing::EndsWith(" /timeZone")));
  EXPECT_THAT(all, Contains(::testing::EndsWith(" /stepMinutes")));
}

TEST(BookingCodecTest, InstantsNeedAnOffset) {
  const auto wrong = parse_booking(root_of(
      R"({"roomId":"rm","start":"2026-11-22T09:00:00","end":"2026-11-22 10:00","payment":{"token":"t"}})"));
  EXPECT_THAT(complaints(wrong), ElementsAre("instant /start", "instant /end"));
  EXPECT_NE(wrong.error().violations[0].limit.find("2026-11-22T09:00:00+09:00"), std::string::npos);
}

TEST(BookingCodecTest, EndAfterStartIsRequired) {
  for (const auto* end :
       {"2026-11-22T09:00:00Z", "2026-11-22T08:00:00Z", "2026-11-22T10:00:00+09:00"}) {
    const auto wrong = parse_booking(
        root_of(std::string(R"({"roomId":"rm","start":"2026-11-22T09:00:00Z","end":")") + end +
                R"(","payment":{"token":"t"}})"));
    EXPECT_THAT(complaints(wrong), ElementsAre("order /end")) << end;
  }
}

TEST(BookingCodecTest, PaymentAndItsTokenAreRequired) {
  EXPECT_THAT(complaints(parse_booking(root_of("{}"))),
              UnorderedElementsAre("required /roomId", "required /start", "required /end",
                                   "required /payment"));
  EXPECT_THAT(
      complaints(parse_booking(root_of(
          R"({"roomId":"rm","start":"2026-11-22T09:00:00Z","end":"2026-11-22T10:00:00Z","payment":{"method":"cash","pan":"4"}})"))),
      UnorderedElementsAre("payment-method /payment/method", "required /payment/token",
                           "unknown-field /payment/pan"));
}

TEST(BookingCodecTest, AHoldMakesTheSlotOptional) {
  const auto asked = parse_booking(root_of(R"({"holdId":"atr1","payment":{"token":"t"}})"));
  ASSERT_TRUE(asked);
  EXPECT_EQ(asked->from_hold.str(), "atr1");
  EXPECT_TRUE(asked->room.empty());
  EXPECT_EQ(asked->party_size, 0);
  EXPECT_THAT(complaints(parse_booking(
                  root_of(R"({"holdId":"atr1","roomId":"rm","payment":{"token":"t"}})"))),
              UnorderedElementsAre("required /start", "required /end"));
}

TEST(BookingCodecTest, HoldsLastTenMinutesUnlessSaid) {
  const std::string slot =
      R"("roomId":"rm","start":"2026-11-22T09:00:00Z","end":"2026-11-22T10:00:00Z")";
  EXPECT_EQ(parse_hold(root_of("{" + slot + "}"))->ttl_ms, 600'000);
  EXPECT_EQ(parse_hold(root_of("{" + slot + R"(,"ttlMinutes":60})"))->ttl_ms, 3'600'000);
  EXPECT_THAT(complaints(parse_hold(root_of("{" + slot + R"(,"ttlMinutes":61})"))),
              ElementsAre("range /ttlMinutes"));
}

TEST(PeopleCodecTest, ControlCharactersAreRefusedInNames) {
  EXPECT_THAT(complaints(parse_account(root_of(R"({"name":"a\u0000b","email":"a@example.org"})"))),
              Contains("characters /name"));
  EXPECT_THAT(
      complaints(parse_review(root_of(R"({"reservationId":"r","rating":5,"text":"two\nlines"})"))),
      IsEmpty());
}

TEST(PeopleCodecTest, LengthsCountCharactersNotBytes) {
  std::string name;
  for (int i = 0; i < 200; ++i) name += "실";
  EXPECT_THAT(
      complaints(parse_account(root_of(R"({"name":")" + name + R"(","email":"a@example.org"})"))),
      IsEmpty());
  EXPECT_THAT(
      complaints(parse_account(root_of(R"({"name":")" + name + R"(실","email":"a@example.org"})"))),
      ElementsAre("length /name"));
}

TEST(PeopleCodecTest, RatingsAreWholeNumbersFromOneToFive) {
  for (const auto* rating : {"0", "6", "2.5", "\"5\"", "null"})
    EXPECT_EQ(complaints(parse_review(root_of(std::string(R"({"reservationId":"r","rating":)") +
                                              rating + "}")))
                  .size(),
              1u)
        << rating;
  EXPECT_THAT(complaints(parse_review(root_of(R"({"reservationId":"r","rating":4.0})"))),
              IsEmpty());
}

TEST(PeopleCodecTest, KeysExpireInTheFutureAndHaveKnownScopes) {
  const auto now = *parse_instant("2026-11-23T00:00:00Z");
  EXPECT_THAT(
      complaints(parse_key(
          root_of(
              R"({"name":"k","scopes":["rooms:read","rooms"],"expiresAt":"2026-11-23T00:00:00Z"})"),
          now)),
      UnorderedElementsAre("scope /scopes/1", "in-the-future /expiresAt"));
  const auto key = parse_key(root_of(R"({"name":"k","expiresAt":null})"), now);
  ASSERT_TRUE(key);
  EXPECT_FALSE(key->expires_at);
}

TEST(FieldsTest, UnknownFieldsAreReportedUpToABound) {
  std::string body = "{";
  for (int i = 0; i < 1000; ++i) body += "\"f" + std::to_string(i) + "\":1,";
  body.back() = '}';
  EXPECT_LE(complaints(parse_cancel(root_of(body))).size(), 100u);
}

}  // namespace
}  // namespace atrium::http
