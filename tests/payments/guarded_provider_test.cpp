#include "payments/guarded_provider.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "tests/payments/support.hpp"

namespace atrium {
namespace {

using kind = payment_answer::kind;

/// Keeps every call open until the test answers it.
class held_provider final : public payment_provider {
 public:
  std::string_view name() const override { return "held"; }
  void authorize(authorize_request, answered done) override { open.push_back(std::move(done)); }
  void capture(payment_operation, answered done) override { open.push_back(std::move(done)); }
  void void_payment(payment_operation, answered done) override { open.push_back(std::move(done)); }
  void refund(payment_operation, answered done) override { open.push_back(std::move(done)); }
  void lookup(payment_id, std::string, found done) override {
    done({payment_lookup::kind::ok, {}});
  }
  std::vector<answered> open;
};

class GuardedProviderTest : public testing::Test {
 protected:
  GuardedProviderTest() {
    guarded_provider::options o;
    o.breaker.least_calls = 4;
    o.most_in_flight = 3;
    o.on_change = [this](std::string_view s) { changes.emplace_back(s); };
    auto held = std::make_unique<held_provider>();
    inner = held.get();
    guarded = std::make_unique<guarded_provider>(std::move(held), time, o);
  }
  payment_answer& authorize() {
    auto& a = *answers.emplace_back(std::make_unique<payment_answer>());
    a.code = "none yet";
    guarded->authorize({}, [&a](payment_answer got) { a = std::move(got); });
    return a;
  }
  void answer_all(kind with) {
    auto open = std::exchange(inner->open, {});
    for (auto& done : open) done({.is = with});
  }
  void fail(int calls) {
    for (int i = 0; i != calls; ++i) authorize(), answer_all(kind::unknown);
  }

  test::virtual_time time;
  held_provider* inner = nullptr;
  std::unique_ptr<guarded_provider> guarded;
  std::vector<std::unique_ptr<payment_answer>> answers;
  std::vector<std::string> changes;
};

TEST_F(GuardedProviderTest, PassesAnswersOn) {
  auto& a = authorize();
  EXPECT_EQ(guarded->in_flight(), 1u);
  answer_all(kind::rejected);
  EXPECT_EQ(a.is, kind::rejected);
  EXPECT_EQ(guarded->in_flight(), 0u);
}

TEST_F(GuardedProviderTest, NoMoreThanItsBoundAreOut) {
  for (int i = 0; i != 3; ++i) authorize();
  const auto& a = authorize();
  EXPECT_EQ(inner->open.size(), 3u);
  EXPECT_EQ(a.is, kind::retryable);
  EXPECT_TRUE(a.not_sent);
  answer_all(kind::ok);
  authorize();
  EXPECT_EQ(inner->open.size(), 1u);
}

TEST_F(GuardedProviderTest, DeclinesAreHealthyAndUnknownsAreNot) {
  for (int i = 0; i != 10; ++i) authorize(), answer_all(kind::rejected);
  EXPECT_EQ(guarded->refuses_for().count(), 0);
  fail(10);
  EXPECT_GT(guarded->refuses_for().count(), 0);
  const auto& a = authorize();
  EXPECT_TRUE(inner->open.empty()) << "not even asked";
  EXPECT_TRUE(a.not_sent);
  EXPECT_GT(a.retry_after_ms, 0);
  payment_lookup looked;
  guarded->lookup(payment_id{"p"}, {}, [&](payment_lookup l) { looked = l; });
  EXPECT_TRUE(looked.not_sent);
}

TEST_F(GuardedProviderTest, OneGoodProbeLetsAllThroughAgain) {
  fail(4);
  time.advance(std::chrono::seconds(5));
  authorize();
  EXPECT_EQ(inner->open.size(), 1u);
  EXPECT_TRUE(authorize().not_sent);
  answer_all(kind::ok);
  authorize();
  EXPECT_EQ(inner->open.size(), 1u);
  EXPECT_EQ(changes, (std::vector<std::string>{"open", "closed"}));
}

TEST_F(GuardedProviderTest, AnOperatorTripsAndResetsIt) {
  guarded->trip();
  EXPECT_TRUE(authorize().not_sent);
  guarded->reset();
  authorize();
  EXPECT_EQ(inner->open.size(), 1u);
  EXPECT_EQ(changes, (std::vector<std::string>{"tripped", "closed"}));
}

TEST_F(GuardedProviderTest, RepeatsAreAShareOfTheCalls) {
  guarded_provider::options o;
  o.retries = {.percent = 50, .least_per_s = 1};
  auto held = std::make_unique<held_provider>();
  guarded_provider few(std::move(held), time, o);
  const auto granted = [&] {
    int n = 0;
    while (few.may_retry()) ++n;
    return n;
  };
  EXPECT_EQ(granted(), 10);
  for (int i = 0; i != 40; ++i) few.authorize({}, [](const payment_answer&) {});
  EXPECT_EQ(few.retries_left(), 15u) << "half of 40 first calls without the ten taken already";
  EXPECT_EQ(few.retries_postponed(), 1u);
}

TEST_F(GuardedProviderTest, AnswersMayComeAfterItsEnd) {
  authorize();
  auto open = std::exchange(inner->open, {});
  guarded.reset();
  open.front()({.is = kind::ok});
  EXPECT_EQ(answers.front()->is, kind::ok);
}

TEST_F(GuardedProviderTest, CallsAreCountedByOperationAndOutcome) {
  using operation = call_probe::operation;
  using outcome = call_probe::outcome;
  const auto count = [&](operation op, outcome how) {
    return guarded->calls().of(op).by_outcome[static_cast<std::size_t>(how)].load();
  };
  authorize(), answer_all(kind::ok);
  authorize(), answer_all(kind::rejected);
  authorize(), answer_all(kind::requires_action);
  guarded->lookup(payment_id{"p"}, {}, [](const payment_lookup&) {});
  EXPECT_EQ(count(operation::authorize, outcome::ok), 1u);
  EXPECT_EQ(count(operation::authorize, outcome::declined), 1u);
  EXPECT_EQ(count(operation::authorize, outcome::requires_action), 1u);
  EXPECT_EQ(count(operation::lookup, outcome::ok), 1u);
  EXPECT_EQ(count(operation::capture, outcome::ok), 0u);
  fail(10);
  const auto unknown = count(operation::authorize, outcome::unknown);
  authorize();
  EXPECT_EQ(count(operation::authorize, outcome::unknown), unknown);
  EXPECT_EQ(count(operation::authorize, outcome::not_sent), 0u) << "kept back is not called";
}

TEST(CallProbeTest, TimesFallIntoTheirBuckets) {
  using std::chrono::microseconds;
  call_probe probe;
  const auto op = call_probe::operation::capture;
  for (const auto us : {0, 999, 1'000, 1'001, 99'000, 20'000'000})
    probe.record(op, call_probe::outcome::ok, microseconds{us});
  const auto& n = probe.of(op);
  EXPECT_EQ(n.by_time[0], 3u) << "up to a millisecond";
  EXPECT_EQ(n.by_time[1], 1u);
  EXPECT_EQ(n.by_time[6], 1u) << "up to 100 ms";
  EXPECT_EQ(n.by_time.back(), 1u);
  EXPECT_EQ(n.total_us, 20'102'000u);
}

}  // namespace
}  // namespace atrium
