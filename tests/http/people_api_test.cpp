#include "tests/http/api_fixture.hpp"

namespace atrium::test {
namespace {

class PeopleApiTest : public ApiTest {
 protected:
  /// A booking of the customer that was checked in.
  std::string checked_in_booking(const std::string& room) {
    const auto id = make_booking(who::customer, room, 1, "k1");
    clock.t = *parse_instant("2026-11-24T01:00:00Z");
    EXPECT_EQ(call(who::customer, "POST", "/v1/reservations/" + id + "/check-in").status, 200);
    return id;
  }
};

TEST_F(PeopleApiTest, OnlyTheGuestReviewsAndOnlyOnce) {
  const auto room = make_room();
  const auto target = "/v1/rooms/" + room + "/reviews";
  const auto early = make_booking(who::other, room, 20, "k0");
  const auto body = [](const std::string& id) {
    return R"({"reservationId":")" + id + R"(","rating":4,"text":"Bright"})";
  };
  EXPECT_EQ(post(who::other, target, body(early)).status, 409);
  const auto id = checked_in_booking(room);
  EXPECT_EQ(post(who::other, target, body(id)).status, 404);
  EXPECT_EQ(post(who::customer, "/v1/rooms/" + make_room() + "/reviews", body(id)).status, 422);
  const auto made = post(who::customer, target, body(id));
  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(at(made, "/authorName"), "acc_customer");
  EXPECT_EQ(header(made, "Location"), "/v1/reviews/" + at(made, "/id"));
  EXPECT_EQ(call(who::other, "GET", header(made, "Location")).body, made.body);
  EXPECT_EQ(post(who::customer, target, body(id)).status, 409);
  EXPECT_EQ(at(call(who::other, "GET", target), "/items/0/rating"), "4");
  EXPECT_EQ(at(call(who::other, "GET", "/v1/rooms/" + room), "/rating/count"), "1");
  EXPECT_EQ(at(call(who::other, "GET", "/reviews?roomId=" + room), "/items"), "array of 1");
  EXPECT_EQ(call(who::other, "GET", "/reviews").status, 422);
}

TEST_F(PeopleApiTest, NewRatingChangesTheEtagOfTheRoomButNotItsVersion) {
  const auto room = make_room();
  const auto before = header(call(who::op, "GET", "/v1/rooms/" + room), "ETag");
  const auto id = checked_in_booking(room);
  post(who::customer, "/reviews", R"({"reservationId":")" + id + R"(","rating":2})");
  EXPECT_EQ(call(who::op, "GET", "/v1/rooms/" + room, "", {{"if-none-match", before}}).status, 200);
  EXPECT_EQ(
      call(who::op, "PATCH", "/v1/rooms/" + room, R"({"site":"N"})", {{"if-match", before}}).status,
      200);
}

TEST_F(PeopleApiTest, ReviewIsChangedByItsAuthorAndDeletedByOperatorsToo) {
  const auto room = make_room();
  const auto id = checked_in_booking(room);
  const auto made = post(who::customer, "/v1/rooms/" + room + "/reviews",
                         R"({"reservationId":")" + id + R"(","rating":2})");
  const auto target = header(made, "Location");
  const header_list seen{{"if-match", header(made, "ETag")}};
  EXPECT_EQ(call(who::customer, "PATCH", target, R"({"rating":5})").status, 428);
  EXPECT_EQ(call(who::other, "PATCH", target, R"({"rating":5})", seen).status, 403);
  EXPECT_EQ(call(who::op, "PATCH", target, R"({"rating":5})", seen).status, 403);
  const auto changed = call(who::customer, "PATCH", target, R"({"rating":5})", seen);
  ASSERT_EQ(changed.status, 200) << changed.body;
  EXPECT_EQ(at(changed, "/rating"), "5");
  EXPECT_EQ(call(who::customer, "PATCH", target, R"({"rating":4})", seen).status, 412);
  EXPECT_EQ(call(who::other, "DELETE", target, "", {{"if-match", "*"}}).status, 403);
  EXPECT_EQ(call(who::op, "DELETE", target, "", {{"if-match", "*"}}).status, 204);
  EXPECT_EQ(call(who::customer, "GET", target).status, 404);
}

TEST_F(PeopleApiTest, InboxIsReadInTheLanguageAskedFor) {
  make_booking(who::customer, make_room(), 1, "k1");
  const auto english = call(who::customer, "GET", "/v1/notifications");
  ASSERT_EQ(at(english, "/items"), "array of 1") << english.body;
  EXPECT_EQ(at(english, "/items/0/type"), "reservation.confirmed");
  const auto korean =
      call(who::customer, "GET", "/v1/notifications", "", {{"accept-language", "ko-KR"}});
  EXPECT_NE(at(korean, "/items/0/subject"), at(english, "/items/0/subject"));
  const auto id = at(english, "/items/0/id");
  const auto marked = call(who::customer, "POST", "/v1/notifications/" + id + "/read");
  ASSERT_EQ(marked.status, 200) << marked.body;
  EXPECT_NE(at(marked, "/readAt"), "null");
  EXPECT_EQ(at(call(who::customer, "GET", "/v1/notifications?unread=true"), "/items"),
            "array of 0");
  EXPECT_EQ(at(call(who::customer, "GET", "/v1/notifications"), "/items"), "array of 1");
  EXPECT_EQ(call(who::customer, "POST", "/v1/notifications/" + id + "/read").status, 200);
  EXPECT_EQ(call(who::customer, "GET", "/v1/notifications?unread=maybe").status, 422);
}

TEST_F(PeopleApiTest, AdministratorMakesPeopleAndTheirKeys) {
  const auto made = post(who::admin, "/v1/accounts",
                         R"({"name":"Mina","email":"mina@example.org","locale":"ko"})");
  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(at(made, "/role"), "customer");
  EXPECT_EQ(call(who::admin, "GET", header(made, "Location")).body, made.body);
  const auto key = post(who::admin, header(made, "Location") + "/keys", R"({"name":"phone"})");
  ASSERT_EQ(key.status, 201) << key.body;
  EXPECT_EQ(header(key, "Cache-Control"), "no-store");
  const header_list bearer{{"authorization", "Bearer " + at(key, "/secret")}};
  EXPECT_EQ(at(call(who::anonymous, "GET", "/v1/me", "", bearer), "/name"), "Mina");
  const auto list = call(who::admin, "GET", header(made, "Location") + "/keys");
  EXPECT_EQ(at(list, "/items/0/id"), at(key, "/id"));
  EXPECT_EQ(list.body.find("secret"), std::string::npos);
  EXPECT_EQ(call(who::anonymous, "DELETE", header(key, "Location"), "", bearer).status, 204);
  EXPECT_EQ(call(who::anonymous, "GET", "/v1/me", "", bearer).status, 401);
}

TEST_F(PeopleApiTest, OnlyAdministratorsChangeRoles) {
  const std::string target = "/v1/accounts/acc_customer";
  const header_list any{{"if-match", "*"}};
  EXPECT_EQ(call(who::customer, "PATCH", target, R"({"role":"admin"})", any).status, 403);
  EXPECT_EQ(at(call(who::customer, "GET", "/v1/me"), "/role"), "customer");
  EXPECT_EQ(at(call(who::customer, "PATCH", target, R"({"locale":"ko"})", any), "/locale"), "ko");
  EXPECT_EQ(at(call(who::admin, "PATCH", target, R"({"role":"operator"})", any), "/role"),
            "operator");
  EXPECT_EQ(call(who::customer, "GET", "/v1/introspection/summary").status, 200);
}

TEST_F(PeopleApiTest, AdministratorOfTheEnvironmentIsSomebody) {
  const auto me = call(who::admin, "GET", "/v1/me");
  EXPECT_EQ(at(me, "/id"), "acc_admin");
  EXPECT_EQ(at(me, "/role"), "admin");
}

}  // namespace
}  // namespace atrium::test
