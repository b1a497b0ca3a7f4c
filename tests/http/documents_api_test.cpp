#include <gmock/gmock.h>

#include "http/docs_page.hpp"
#include "http/probe.hpp"
#include "tests/http/api_fixture.hpp"

namespace atrium::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class DocumentsApiTest : public ApiTest {};

TEST_F(DocumentsApiTest, DocsPageListsEveryRouteAndRunsNothing) {
  const auto page = call(who::anonymous, "GET", "/docs");
  EXPECT_EQ(page.status, 200);
  EXPECT_EQ(page.content_type, "text/html; charset=utf-8");
  for (const auto& r : gate->routes())
    EXPECT_THAT(page.body, HasSubstr("<code>" + r.pattern + "</code>"));
  EXPECT_THAT(page.body, Not(HasSubstr("<script")));
  const auto policy = header(page, "Content-Security-Policy");
  EXPECT_THAT(policy, HasSubstr("default-src 'none'"));
  EXPECT_THAT(policy, HasSubstr("style-src 'sha256-"));
  EXPECT_THAT(policy, HasSubstr("frame-ancestors 'none'"));
  EXPECT_THAT(policy, Not(HasSubstr("unsafe")));
}

TEST_F(DocumentsApiTest, OpenApiIsServedAsItIsCompiledIn) {
  const auto yaml = call(who::anonymous, "GET", "/openapi.yaml");
  EXPECT_EQ(yaml.content_type, "application/yaml");
  EXPECT_EQ(yaml.body, http::openapi_text());
  EXPECT_THAT(yaml.body, ::testing::StartsWith("openapi: 3.1.0"));
}

TEST_F(DocumentsApiTest, ReadinessFollowsItsChecksAndDraining) {
  EXPECT_EQ(call(who::anonymous, "GET", "/livez").status, 200);
  EXPECT_EQ(call(who::anonymous, "GET", "/readyz").status, 200);
  context->readiness = [] {
    return std::vector<http::readiness_check>{{"journal", true, ""},
                                              {"views", false, "rebuilding"}};
  };
  const auto not_ready = call(who::anonymous, "GET", "/readyz");
  EXPECT_EQ(not_ready.status, 503);
  EXPECT_THAT(at(not_ready, "/detail"), HasSubstr("views: rebuilding"));
  context->draining = [] { return true; };
  EXPECT_EQ(at(call(who::anonymous, "GET", "/readyz"), "/code"), "draining");
  EXPECT_EQ(call(who::anonymous, "GET", "/livez").status, 200);
  EXPECT_EQ(call(who::anonymous, "GET", "/startupz").status, 200);
  context->started = [] { return false; };
  EXPECT_EQ(call(who::anonymous, "GET", "/startupz").status, 503);
}

TEST_F(DocumentsApiTest, MetricsAreInPrometheusText) {
  http::probe counted({"GET /v1/rooms"});
  counted.answered(0, 200, std::chrono::microseconds(700), "");
  counted.answered(0, 404, std::chrono::microseconds(90), "not-found");
  context->transport = [&] { return &counted; };
  context->journal_numbers = [] { return journal_stats{.events = 42, .commits = 7}; };
  context->followers = [] {
    return std::vector<follower::status>{{.name = "views", .position = 5, .lag = 3}};
  };
  context->metric_sources.push_back([] {
    return std::vector<http::metric_sample>{
        {http::metric_sample::kind::counter, "atrium_extra_total", "Extra.", {{"a", "b"}}, 9}};
  });
  const auto text = call(who::anonymous, "GET", "/metrics");
  EXPECT_THAT(text.content_type, HasSubstr("version=0.0.4"));
  for (const auto* line :
       {"# TYPE atrium_http_requests_total counter",
        "atrium_http_requests_total{route=\"GET /v1/rooms\",status=\"2xx\"} 1",
        "atrium_http_request_seconds_bucket{route=\"GET /v1/rooms\",le=\"0.001\"} 2",
        "atrium_http_request_seconds_count{route=\"GET /v1/rooms\"} 2",
        "atrium_http_problems_total{problem=\"not-found\"} 1", "atrium_journal_events_total 42",
        "atrium_projection_lag{projection=\"views\"} 3", "atrium_sagas{state=\"running\"} 1",
        "atrium_actors{kind=\"room\"} 1", "atrium_extra_total{a=\"b\"} 9"})
    EXPECT_THAT(text.body, HasSubstr(line));
}

TEST_F(DocumentsApiTest, IntrospectionIsReadByOperators) {
  const auto summary = call(who::op, "GET", "/v1/introspection/summary");
  ASSERT_EQ(summary.status, 200) << summary.body;
  EXPECT_EQ(at(summary, "/actors/room"), "1");
  EXPECT_EQ(at(summary, "/sagas/running"), "1");
  EXPECT_EQ(at(summary, "/viewsLag"), "0");
  EXPECT_EQ(at(call(who::op, "GET", "/v1/introspection/actors?limit=5"), "/items/0/handled"), "7");
  EXPECT_EQ(at(call(who::op, "GET", "/v1/introspection/sagas"), "/items/0/waitingFor"),
            "the payment provider");
  EXPECT_NE(at(call(who::op, "GET", "/v1/introspection/journal"), "/position"), "0");
  EXPECT_NE(at(call(who::op, "GET", "/v1/introspection/views"), "/tables"), "(none)");
  EXPECT_EQ(call(who::op, "GET", "/v1/introspection/actors?limit=0").status, 422);
}

TEST_F(DocumentsApiTest, RefusalsAreInTheLanguageAskedFor) {
  const auto korean =
      call(who::customer, "GET", "/v1/rooms/nothing", "", {{"accept-language", "ko"}});
  const auto english = call(who::customer, "GET", "/v1/rooms/nothing");
  EXPECT_EQ(at(korean, "/code"), at(english, "/code"));
  EXPECT_NE(at(korean, "/title"), at(english, "/title"));
}

}  // namespace
}  // namespace atrium::test
