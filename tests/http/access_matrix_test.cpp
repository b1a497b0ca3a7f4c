#include <gmock/gmock.h>

#include <map>

#include "http/openapi_document.hpp"
#include "tests/http/api_fixture.hpp"

namespace atrium::test {
namespace {

using http::access;

/// What each route answers to anonymous, customer, operator, admin: "in" means that the handler
/// ran.
struct expectation {
  int anonymous, customer, op, admin;
};
constexpr int in = 0;
constexpr expectation for_all{in, in, in, in};
constexpr expectation for_signed_in{401, in, in, in};
constexpr expectation for_operators{401, 403, in, in};
constexpr expectation for_admins{401, 403, 403, in};

const std::map<std::string, expectation>& matrix() {
  static const std::map<std::string, expectation> all{
      {"GET /v1/rooms", for_signed_in},
      {"POST /v1/rooms", for_operators},
      {"GET /v1/rooms/{id}", for_signed_in},
      {"PATCH /v1/rooms/{id}", for_operators},
      {"DELETE /v1/rooms/{id}", for_operators},
      {"GET /v1/rooms/{id}/blackouts", for_signed_in},
      {"POST /v1/rooms/{id}/blackouts", for_operators},
      {"DELETE /v1/rooms/{id}/blackouts/{bid}", for_operators},
      {"GET /v1/rooms/{id}/reviews", for_signed_in},
      {"POST /v1/rooms/{id}/reviews", for_signed_in},
      {"GET /v1/reviews/{id}", for_signed_in},
      {"PATCH /v1/reviews/{id}", for_signed_in},
      {"DELETE /v1/reviews/{id}", for_signed_in},
      {"GET /v1/availability", for_signed_in},
      {"POST /v1/quotes", for_signed_in},
      {"GET /v1/holds", for_signed_in},
      {"POST /v1/holds", for_signed_in},
      {"GET /v1/holds/{id}", for_signed_in},
      {"DELETE /v1/holds/{id}", for_signed_in},
      {"GET /v1/reservations", for_signed_in},
      {"POST /v1/reservations", for_signed_in},
      {"GET /v1/reservations/{id}", for_signed_in},
      {"PATCH /v1/reservations/{id}", for_signed_in},
      {"GET /v1/reservations/{id}/cancellation", for_signed_in},
      {"POST /v1/reservations/{id}/cancellation", for_signed_in},
      {"POST /v1/reservations/{id}/check-in", for_signed_in},
      {"POST /v1/reservations/{id}/check-out", for_signed_in},
      {"GET /v1/reservations/{id}/payment", for_signed_in},
      {"GET /v1/reservations/{id}/history", for_signed_in},
      {"GET /v1/reservations/{id}/receipt", for_signed_in},
      {"GET /v1/payments", for_signed_in},
      {"GET /v1/payments/{id}", for_signed_in},
      {"POST /v1/payments/{id}/authentication", for_signed_in},
      {"POST /v1/payment-events/stripe", for_all},
      {"POST /v1/payments/{id}/refunds", for_operators},
      {"GET /v1/notifications", for_signed_in},
      {"POST /v1/notifications/{id}/read", for_signed_in},
      {"GET /v1/board", for_signed_in},
      {"GET /v1/events", for_signed_in},
      {"GET /v1/accounts", for_admins},
      {"POST /v1/accounts", for_admins},
      {"GET /v1/accounts/{id}", for_signed_in},
      {"PATCH /v1/accounts/{id}", for_signed_in},
      {"DELETE /v1/accounts/{id}", for_admins},
      {"GET /v1/accounts/{id}/keys", for_signed_in},
      {"POST /v1/accounts/{id}/keys", for_signed_in},
      {"DELETE /v1/accounts/{id}/keys/{keyId}", for_signed_in},
      {"GET /v1/me", for_signed_in},
      {"GET /v1/webhook-endpoints", for_signed_in},
      {"POST /v1/webhook-endpoints", for_signed_in},
      {"GET /v1/webhook-endpoints/{id}", for_signed_in},
      {"PATCH /v1/webhook-endpoints/{id}", for_signed_in},
      {"DELETE /v1/webhook-endpoints/{id}", for_signed_in},
      {"POST /v1/webhook-endpoints/{id}/secret", for_signed_in},
      {"GET /v1/webhook-endpoints/{id}/deliveries", for_signed_in},
      {"POST /v1/webhook-endpoints/{id}/deliveries/{deliveryId}/retry", for_signed_in},
      {"GET /v1/introspection/summary", for_operators},
      {"GET /v1/introspection/actors", for_operators},
      {"GET /v1/introspection/sagas", for_operators},
      {"POST /v1/introspection/sagas/{id}/actions", for_admins},
      {"GET /v1/introspection/reconciliation", for_operators},
      {"GET /v1/introspection/journal", for_operators},
      {"GET /v1/introspection/views", for_operators},
      {"GET /v1/introspection/deliveries", for_operators},
      {"GET /v1/introspection/dependencies", for_operators},
      {"POST /v1/introspection/dependencies/{name}/actions", for_admins},
      {"GET /v1/introspection/drills", for_operators},
      {"POST /v1/introspection/drills/{name}/actions", for_admins},
      {"GET /v1/unsubscribe/{token}", for_all},
      {"POST /v1/unsubscribe/{token}", for_all},
      {"GET /livez", for_all},
      {"GET /readyz", for_all},
      {"GET /startupz", for_all},
      {"GET /metrics", for_all},
      {"GET /openapi.yaml", for_all},
      {"GET /docs", for_all},
      {"GET /offices", for_signed_in},
      {"POST /offices", for_operators},
      {"GET /offices/{id}", for_signed_in},
      {"PATCH /offices/{id}", for_operators},
      {"DELETE /offices/{id}", for_operators},
      {"GET /reservations", for_signed_in},
      {"POST /reservations", for_signed_in},
      {"GET /reservations/{id}", for_signed_in},
      {"PATCH /reservations/{id}", for_signed_in},
      {"GET /reservations/{id}/cancellation", for_signed_in},
      {"POST /reservations/{id}/cancellation", for_signed_in},
      {"GET /payments", for_signed_in},
      {"GET /payments/{id}", for_signed_in},
      {"GET /notifications", for_signed_in},
      {"POST /notifications/{id}/read", for_signed_in},
      {"GET /reviews", for_signed_in},
      {"POST /reviews", for_signed_in},
      {"GET /reviews/{id}", for_signed_in},
      {"PATCH /reviews/{id}", for_signed_in},
      {"DELETE /reviews/{id}", for_signed_in},
      {"GET /officeviews", for_signed_in},
  };
  return all;
}

std::string name_of(const http::route& r) {
  return std::string(to_string(r.method)) + " " + r.pattern;
}

std::string upper(std::string text) {
  for (auto& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

/// A path of the route whose placeholders name nothing that exists.
std::string path_of(std::string pattern) {
  for (std::size_t at; (at = pattern.find('{')) != std::string::npos;)
    pattern.replace(at, pattern.find('}') - at + 1, "nothing");
  return pattern;
}

class AccessMatrixTest : public ApiTest {};

TEST_F(AccessMatrixTest, EveryRouteIsInTheMatrixAndTheOtherWayRound) {
  std::vector<std::string> served, expected;
  for (const auto& r : gate->routes()) served.push_back(name_of(r));
  for (const auto& [name, e] : matrix()) expected.push_back(name);
  EXPECT_THAT(served, ::testing::UnorderedElementsAreArray(expected));
}

TEST_F(AccessMatrixTest, EveryRouteLetsInWhomTheMatrixSays) {
  feed->start();
  for (const auto& r : gate->routes()) {
    const auto name = name_of(r);
    const auto& e = matrix().at(name);
    const auto method = name.substr(0, name.find(' '));
    const auto check = [&](who as, int expected, const char* whom) {
      const auto out = start(as, method, path_of(r.pattern));
      out->pass(std::chrono::milliseconds(0));
      ASSERT_TRUE(out->answer || out->streamed) << name << " " << whom;
      const int status = out->answer ? out->answer->status : 200;
      if (expected == in)
        EXPECT_TRUE(status != 401 && status != 403 && status < 500)
            << name << " " << whom << " " << status;
      else
        EXPECT_EQ(status, expected) << name << " " << whom;
    };
    check(who::anonymous, e.anonymous, "anonymous");
    check(who::customer, e.customer, "customer");
    check(who::op, e.op, "operator");
    check(who::admin, e.admin, "admin");
  }
}

TEST_F(AccessMatrixTest, OpenApiDocumentsExactlyWhatIsServed) {
  static const std::map<std::string, access> roles{{"anonymous", access::anonymous},
                                                   {"signed_in", access::signed_in},
                                                   {"operators", access::operators},
                                                   {"admins", access::admins}};
  std::map<std::string, http::documented_operation> documented;
  for (auto& op : http::read_openapi(http::openapi_text()).operations)
    documented.emplace(upper(op.method) + " " + op.path, op);
  for (const auto& r : gate->routes()) {
    const auto found = documented.find(name_of(r));
    ASSERT_NE(found, documented.end()) << name_of(r);
    ASSERT_TRUE(roles.contains(found->second.role)) << name_of(r);
    EXPECT_EQ(roles.at(found->second.role), r.who) << name_of(r);
    EXPECT_EQ(found->second.scope, r.scope) << name_of(r);
    EXPECT_FALSE(found->second.summary.empty()) << name_of(r);
    EXPECT_FALSE(found->second.answers.empty()) << name_of(r);
  }
  EXPECT_EQ(documented.size(), gate->routes().size());
}

TEST_F(AccessMatrixTest, ScopesOfAKeyLimitWhatItOpens) {
  const auto made = post(who::customer, "/v1/accounts/acc_customer/keys",
                         R"({"name":"reader","scopes":["rooms:read","accounts:write"]})");
  ASSERT_EQ(made.status, 201) << made.body;
  const header_list bearer{{"authorization", "Bearer " + at(made, "/secret")}};
  EXPECT_EQ(call(who::anonymous, "GET", "/v1/rooms", "", bearer).status, 200);
  EXPECT_EQ(call(who::anonymous, "GET", "/v1/payments", "", bearer).status, 403);
  // It cannot make a key that opens more than itself.
  const auto wider = call(who::anonymous, "POST", "/v1/accounts/acc_customer/keys",
                          R"({"name":"wider","scopes":["payments:read"]})", bearer);
  EXPECT_EQ(wider.status, 403);
  EXPECT_EQ(
      call(who::anonymous, "POST", "/v1/accounts/acc_customer/keys", R"({"name":"all"})", bearer)
          .status,
      403);
  EXPECT_EQ(call(who::anonymous, "POST", "/v1/accounts/acc_customer/keys",
                 R"({"name":"same","scopes":["rooms:read"]})", bearer)
                .status,
            201);
}

TEST_F(AccessMatrixTest, ForeignThingsDoNotExistForCustomers) {
  const auto room = make_room();
  const auto id = make_booking(who::customer, room, 1, "k1");
  const auto hold = post(
      who::customer, "/v1/holds",
      R"({"roomId":")" + room + R"(","start":"2026-11-24T05:00:00Z","end":"2026-11-24T06:00:00Z"})",
      "k2");
  ASSERT_EQ(hold.status, 201) << hold.body;
  const auto payment = at(call(who::customer, "GET", "/v1/reservations/" + id + "/payment"), "/id");
  const auto message = at(call(who::customer, "GET", "/v1/notifications"), "/items/0/id");
  const std::vector<std::pair<std::string, std::string>> own{
      {"GET", "/v1/reservations/" + id},
      {"GET", "/v1/reservations/" + id + "/cancellation"},
      {"GET", "/v1/reservations/" + id + "/payment"},
      {"GET", "/v1/reservations/" + id + "/history"},
      {"GET", "/v1/payments/" + payment},
      {"GET", "/v1/holds/" + at(hold, "/id")},
      {"GET", "/v1/accounts/acc_customer"},
      {"GET", "/v1/accounts/acc_customer/keys"}};
  for (const auto& [method, target] : own) {
    EXPECT_EQ(call(who::customer, method, target).status, 200) << target;
    EXPECT_EQ(call(who::other, method, target).status, 404) << target;
    EXPECT_EQ(call(who::admin, method, target).status, 200) << target;
  }
  for (const auto& target :
       {"/v1/reservations/" + id + "/check-in", "/v1/reservations/" + id + "/check-out",
        "/v1/notifications/" + message + "/read"})
    EXPECT_EQ(call(who::other, "POST", target).status, 404) << target;
  EXPECT_EQ(post(who::other, "/v1/reservations/" + id + "/cancellation", "{}", "k3").status, 404);
  EXPECT_EQ(call(who::other, "DELETE", "/v1/holds/" + at(hold, "/id")).status, 404);
  EXPECT_EQ(
      call(who::other, "PATCH", "/v1/accounts/acc_customer", "{}", {{"if-match", "*"}}).status,
      404);
  EXPECT_EQ(call(who::other, "GET", "/v1/reservations?customerId=acc_customer").status, 403);
  EXPECT_EQ(call(who::other, "GET", "/v1/payments?customerId=acc_customer").status, 403);
  EXPECT_EQ(at(call(who::other, "GET", "/v1/reservations"), "/items"), "array of 0");
  EXPECT_EQ(at(call(who::op, "GET", "/v1/reservations?customerId=acc_customer"), "/items"),
            "array of 1");
  // Nothing was done by all this.
  EXPECT_EQ(at(call(who::customer, "GET", "/v1/reservations/" + id), "/status"), "confirmed");
}

}  // namespace
}  // namespace atrium::test
