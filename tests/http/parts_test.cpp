// Router, rate limiter, targets, languages, problem bodies: no sockets.
#include <gmock/gmock.h>

#include <chrono>
#include <stdexcept>

#include "http/accept.hpp"
#include "http/problem_texts.hpp"
#include "http/rate_limiter.hpp"
#include "http/router.hpp"
#include "http/target.hpp"
#include "http/trace_context.hpp"

namespace atrium::http {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

route to(verb v, std::string pattern) {
  return {v, std::move(pattern), access::anonymous, "", [](const auto&, const auto&) {}};
}
std::vector<route> list(std::initializer_list<const char*> patterns) {
  std::vector<route> out;
  for (const char* p : patterns) out.push_back(to(verb::get, p));
  return out;
}

TEST(RouterTest, LiteralWinsOverSuffixOverPlaceholder) {
  const router r(list({"/a/{id}", "/a/special", "/a/{id}.ics", "/a/{id}/b", "/a/{x}.tar.ics"}));
  std::vector<std::string> params;
  EXPECT_EQ(r.find(verb::get, "/a/special", params).index, 1u);
  EXPECT_TRUE(params.empty());
  EXPECT_EQ(r.find(verb::get, "/a/7", params).index, 0u);
  EXPECT_THAT(params, ElementsAre("7"));
  EXPECT_EQ(r.find(verb::get, "/a/7.ics", params).index, 2u);
  EXPECT_THAT(params, ElementsAre("7"));
  EXPECT_EQ(r.find(verb::get, "/a/7.tar.ics", params).index, 4u);
  EXPECT_EQ(r.find(verb::get, "/a/.ics", params).index, 0u);
  EXPECT_THAT(params, ElementsAre(".ics"));
}

TEST(RouterTest, ADeadEndFallsBackToThePlaceholder) {
  const router r(list({"/a/special/x", "/a/{id}/b", "/{p}/{q}/{r}/{s}"}));
  std::vector<std::string> params;
  EXPECT_EQ(r.find(verb::get, "/a/special/b", params).index, 1u);
  EXPECT_THAT(params, ElementsAre("special"));
  EXPECT_EQ(r.find(verb::get, "/a/special/b/c", params).index, 2u);
  EXPECT_THAT(params, ElementsAre("a", "special", "b", "c"));
}

TEST(RouterTest, SegmentsAreDecodedOneByOne) {
  const router r(list({"/rooms/{id}"}));
  std::vector<std::string> params;
  EXPECT_EQ(r.find(verb::get, "/r%6foms/a%2Fb", params).index, 0u);
  EXPECT_THAT(params, ElementsAre("a/b"));
  EXPECT_EQ(r.find(verb::get, "/rooms%2Fa", params).index, router::none);
}

TEST(RouterTest, TheRootIsARouteOfItsOwn) {
  const router r(list({"/"}));
  std::vector<std::string> params;
  EXPECT_EQ(r.find(verb::get, "/", params).index, 0u);
  EXPECT_EQ(r.find(verb::get, "/x", params).index, router::none);
}

TEST(RouterTest, BadPatternsAreBugs) {
  EXPECT_THROW(router(list({"a"})), std::invalid_argument);
  EXPECT_THROW(router(list({"/a//b"})), std::invalid_argument);
  EXPECT_THROW(router(list({"/a/{b"})), std::invalid_argument);
  EXPECT_THROW(router(list({"/a/{b}", "/a/{c}"})), std::invalid_argument);
}

TEST(RateLimiterTest, ABucketRefillsSteadily) {
  rate_limiter limiter({.per_second = 10, .burst = 2}, 100);
  auto now = rate_limiter::time_point{} + 1h;
  EXPECT_TRUE(limiter.take("a", now).allowed);
  EXPECT_EQ(limiter.take("a", now).left, 0u);
  const auto refused = limiter.take("a", now);
  EXPECT_FALSE(refused.allowed);
  EXPECT_EQ(refused.next, 100ms);
  EXPECT_EQ(refused.full, 200ms);
  EXPECT_FALSE(limiter.take("a", now + 99ms).allowed);
  EXPECT_TRUE(limiter.take("a", now + 101ms).allowed);
  EXPECT_EQ(limiter.take("a", now + 1h).left, 1u) << "never more than the burst";
}

TEST(RateLimiterTest, LookingTakesNothing) {
  rate_limiter limiter({.per_second = 10, .burst = 1}, 100);
  const auto now = rate_limiter::time_point{} + 1h;
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(limiter.has_token("a", now));
  EXPECT_TRUE(limiter.take("a", now).allowed);
  EXPECT_FALSE(limiter.has_token("a", now + 99ms));
  EXPECT_TRUE(limiter.has_token("a", now + 100ms));
  EXPECT_TRUE(limiter.has_token("b", now));
  EXPECT_TRUE(rate_limiter({}, 100).has_token("a", now)) << "no limit";
}

TEST(RateLimiterTest, LongRunsGetTheirRateAndNoMore) {
  rate_limiter limiter({.per_second = 50, .burst = 100}, 100);
  const auto start = rate_limiter::time_point{} + 1h;
  int allowed = 0;
  for (auto t = 0ms; t < 60s; t += 1ms) allowed += limiter.take("a", start + t).allowed ? 1 : 0;
  EXPECT_NEAR(allowed, 100 + 50 * 60, 1);
  EXPECT_FALSE(limiter.take("a", start - 1h).allowed) << "a clock that goes back gives nothing";
}

TEST(RateLimiterTest, TheTableIsBoundedAndForgetsTheLeastRecent) {
  rate_limiter limiter({.per_second = 1, .burst = 1}, 160);
  const auto now = rate_limiter::time_point{} + 1h;
  for (int i = 0; i < 10'000; ++i) limiter.take("key" + std::to_string(i), now);
  EXPECT_LE(limiter.keys(), 160u);
  EXPECT_FALSE(limiter.take("key9999", now).allowed) << "the most recent is still known";
}

TEST(TargetTest, OriginFormIsFoundInAbsoluteForm) {
  EXPECT_EQ(origin_form("/a?b"), "/a?b");
  EXPECT_EQ(origin_form("HTTP://h:1/a"), "/a");
  EXPECT_EQ(origin_form("https://h"), "/");
  EXPECT_EQ(origin_form("http://h?q"), "?q");
  EXPECT_EQ(origin_form("http://u@h/a"), "");
  EXPECT_EQ(origin_form("h:80"), "");
}

TEST(TargetTest, QueriesKeepOrderAndEmptyValues) {
  std::vector<std::pair<std::string, std::string>> q;
  parse_query("b=2&a=1&&c&=x&b=%2B+", q);
  using p = std::pair<std::string, std::string>;
  EXPECT_THAT(q, ElementsAre(p{"b", "2"}, p{"a", "1"}, p{"c", ""}, p{"", "x"}, p{"b", "+ "}));
}

TEST(LanguageTest, TheBetterRankedLanguageWins) {
  EXPECT_EQ(preferred_language("ko"), "ko");
  EXPECT_EQ(preferred_language("ko, en"), "ko");
  EXPECT_EQ(preferred_language("en, ko"), "en");
  EXPECT_EQ(preferred_language("en;q=0.8, ko;q=0.9"), "ko");
  EXPECT_EQ(preferred_language("de, KO-kr;q=0.1"), "ko");
  EXPECT_EQ(preferred_language("ko;q=0, en;q=0.001"), "en");
  EXPECT_EQ(preferred_language("kok, eng"), "");
  EXPECT_EQ(preferred_language(""), "");
}

failure slot_taken() {
  failure f;
  f.code = ec::slot_taken;
  f.detail = "Room a is booked from 9 to 10.";
  f.violations = {{"opening-hours", "09:00-22:00", "23:00", "/start"}};
  f.alternatives = {{room_id("b"), {instant{} + 24h, instant{} + 25h}}};
  f.conflicting = {"res_1"};
  f.reason = "because \"so\"";
  return f;
}

TEST(ProblemTest, AllTypedMembersAreThere) {
  request r;
  r.target = "/v1/reservations?x=1";
  r.trace_id = "4bf92f3577b34da6a3ce929d0e0e4736";
  const auto p = problem(slot_taken(), r);
  EXPECT_EQ(p.status, 409);
  EXPECT_EQ(p.problem, "slot-taken");
  EXPECT_EQ(
      p.body,
      R"({"type":"https://atrium.dev/problems/slot-taken","title":"The slot is taken","status":409,)"
      R"("detail":"Room a is booked from 9 to 10.","code":"slot-taken","instance":"/v1/reservations",)"
      R"("traceId":"4bf92f3577b34da6a3ce929d0e0e4736",)"
      R"("violations":[{"rule":"opening-hours","limit":"09:00-22:00","actual":"23:00","pointer":"/start"}],)"
      R"("alternatives":[{"roomId":"b","start":"1970-01-02T00:00:00Z","end":"1970-01-02T01:00:00Z"}],)"
      R"("conflicting":["res_1"],"reason":"because \"so\""})");
}

TEST(ProblemTest, KoreanIsComposedFromTheMembers) {
  request r;
  r.path = "/v1/reservations";
  r.language = "ko";
  const auto p = problem(slot_taken(), r);
  EXPECT_THAT(p.body, HasSubstr("\"title\":\"이미 예약된 시간입니다\""));
  EXPECT_THAT(p.body, HasSubstr("[운영 시간 /start, 허용: 09:00-22:00, 요청: 23:00]"));
  EXPECT_THAT(p.body, ::testing::Not(HasSubstr("Room a is booked")));
}

TEST(ProblemTest, KoreanKeepsWhatOnlyTheDetailNames) {
  request r;
  r.language = "ko";
  const auto p = problem(
      failure{.code = ec::malformed, .detail = "The header Idempotency-Key is missing."}, r);
  EXPECT_THAT(p.body, HasSubstr("(The header Idempotency-Key is missing.)"));
  const auto edge = edge_problem("body-too-large", "The body may have at most 5 bytes.", r);
  EXPECT_THAT(edge.body,
              HasSubstr("줄여서 다시 보내 주세요. (The body may have at most 5 bytes.)"));
}

TEST(ProblemTest, EveryRefusalHasAStatusAndWordsInBothLanguages) {
  for (int i = 0; i <= static_cast<int>(ec::timeout); ++i) {
    const auto code = static_cast<ec>(i);
    const auto& text = problem_text_of(code);
    EXPECT_EQ(text.name, to_string(code));
    EXPECT_GE(status_of(code), 400);
    EXPECT_EQ(is_transient(code), text.status == 429 || text.status == 503 || text.status == 507);
    EXPECT_FALSE(text.title_en.empty() || text.title_ko.empty() || text.detail_ko.empty());
    failure f;
    f.code = code;
    const auto p = problem(f, {});
    const bool waits = std::any_of(p.headers.begin(), p.headers.end(),
                                   [](const auto& h) { return h.first == "Retry-After"; });
    EXPECT_EQ(waits, is_transient(code)) << text.name;
  }
}

TEST(ProblemTest, RetryAfterIsRoundedUpToWholeSeconds) {
  failure f;
  f.code = ec::overloaded;
  f.retry_after_ms = 1001;
  const auto p = problem(f, {});
  EXPECT_THAT(p.headers, ElementsAre(std::pair<std::string, std::string>("Retry-After", "2")));
  EXPECT_THAT(p.body, HasSubstr("\"retryAfterMs\":1001"));
}

TEST(ProblemTest, BytesThatAreNoTextBecomeReplacementCharacters) {
  failure f;
  f.code = ec::validation;
  f.detail = "a\xff\xc0\x80\xed\xa0\x80\x01\"\\";
  const std::string replaced = "\xef\xbf\xbd";
  std::string expected = "\"detail\":\"a";
  for (int i = 0; i < 6; ++i) expected += replaced;
  EXPECT_THAT(problem(f, {}).body, HasSubstr(expected + "\\u0001\\\"\\\\\""));
}

}  // namespace
}  // namespace atrium::http
