// What the gate decides before a handler runs, seen through the server; headers of every answer.
#include <gmock/gmock.h>

#include <algorithm>
#include <atomic>
#include <future>

#include "http/problem_texts.hpp"
#include "tests/http/server_fixture.hpp"

namespace atrium::http::test {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using AdmissionTest = ServerFixture;

std::string bearer(const std::string& key) {
  return "Authorization: Bearer " + key + "\r\n";
}

TEST_F(AdmissionTest, UnknownPathsAre404) {
  start();
  for (const char* path : {"/", "/echo/", "/items/", "/items/1/2", "//echo", "/items//", "/ECHO"}) {
    const auto r = ask(get(path));
    EXPECT_EQ(r.problem(), "not-found") << path;
    EXPECT_EQ(r.header("connection"), "") << path;
  }
}

TEST_F(AdmissionTest, OtherMethodsAre405WithAllow) {
  start();
  auto r = ask("DELETE /echo HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(r.status, 405);
  EXPECT_EQ(r.problem(), "method-not-allowed");
  EXPECT_EQ(r.header("allow"), "GET, HEAD, POST, OPTIONS");
  EXPECT_EQ(ask(post("/scoped", "").replace(0, 4, "PUT")).header("allow"), "POST, OPTIONS");
}

TEST_F(AdmissionTest, OptionsListsTheMethods) {
  start();
  const auto r = ask("OPTIONS /echo HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(r.status, 204);
  EXPECT_EQ(r.header("allow"), "GET, HEAD, POST, OPTIONS");
  EXPECT_EQ(r.header("content-length"), "");
  EXPECT_THAT(ask("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n").header("allow"), HasSubstr("PATCH"));
}

struct who_may {
  const char* path;
  const char* key;
  int status;
};

TEST_F(AdmissionTest, EachRoleIsLetInWhereItBelongs) {
  start();
  const who_may matrix[] = {
      {"/mine", "", 401},
      {"/mine", "customer", 200},
      {"/mine", "operator", 200},
      {"/mine", "admin", 200},
      {"/operators", "", 401},
      {"/operators", "customer", 403},
      {"/operators", "operator", 200},
      {"/operators", "admin", 200},
      {"/admins", "", 401},
      {"/admins", "customer", 403},
      {"/admins", "operator", 403},
      {"/admins", "admin", 200},
      {"/mine", "wrong", 401},
      {"/echo", "wrong", 200},
      {"/echo", "", 200},
  };
  for (const auto& m : matrix) {
    const auto r = ask(get(m.path, *m.key ? bearer(m.key) : ""));
    EXPECT_EQ(r.status, m.status) << m.path << " as " << m.key;
    EXPECT_EQ(r.header("www-authenticate"), m.status == 401 ? "Bearer realm=\"atrium\"" : "");
  }
}

TEST_F(AdmissionTest, AKeyWithoutTheScopeIsToldWhichOneIsMissing) {
  start();
  const auto r = ask(post("/scoped", "", bearer("scoped")));
  EXPECT_EQ(r.problem(), "forbidden");
  EXPECT_THAT(r.body, HasSubstr("rooms:write"));
  EXPECT_EQ(ask(post("/scoped", "", bearer("operator"))).status, 200)
      << "no scopes: the role decides";
}

TEST_F(AdmissionTest, ProblemsSpeakTheLanguageAskedFor) {
  start();
  const auto korean = ask(get("/nowhere", "Accept-Language: en;q=0.5, ko-KR\r\n"));
  EXPECT_THAT(korean.body, HasSubstr("찾을 수 없습니다"));
  EXPECT_THAT(ask(get("/nowhere", "Accept-Language: fr, en\r\n")).body, HasSubstr("Not found"));
  // The caller's own locale counts when the header is silent.
  EXPECT_THAT(ask(get("/admins", bearer("customer"))).body, HasSubstr("권한"));
  EXPECT_THAT(ask(get("/admins", bearer("customer") + "Accept-Language: en\r\n")).body,
              HasSubstr("Only administrators"));
}

TEST_F(AdmissionTest, ProblemsNameThePathAndTheTrace) {
  start();
  const std::string trace = "4bf92f3577b34da6a3ce929d0e0e4736";
  const auto r =
      ask(get("/no%FFwhere?secret=1", "traceparent: 00-" + trace + "-00f067aa0ba902b7-01\r\n"));
  EXPECT_THAT(r.body, HasSubstr("\"instance\":\"/no%FFwhere\""));
  EXPECT_THAT(r.body, HasSubstr("\"traceId\":\"" + trace + "\""));
  EXPECT_THAT(r.body, HasSubstr("\"status\":404"));
  EXPECT_THAT(r.body, HasSubstr("\"code\":\"not-found\""));
}

TEST_F(AdmissionTest, TheTraceGoesOnUnderAnotherParent) {
  start();
  const std::string trace = "4bf92f3577b34da6a3ce929d0e0e4736";
  const auto r = ask(get("/echo", "traceparent: 00-" + trace + "-00f067aa0ba902b7-00\r\n"));
  EXPECT_THAT(r.header("traceparent"), MatchesRegex("00-" + trace + "-[0-9a-f]{16}-00"));
  EXPECT_THAT(r.header("traceparent"), ::testing::Not(HasSubstr("00f067aa0ba902b7")));
  EXPECT_EQ(r.header("x-request-id"), trace);
}

TEST_F(AdmissionTest, AMissingOrMalformedTraceIsReplaced) {
  start();
  for (const char* parent :
       {"", "traceparent: 00-00000000000000000000000000000000-00f067aa0ba902b7-01\r\n",
        "traceparent: ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\n",
        "traceparent: 00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01\r\n",
        "traceparent: nonsense\r\n"}) {
    const auto r = ask(get("/echo", parent));
    EXPECT_THAT(r.header("traceparent"), MatchesRegex("00-[0-9a-f]{32}-[0-9a-f]{16}-01")) << parent;
    EXPECT_THAT(r.header("traceparent"), ::testing::Not(HasSubstr("4bf92f"))) << parent;
  }
}

TEST_F(AdmissionTest, TheRequestIdIsEchoedWhenPresentable) {
  start();
  EXPECT_EQ(ask(get("/echo", "X-Request-Id: order-7\r\n")).header("x-request-id"), "order-7");
  EXPECT_EQ(ask(get("/echo", "X-Request-Id: a b\r\n")).header("x-request-id").size(), 32u);
  EXPECT_EQ(ask(get("/echo", "X-Request-Id: " + std::string(129, 'a') + "\r\n"))
                .header("x-request-id")
                .size(),
            32u);
}

TEST_F(AdmissionTest, EveryAnswerCarriesTheSecurityHeaders) {
  start();
  for (const char* path : {"/echo", "/nowhere", "/mine", "/throws"}) {
    const auto r = ask(get(path));
    EXPECT_EQ(r.header("x-content-type-options"), "nosniff") << path;
    EXPECT_EQ(r.header("content-security-policy"), "default-src 'none'; frame-ancestors 'none'")
        << path;
    EXPECT_EQ(r.header("cache-control"), "no-store") << path;
    EXPECT_EQ(r.header("server"), "") << path;
    EXPECT_THAT(r.header("date"),
                MatchesRegex("[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} .* GMT"))
        << path;
  }
}

TEST_F(AdmissionTest, AHandlersValueCannotStartAnotherField) {
  start();
  const auto r = ask(get("/inject"));
  EXPECT_EQ(r.header("set-cookie"), "");
  EXPECT_EQ(r.header("x-note"), "a  Set-Cookie: b");
}

TEST_F(AdmissionTest, WhoeverExceedsTheRateIsToldHowLongToWait) {
  options_.rates.address = {.per_second = 2, .burst = 3};
  start();
  auto c = connect();
  for (int left = 2; left >= 0; --left) {
    c.send(get("/echo"));
    const auto r = c.receive();
    EXPECT_EQ(r.status, 200);
    EXPECT_EQ(r.header("ratelimit-policy"), "\"address\";q=3;w=2");
    EXPECT_THAT(r.header("ratelimit"), HasSubstr("\"address\";r=" + std::to_string(left) + ";"));
  }
  c.send(get("/echo"));
  const auto r = c.receive();
  EXPECT_EQ(r.problem(), "rate-limited");
  EXPECT_EQ(r.status, 429);
  EXPECT_EQ(r.header("retry-after"), "1");
  EXPECT_THAT(r.body, HasSubstr("\"retryAfterMs\":500"));
  EXPECT_THAT(r.body, HasSubstr("2 requests per second"));
  c.send(get("/probe"));
  EXPECT_EQ(c.receive().status, 200) << "probes are not limited";
  pass(500ms);
  c.send(get("/echo"));
  EXPECT_EQ(c.receive().status, 200);
}

TEST_F(AdmissionTest, AccountsAreLimitedOneByOneAndWrongKeysByAddress) {
  options_.rates.account = {.per_second = 1, .burst = 1};
  options_.rates.address = {.per_second = 1, .burst = 2};
  start();
  EXPECT_EQ(ask(get("/mine", bearer("customer"))).status, 200);
  EXPECT_EQ(ask(get("/mine", bearer("customer"))).status, 429);
  EXPECT_EQ(ask(get("/mine", bearer("operator"))).status, 200);
  EXPECT_EQ(ask(get("/mine", bearer("guess-1"))).status, 401);
  EXPECT_EQ(ask(get("/mine", bearer("guess-2"))).status, 401);
  EXPECT_EQ(ask(get("/mine", bearer("guess-3"))).status, 429);
}

TEST_F(AdmissionTest, ProbesAreNeverLimited) {
  options_.rates.account = {.per_second = 1, .burst = 1};
  options_.rates.address = {.per_second = 1, .burst = 1};
  start();
  EXPECT_EQ(ask(get("/mine", bearer("guess"))).status, 401);
  EXPECT_EQ(ask(get("/mine", bearer("guess"))).status, 429);
  for (int i = 0; i < 20; ++i) {
    const auto r = ask(get("/probe"));
    EXPECT_EQ(r.status, 200);
    EXPECT_EQ(r.header("ratelimit"), "");
  }
}

TEST_F(AdmissionTest, CountersTellRoutesStatusesAndRefusals) {
  std::atomic<int> logged{0};
  options_.log = [&](const access_record& a) {
    EXPECT_EQ(a.peer, "127.0.0.1");
    EXPECT_FALSE(a.trace_id.empty());
    ++logged;
  };
  start();
  ask(get("/items/7"));
  ask(get("/items/8"));
  ask(get("/nowhere"));
  settle();
  const auto& stats = server_->stats();
  const auto route =
      std::find(stats.route_names.begin(), stats.route_names.end(), "GET /items/{id}");
  ASSERT_NE(route, stats.route_names.end());
  const auto& items = stats.routes[static_cast<std::size_t>(route - stats.route_names.begin())];
  EXPECT_EQ(items.by_class[2].load(), 2u);
  EXPECT_EQ(items.latency[0].load(), 2u);
  EXPECT_EQ(stats.routes.back().by_class[4].load(), 1u);
  const auto& not_found = problem_text_of("not-found");
  EXPECT_EQ(
      stats.problems[static_cast<std::size_t>(&not_found - all_problem_texts().data())].load(), 1u);
  EXPECT_EQ(stats.connections_accepted.load(), 3u);
  EXPECT_EQ(stats.requests_in_flight.load(), 0u);
  EXPECT_EQ(logged.load(), 3);
}

TEST_F(AdmissionTest, TellsHowLongRequestsWaitForTheirThread) {
  std::promise<std::chrono::nanoseconds> told;
  std::atomic<bool> first = true;
  options_.waited = [&](std::chrono::nanoseconds time) {
    if (first.exchange(false)) told.set_value(time);
  };
  start();
  EXPECT_EQ(ask(get("/mine", bearer("customer"))).status, 200);
  auto waited = told.get_future();
  ASSERT_EQ(waited.wait_for(std::chrono::seconds(30)), std::future_status::ready);
  EXPECT_GT(waited.get().count(), 0);
}

TEST_F(AdmissionTest, ABusyDeskRefusesBookingsBeforeTheirBodyIsRead) {
  std::atomic<bool> busy = true;
  options_.rates.busy = [&](const principal& who) -> std::optional<failure> {
    if (!busy || who.is_operator()) return {};
    return failure{.code = ec::overloaded,
                   .detail = "The booking desk is busy, please try again in 3 seconds.",
                   .retry_after_ms = 3000,
                   .reason = "booking-desk"};
  };
  start();
  const std::string head = "POST /bookings HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n" +
                           bearer("customer") + "Expect: 100-continue\r\n";
  const auto refused = ask(head + "Accept-Language: en\r\n\r\n");
  EXPECT_EQ(refused.status, 503) << "no 100 Continue before it";
  EXPECT_EQ(refused.problem(), "overloaded");
  EXPECT_EQ(refused.header("retry-after"), "3");
  EXPECT_THAT(refused.body, HasSubstr("The booking desk is busy, please try again in 3 seconds."));
  EXPECT_THAT(ask(head + "\r\n").body, HasSubstr("3초 뒤에 다시 시도해 주세요."));
  EXPECT_EQ(ask(get("/mine", bearer("customer"))).status, 200) << "reading goes on";
  EXPECT_EQ(ask(post("/bookings", "{}", bearer("operator"))).status, 200);
  auto c = connect();
  c.send(post("/bookings", "{}", bearer("customer")));
  EXPECT_EQ(c.receive().status, 503);
  busy = false;
  c.send(post("/bookings", "{}", bearer("customer")));
  EXPECT_EQ(c.receive().status, 200) << "the connection stays";
}

}  // namespace
}  // namespace atrium::http::test
