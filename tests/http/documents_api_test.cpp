#include <gmock/gmock.h>

#include "http/openapi_document.hpp"
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

TEST_F(DocumentsApiTest, DocsPageExplainsEveryRequestWithACommand) {
  const auto page = call(who::anonymous, "GET", "/docs").body;
  const auto doc = http::read_openapi(http::openapi_text());
  for (const auto& op : doc.operations) {
    EXPECT_THAT(page, HasSubstr("<section id=\"" + op.id + "\">")) << op.path;
    if (op.body.empty()) continue;
    const auto* body = doc.find_schema(op.body);
    ASSERT_NE(body, nullptr) << op.body;
    EXPECT_FALSE(body->example.empty()) << op.body << " has no example in the contract";
    EXPECT_FALSE(body->fields.empty()) << op.body;
  }
  EXPECT_THAT(page, HasSubstr("-H &quot;Idempotency-Key: $RANDOM-$RANDOM&quot;"));
  EXPECT_THAT(page, HasSubstr("-H 'If-Match: *'"));
  for (std::size_t at = 0; (at = page.find("href=\"#", at)) != std::string::npos;) {
    at += 7;
    const auto id = page.substr(at, page.find('"', at) - at);
    EXPECT_THAT(page, HasSubstr("id=\"" + id + "\"")) << "a link that leads nowhere";
  }
}

TEST_F(DocumentsApiTest, TheContractIsReadAsItIsMeant) {
  const auto doc = http::read_openapi(R"(
tags: [{name: A, description: all}]
paths:
  /v1/things/{id}:
    post:
      tags: [A]
      operationId: make
      parameters: [{$ref: '#/components/parameters/Key'}]
      requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Thing'}}}}
      responses: {"201": {description: made, content: {application/json: {schema: {$ref: '#/components/schemas/Thing'}}}}}
  /things/{id}: {$ref: '#/paths/~1v1~1things~1{id}'}
components:
  parameters:
    Key: {name: Key, in: header, required: true, schema: {type: string, minLength: 1, maxLength: 9}}
  schemas:
    Thing:
      type: object
      required: [size]
      properties:
        size: {type: integer, minimum: 1, default: 3}
        parts: {type: array, items: {$ref: '#/components/schemas/Thing'}}
        at: {type: [string, 'null'], format: date-time}
      examples: [{size: 2, name: '7'}]
)");
  ASSERT_EQ(doc.operations.size(), 2u);
  const auto& make = doc.operations[0];
  EXPECT_EQ(doc.operations[1].path, "/things/{id}");
  EXPECT_EQ(doc.operations[1].alias_of, "/v1/things/{id}");
  EXPECT_EQ(make.parameters.at(0).type, "text, 1..9 characters");
  EXPECT_TRUE(make.parameters[0].required);
  EXPECT_EQ(make.answers.at(0).schema, "Thing");
  const auto* thing = doc.find_schema(make.body);
  ASSERT_NE(thing, nullptr);
  EXPECT_EQ(thing->fields.at(0).type, "whole number at least 1");
  EXPECT_EQ(thing->fields[0].description, "3 when left out");
  EXPECT_TRUE(thing->fields[0].required);
  EXPECT_EQ(thing->fields.at(1).type, "list of");
  EXPECT_EQ(thing->fields[1].schema, "Thing");
  EXPECT_EQ(thing->fields.at(2).type, "instant or null");
  EXPECT_EQ(thing->example, "{\n  \"size\": 2,\n  \"name\": \"7\"\n}");
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
        "atrium_projection_lag{projection=\"views\"} 3", "atrium_sagas{state=\"running\"} 3",
        "atrium_actors{kind=\"room\"} 1500", "atrium_extra_total{a=\"b\"} 9"})
    EXPECT_THAT(text.body, HasSubstr(line));
}

TEST_F(DocumentsApiTest, AHistogramOfSomebodyElseIsWrittenWithItsBuckets) {
  http::metric_sample s{http::metric_sample::kind::histogram,
                        "atrium_payment_call_seconds",
                        "Time.",
                        {{"operation", "capture"}}};
  s.buckets = {{0.005, 2}, {0.25, 3}};
  s.count = 4;
  s.value = 1.5;
  context->metric_sources.push_back([s] { return std::vector{s}; });
  const auto text = call(who::anonymous, "GET", "/metrics").body;
  for (const char* line :
       {"atrium_payment_call_seconds_bucket{operation=\"capture\",le=\"0.25\"} 3",
        "atrium_payment_call_seconds_bucket{operation=\"capture\",le=\"+Inf\"} 4",
        "atrium_payment_call_seconds_sum{operation=\"capture\"} 1.5",
        "atrium_payment_call_seconds_count{operation=\"capture\"} 4"})
    EXPECT_NE(text.find(line), std::string::npos) << line;
}

TEST_F(DocumentsApiTest, IntrospectionIsReadByOperators) {
  const auto summary = call(who::op, "GET", "/v1/introspection/summary");
  ASSERT_EQ(summary.status, 200) << summary.body;
  EXPECT_EQ(at(summary, "/actors/room"), "1500");
  EXPECT_EQ(at(summary, "/sagas/running"), "3");
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
