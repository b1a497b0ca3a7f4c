#include "tests/http/api_fixture.hpp"

namespace atrium::test {
namespace {

class ChangeApiTest : public ApiTest {
 protected:
  ChangeApiTest() {
    room = make_room();
    place = "/v1/reservations/" + make_booking(who::customer, room, 1, "k1");
    follow();
  }
  http::response patch(std::string body, const std::string& key = "chg", std::string etag = "",
                       who as = who::customer) {
    if (etag.empty()) etag = header(call(who::customer, "GET", place), "ETag");
    return call(as, "PATCH", place, std::move(body),
                {{"if-match", etag},
                 {"idempotency-key", key},
                 {"content-type", "application/merge-patch+json"}});
  }
  std::string room, place;
};

TEST_F(ChangeApiTest, MovedBookingIsAnsweredAsItIsReadAfterwards) {
  const auto before = call(who::customer, "GET", place);
  const auto body = R"({"end":")" + at(before, "/end").substr(0, 14) +
                    R"(30:00Z","payment":{"token":"pm_card_visa"}})";
  const auto moved = patch(body);
  ASSERT_EQ(moved.status, 200) << moved.body;
  EXPECT_EQ(at(moved, "/price/amount"), "16500");
  EXPECT_EQ(at(moved, "/payment/captured/amount"), "16500");
  follow();
  const auto shown = call(who::customer, "GET", place);
  EXPECT_EQ(shown.body, moved.body);
  EXPECT_EQ(header(shown, "ETag"), header(moved, "ETag"));
  EXPECT_NE(header(shown, "ETag"), header(before, "ETag"));
}

TEST_F(ChangeApiTest, KeyAndConditionAreRequired) {
  const auto etag = header(call(who::customer, "GET", place), "ETag");
  const auto bare = call(who::customer, "PATCH", place, "{}",
                         {{"if-match", etag}, {"content-type", "application/json"}});
  EXPECT_EQ(bare.status, 400);
  EXPECT_NE(at(bare, "/detail").find("Idempotency-Key"), std::string::npos);
  EXPECT_EQ(call(who::customer, "PATCH", place, "{}",
                 {{"idempotency-key", "k"}, {"content-type", "application/json"}})
                .status,
            428);
}

TEST_F(ChangeApiTest, StaleConditionIsRefusedButARepetitionGetsItsAnswer) {
  const auto etag = header(call(who::customer, "GET", place), "ETag");
  const auto first = patch(R"({"title":"Retro"})", "one", etag);
  ASSERT_EQ(first.status, 200) << first.body;
  follow();
  const auto again = patch(R"({"title":"Retro"})", "one", etag);
  EXPECT_EQ(again.status, 200);
  EXPECT_EQ(again.body, first.body);
  EXPECT_EQ(header(again, "Atrium-Replayed"), "true");
  EXPECT_EQ(header(again, "ETag"), header(first, "ETag"));
  EXPECT_EQ(patch(R"({"title":"Other"})", "two", etag).status, 412);
  EXPECT_EQ(patch(R"({"title":"Other"})", "three", "\"nonsense\"").status, 412);
}

TEST_F(ChangeApiTest, NothingToChangeAndBadFieldsAreRefusedWithPointers) {
  const auto same = patch("{}");
  EXPECT_EQ(same.status, 422);
  EXPECT_EQ(at(same, "/violations/0/rule"), "change");
  const auto wrong = patch(R"({"start":"2026-11-23T09:00:00Z","end":"2026-11-23T08:00:00Z",)"
                           R"("partySize":0,"status":"cancelled"})",
                           "k2");
  EXPECT_EQ(wrong.status, 422);
  EXPECT_EQ(at(wrong, "/violations"), "array of 3");
  EXPECT_EQ(desk.submitted.back().input.index(), ev::saga_input(ev::change_request{}).index());
  EXPECT_TRUE(desk.submitted.back().if_new) << "and nothing was begun";
}

TEST_F(ChangeApiTest, SomebodyElsesBookingIsNotFound) {
  EXPECT_EQ(patch(R"({"title":"Mine"})", "k", "*", who::other).status, 404);
  EXPECT_EQ(patch(R"({"title":"Office"})", "k", "*", who::op).status, 200);
}

TEST_F(ChangeApiTest, DeclinedDifferenceIsAnswered402AndChangesNothing) {
  const auto before = call(who::customer, "GET", place);
  const auto no =
      patch(R"({"end":"2026-11-25T00:00:00Z","payment":{"token":"pm_card_chargeDeclined"}})");
  EXPECT_EQ(no.status, 402) << no.body;
  follow();
  EXPECT_EQ(call(who::customer, "GET", place).body, before.body);
}

TEST_F(ChangeApiTest, PatchOfAnUnsettledChangeIsAccepted) {
  desk.planted_saga = saga_answer{.still_running = true};
  const auto r = patch(R"({"title":"Slow"})");
  EXPECT_EQ(r.status, 202);
  EXPECT_EQ(header(r, "Location"), place);
  EXPECT_EQ(at(r, "/status"), "running");
}

TEST_F(ChangeApiTest, HistoryTellsTheChangeWithoutTheToken) {
  ASSERT_EQ(patch(R"({"title":"Retro","payment":{"token":"pm_card_visa"}})").status, 200);
  follow();
  const auto history = call(who::customer, "GET", place + "/history");
  EXPECT_NE(history.body.find("reservation.changed.v1"), std::string::npos);
  EXPECT_NE(history.body.find("\"kind\":\"change\""), std::string::npos);
  EXPECT_EQ(history.body.find("pm_card_visa"), std::string::npos);
}

}  // namespace
}  // namespace atrium::test
