// New bookings that a busy desk refuses from their heads: who is refused so, and that nobody can
// tell it from a refusal that took the whole way.
#include <gmock/gmock.h>

#include <algorithm>
#include <atomic>
#include <regex>

#include "http/problem_texts.hpp"
#include "http/recent_callers.hpp"
#include "tests/http/server_fixture.hpp"

namespace atrium::http::test {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

/// A desk that is busy for customers when told so, and callers who are counted.
class SheddingTest : public ServerFixture {
 protected:
  SheddingTest() {
    options_.rates.busy = [this](const principal& who) -> std::optional<failure> {
      if (!busy_ || who.is_operator()) return {};
      return failure{.code = ec::overloaded,
                     .detail = "The booking desk is busy, please try again in 3 seconds.",
                     .retry_after_ms = 3000,
                     .reason = "booking-desk"};
    };
    options_.log = [this](const access_record& a) {
      if (a.status == 503) refused_account_ = a.account;
    };
  }
  static std::string booking(const std::string& key, const std::string& more = "") {
    return post("/bookings", "{}", "Authorization: Bearer " + key + "\r\n" + more);
  }
  /// Books once while there is time for it, so that the caller is known.
  void begin(const std::string& key = "customer") {
    start();
    EXPECT_EQ(ask(booking(key)).status, 200);
    busy_ = true;
    authenticated_ = 0;
  }
  std::atomic<bool> busy_ = false;
  std::string refused_account_;  // of the io thread; read when settled
};

TEST_F(SheddingTest, WhoIsKnownIsRefusedWithoutBeingAuthenticatedAgain) {
  begin();
  auto c = connect();
  for (int i = 0; i < 3; ++i) {
    c.send(booking("customer", "Accept-Language: en\r\n"));
    const auto r = c.receive();
    EXPECT_EQ(r.status, 503);
    EXPECT_EQ(r.problem(), "overloaded");
    EXPECT_EQ(r.header("retry-after"), "3");
    EXPECT_THAT(r.body, HasSubstr("please try again in 3 seconds"));
  }
  EXPECT_EQ(authenticated_, 0);
  c.send(booking("customer"));
  EXPECT_THAT(c.receive().body, HasSubstr("3초 뒤에")) << "in the caller's own language";
  busy_ = false;
  c.send(booking("customer"));
  EXPECT_EQ(c.receive().status, 200) << "the connection stays";
  EXPECT_EQ(authenticated_, 1);
}

TEST_F(SheddingTest, TheAnswerIsTheOneOfTheWholeWay) {
  begin();
  const std::string trace =
      "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00\r\n"
      "X-Request-Id: order-7\r\nAccept-Language: en\r\n";
  // What comes in chunks is authenticated again.
  const auto whole =
      ask("POST /bookings HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nAuthorization: "
          "Bearer customer\r\n" +
          trace + "\r\n0\r\n\r\n");
  EXPECT_EQ(authenticated_, 1);
  const auto quick = ask(booking("customer", trace));
  EXPECT_EQ(authenticated_, 1);
  EXPECT_EQ(quick.status, whole.status);
  EXPECT_EQ(quick.body, whole.body);
  EXPECT_THAT(quick.body, HasSubstr(R"("traceId":"4bf92f3577b34da6a3ce929d0e0e4736")"));
  EXPECT_THAT(quick.body, HasSubstr(R"("instance":"/bookings")"));
  ASSERT_EQ(quick.headers.size(), whole.headers.size());
  for (std::size_t i = 0; i != whole.headers.size(); ++i) {
    const auto& [name, value] = whole.headers[i];
    EXPECT_EQ(quick.headers[i].first, name);
    if (name == "date") continue;  // a second may have passed
    const auto without_span = [](const std::string& text) {
      return std::regex_replace(text, std::regex("-[0-9a-f]{16}-"), "-");
    };
    EXPECT_EQ(without_span(quick.headers[i].second), without_span(value)) << name;
  }
}

TEST_F(SheddingTest, EveryAnswerHasIdsOfItsOwn) {
  begin();
  const auto one = ask(booking("customer")), other = ask(booking("customer"));
  EXPECT_EQ(one.header("x-request-id").size(), 32u);
  EXPECT_NE(one.header("x-request-id"), other.header("x-request-id"));
  EXPECT_THAT(one.body, HasSubstr("\"traceId\":\"" + one.header("x-request-id") + "\""));
  EXPECT_EQ(authenticated_, 0);
}

TEST_F(SheddingTest, OthersGoTheWholeWay) {
  begin();
  EXPECT_EQ(ask(booking("wrong")).status, 401) << "a busy desk tells strangers nothing else";
  EXPECT_EQ(ask(booking("operator")).status, 200);
  EXPECT_EQ(ask(booking("scoped")).status, 503);
  EXPECT_EQ(authenticated_, 3);
  EXPECT_EQ(ask(booking("scoped")).status, 503) << "known by now";
  EXPECT_EQ(authenticated_, 3);
  EXPECT_EQ(ask(post("/bookings", "{}")).status, 401);
  EXPECT_EQ(ask(get("/mine", "Authorization: Bearer customer\r\n")).status, 200)
      << "reading goes on";
}

TEST_F(SheddingTest, AnOperatorWhoIsKnownIsLetInAllTheSame) {
  begin("operator");
  EXPECT_EQ(ask(booking("operator")).status, 200);
}

TEST_F(SheddingTest, WhatIsKnownOfACallerIsForgotten) {
  begin();
  pass(recent_callers::good_for + 1s);
  EXPECT_EQ(ask(booking("customer")).status, 503);
  EXPECT_EQ(authenticated_, 1);
}

TEST_F(SheddingTest, BodiesAreReadPast) {
  begin();
  auto c = connect();
  c.send(booking("customer") + booking("customer") + get("/echo"));
  EXPECT_EQ(c.receive().status, 503);
  EXPECT_EQ(c.receive().status, 503);
  EXPECT_EQ(c.receive().body, "/echo");
  EXPECT_EQ(authenticated_, 0);
  // A body that is still on its way is waited for as usual.
  const auto slow = booking("customer");
  c.send(slow.substr(0, slow.size() - 1));
  settle();
  c.send(slow.substr(slow.size() - 1));
  EXPECT_EQ(c.receive().status, 503);
}

TEST_F(SheddingTest, RateLimitsComeFirst) {
  options_.rates.account = {.per_second = 1, .burst = 3};
  begin();
  const auto r = ask(booking("customer"));
  EXPECT_EQ(r.status, 503);
  EXPECT_EQ(authenticated_, 0);
  EXPECT_THAT(r.header("ratelimit"), HasSubstr("\"account\";r=1;"));
  EXPECT_EQ(ask(booking("customer")).status, 503);
  EXPECT_EQ(ask(booking("customer")).status, 429);
}

TEST_F(SheddingTest, RefusalsAreCountedAndLogged) {
  begin();
  ask(booking("customer"));
  settle();
  const auto& stats = server_->stats();
  const auto& overloaded = problem_text_of("overloaded");
  EXPECT_EQ(
      stats.problems[static_cast<std::size_t>(&overloaded - all_problem_texts().data())].load(),
      1u);
  EXPECT_EQ(stats.requests_in_flight.load(), 0u);
  EXPECT_EQ(refused_account_, "customer");
}

TEST(RecentCallersTest, KnowsWhomItSawByRouteAndCredentials) {
  recent_callers memory;
  const recent_callers::time_point now{1h};
  principal who;
  memory.remember(1, "Bearer a", who, now);
  EXPECT_EQ(memory.find(1, "Bearer a", now), nullptr) << "nobody";
  who.account = account_id("acc_1");
  who.as = ev::role::operator_;
  who.locale = "ko";
  memory.remember(1, "Bearer a", who, now);
  const auto* found = memory.find(1, "Bearer a", now);
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->account, who.account);
  EXPECT_TRUE(found->is_operator());
  EXPECT_EQ(found->locale, "ko");
  EXPECT_EQ(memory.find(2, "Bearer a", now), nullptr);
  EXPECT_EQ(memory.find(1, "Bearer b", now), nullptr);
  EXPECT_EQ(memory.find(1, "", now), nullptr);
  EXPECT_EQ(memory.find(1, "Bearer a", now + recent_callers::good_for), nullptr);

  who.valid_for = 1s;
  memory.remember(1, "Bearer brief", who, now);
  EXPECT_EQ(memory.find(1, "Bearer brief", now + 1s), nullptr) << "no longer than the credentials";
  who.to_record = std::make_shared<const ev::account_facts>();
  memory.remember(1, "Bearer new", who, now);
  EXPECT_EQ(memory.find(1, "Bearer new", now), nullptr);
}

TEST(RecentCallersTest, ForgetsForNewcomers) {
  recent_callers memory;
  const recent_callers::time_point now{1h};
  principal who;
  who.account = account_id("acc_1");
  constexpr std::size_t many = 4 * recent_callers::most;
  for (std::size_t i = 0; i != many; ++i)
    memory.remember(1, "Bearer " + std::to_string(i), who, now);
  std::size_t known = 0;
  for (std::size_t i = 0; i != many; ++i)
    known += memory.find(1, "Bearer " + std::to_string(i), now) != nullptr ? 1 : 0;
  EXPECT_LE(known, recent_callers::most);
  EXPECT_GT(known, recent_callers::most / 2);
}

}  // namespace
}  // namespace atrium::http::test
