#include <gmock/gmock.h>

#include "tests/http/api_fixture.hpp"

namespace atrium::test {
namespace {

using ::testing::HasSubstr;

class SagaApiTest : public ApiTest {
 protected:
  http::response act(const std::string& body, who as = who::admin) {
    return call(as, "POST", "/v1/introspection/sagas/sg_1/actions", body,
                {{"content-type", "application/json"}});
  }
};

TEST_F(SagaApiTest, AnInstructionIsHandedOnWithItsNoteAndAnswered) {
  desk.planted_order = saga_info{.id = saga_id("sg_1"),
                                 .definition = "cancellation",
                                 .state = "running",
                                 .step = "refund-payment",
                                 .waiting_for = "the payment provider",
                                 .since = clock.t - std::chrono::seconds(5),
                                 .orders = {saga_order::retry}};
  const auto done = act(R"({"action":"resolve","note":"paid in cash"})");
  ASSERT_EQ(done.status, 200) << done.body;
  ASSERT_EQ(desk.instructed.size(), 1u);
  EXPECT_EQ(desk.instructed[0].id, saga_id("sg_1"));
  EXPECT_EQ(desk.instructed[0].order, saga_order::resolve);
  EXPECT_EQ(desk.instructed[0].note, "paid in cash");
  EXPECT_EQ(at(done, "/ageMs"), "5000");
  EXPECT_EQ(at(done, "/actions/0"), "retry");
  EXPECT_EQ(at(done, "/until"), "null");
}

TEST_F(SagaApiTest, BadInstructionsReachNobody) {
  for (const auto* body : {R"({})", R"({"action":"explode"})", R"({"action":"resolve"})",
                           R"({"action":"resolve","note":""})", R"({"action":"retry","x":1})"})
    EXPECT_EQ(act(body).status, 422) << body;
  EXPECT_EQ(act(R"({"action":"retry"})", who::op).status, 403);
  EXPECT_TRUE(desk.instructed.empty());
  EXPECT_EQ(act(R"({"action":"retry"})").status, 404);
}

TEST_F(SagaApiTest, TheListTellsWhyWhatWasTriedAndWhatIsPossible) {
  const auto all = call(who::op, "GET", "/v1/introspection/sagas");
  EXPECT_EQ(at(all, "/items/0/waitingFor"), "the payment provider");
  EXPECT_EQ(at(all, "/items/0/stuck"), "false");
  EXPECT_EQ(call(who::op, "GET", "/v1/introspection/sagas?state=parked").body,
            R"({"items":[],"nextCursor":null})");
  EXPECT_EQ(call(who::op, "GET", "/v1/introspection/sagas?state=lost").status, 422);
}

TEST_F(SagaApiTest, TheSummaryAndTheMetricsCountAllOfThem) {
  const auto summary = call(who::op, "GET", "/v1/introspection/summary");
  EXPECT_EQ(at(summary, "/actors/room"), "1500");
  EXPECT_EQ(at(summary, "/queued"), "3");
  EXPECT_EQ(at(summary, "/oldestMs"), "5");
  EXPECT_EQ(at(summary, "/sagas/parked"), "2");
  EXPECT_EQ(at(summary, "/sagasStuck"), "1");
  const auto metrics = call(who::anonymous, "GET", "/metrics").body;
  EXPECT_THAT(metrics, HasSubstr("atrium_actors{kind=\"room\"} 1500"));
  EXPECT_THAT(metrics, HasSubstr("atrium_sagas_stuck 1"));
}

TEST_F(SagaApiTest, ReconciliationTellsWhatItFound) {
  EXPECT_EQ(at(call(who::op, "GET", "/v1/introspection/reconciliation"), "/enabled"), "false");
  context->reconciliation = [] {
    http::reconciliation_report r;
    r.enabled = true;
    r.runs = 3;
    r.by_kind = {{"void-owed", 1}};
    r.found = {{"void-owed", "pay_1", "rs_1", "KRW", "healing", "settle-pay_1", 700}};
    return r;
  };
  const auto told = call(who::op, "GET", "/v1/introspection/reconciliation");
  EXPECT_EQ(at(told, "/byKind/void-owed"), "1");
  EXPECT_EQ(at(told, "/differences/0/amount/amount"), "700");
  EXPECT_EQ(at(told, "/differences/0/outcome"), "healing");
  EXPECT_EQ(at(told, "/finishedAt"), "null");
}

}  // namespace
}  // namespace atrium::test
