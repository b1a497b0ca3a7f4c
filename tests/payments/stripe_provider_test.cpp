#include "payments/stripe_provider.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <set>

#include "payments/known_references.hpp"
#include "tests/payments/provider_harness.hpp"
#include "tests/payments/psp_server.hpp"

namespace atrium {
namespace {

using kind = payment_answer::kind;
using testing::HasSubstr;
using testing::Not;

class StripeTest : public testing::Test {
 protected:
  void connect(stripe_provider::options o) {
    o.warn = [this](std::string_view text) {
      const std::lock_guard lock(mutex_);
      warnings_.emplace_back(text);
    };
    provider_ = stripe_provider::make(std::move(o));
  }
  static authorize_request booking(const std::string& id = "pay_1") {
    return {payment_id{id}, "key", {33000, "KRW"}, "card", "pm_card_visa", ""};
  }
  payment_answer authorize(const std::string& id = "pay_1") {
    return test::wait_for<payment_answer>(
        [&](auto done) { provider_->authorize(booking(id), std::move(done)); });
  }
  payment_lookup lookup() {
    return test::wait_for<payment_lookup>(
        [&](auto done) { provider_->lookup(payment_id{"pay_1"}, {}, std::move(done)); });
  }

  test::psp_server psp_;
  std::mutex mutex_;
  std::vector<std::string> warnings_;
  std::unique_ptr<stripe_provider> provider_;
};

TEST_F(StripeTest, NobodyThereIsRetryable) {
  connect(psp_.client_options());
  psp_.stop();
  EXPECT_EQ(authorize().is, kind::retryable);
  EXPECT_EQ(authorize().code, "provider_unreachable");
  EXPECT_EQ(lookup().is, payment_lookup::kind::retryable);
  psp_.start();
  EXPECT_EQ(authorize().is, kind::ok);
}

TEST_F(StripeTest, WrongKeyIsRetryableAndAnOperatorIsToldWithoutTheKey) {
  auto o = psp_.client_options();
  o.secret_key = "sk_test_wrong_and_secret";
  connect(o);
  const auto a = authorize();
  EXPECT_EQ(a.is, kind::retryable) << "a booking is not declined because we are misconfigured";
  EXPECT_EQ(a.code, "provider_refuses_us");
  ASSERT_EQ(warnings_.size(), 1u);
  EXPECT_THAT(warnings_[0], HasSubstr("--stripe-key-file"));
  EXPECT_THAT(warnings_[0] + a.detail, Not(HasSubstr("secret_")));
  EXPECT_THAT(warnings_[0] + a.detail, Not(HasSubstr(o.secret_key)));
}

TEST_F(StripeTest, ErrorsAndRateLimitsAreRetryable) {
  connect(psp_.client_options());
  psp_.plant(R"({"next":[{"fault":"server-error"},{"fault":"rate-limited"}]})");
  EXPECT_EQ(authorize().code, "provider_error");
  EXPECT_EQ(authorize().code, "provider_rate_limit");
  EXPECT_EQ(authorize().is, kind::ok);
}

TEST_F(StripeTest, ServerErrorAfterTheEffectIsRepeatedIntoTheOneEffect) {
  connect(psp_.client_options());
  psp_.plant(R"({"next":[{"fault":"server-error-after-effect"}]})");
  EXPECT_EQ(authorize().is, kind::retryable);
  EXPECT_EQ(authorize().is, kind::ok);
  EXPECT_THAT(psp_.get("/v1/payment_intents"), HasSubstr("\"has_more\":false"));
  const auto all = psp_.get("/v1/payment_intents?limit=1");
  EXPECT_THAT(all, HasSubstr("\"has_more\":false")) << "there is only one";
}

TEST_F(StripeTest, ResetAfterSendingIsUnknown) {
  connect(psp_.client_options());
  psp_.plant(R"({"next":[{"fault":"none"},{"fault":"reset-after-effect"}]})");
  EXPECT_EQ(authorize("pay_0").is, kind::ok);
  const auto a = authorize();
  // On a kept connection the client repeats by itself, under the same Idempotency-Key.
  EXPECT_TRUE(a.is == kind::unknown || a.is == kind::ok) << a.code;
  EXPECT_EQ(lookup().found.is, payment_record::state::authorized);
}

TEST_F(StripeTest, CustomersWhoHaveToActAreRedirectedWhenThereIsAWayBack) {
  auto o = psp_.client_options();
  o.return_url = "https://rooms.example/back";
  connect(o);
  auto r = booking();
  r.token = "pm_card_threeDSecure2Required";
  const auto a =
      test::wait_for<payment_answer>([&](auto done) { provider_->authorize(r, std::move(done)); });
  EXPECT_EQ(a.is, kind::requires_action);
  EXPECT_EQ(a.action.type, "redirect");
  EXPECT_THAT(a.action.url, HasSubstr("/authenticate/" + a.reference));
  const auto page = test::wait_for<provider_page>(
      [&](auto done) { provider_->read_page(instant{}, "", std::move(done)); });
  ASSERT_EQ(page.entries.size(), 1u);
  EXPECT_EQ(page.entries[0].held, r.amount.amount) << "its customer may still pay it";
}

TEST_F(StripeTest, WhatNeverLeftTheMachineIsNotSent) {
  connect(psp_.client_options());
  psp_.stop();
  EXPECT_TRUE(authorize().not_sent);
  EXPECT_TRUE(lookup().not_sent);
  const payment_operation op{payment_id{"pay_1"}, "pi_1", "pay_1/capture", {33000, "KRW"}};
  EXPECT_TRUE(test::wait_for<payment_answer>([&](auto done) {
                provider_->capture(op, std::move(done));
              }).not_sent);
  psp_.start();
  psp_.plant(R"({"next":[{"fault":"server-error"}]})");
  EXPECT_FALSE(authorize().not_sent) << "an answer proves that it arrived";
}

TEST_F(StripeTest, AReferenceOfAnotherPaymentIsNotBelieved) {
  connect(psp_.client_options());
  const auto other = authorize("pay_other");
  authorize("pay_1");
  const auto found = test::wait_for<payment_lookup>(
      [&](auto done) { provider_->lookup(payment_id{"pay_1"}, other.reference, std::move(done)); });
  EXPECT_EQ(found.is, payment_lookup::kind::retryable);
}

TEST_F(StripeTest, PaymentThatTheSearchDoesNotShowYetIsRetryable) {
  connect(psp_.client_options());
  psp_.plant(R"({"searchLagMs":600000})");
  EXPECT_EQ(authorize().is, kind::ok);
  const payment_operation op{payment_id{"pay_1"}, "", "pay_1/refund", {33000, "KRW"}};
  connect(psp_.client_options());  // forgets the reference
  const auto refund =
      test::wait_for<payment_answer>([&](auto done) { provider_->refund(op, std::move(done)); });
  EXPECT_EQ(refund.is, kind::retryable);
  const auto voided = test::wait_for<payment_answer>(
      [&](auto done) { provider_->void_payment(op, std::move(done)); });
  EXPECT_EQ(voided.is, kind::retryable) << "the key is taken, so it exists";
  psp_.plant("{}");
  EXPECT_EQ(lookup().found.is, payment_record::state::authorized);
}

TEST_F(StripeTest, WholeLedgerIsReadPageByPage) {
  connect(psp_.client_options());
  constexpr int payments = 130;
  for (int i = 0; i < payments; ++i) ASSERT_EQ(authorize("pay_" + std::to_string(i)).is, kind::ok);
  std::set<payment_id> seen;
  std::string after;
  int pages = 0;
  do {
    const auto page = test::wait_for<provider_page>(
        [&](auto done) { provider_->read_page(instant{}, after, std::move(done)); });
    ASSERT_TRUE(page.is_read) << page.problem;
    for (const auto& e : page.entries) {
      EXPECT_EQ(e.held, 33000);
      EXPECT_EQ(e.currency, "KRW");
      EXPECT_GT(e.created, instant{});
      seen.insert(e.payment);
    }
    after = page.next;
    ++pages;
  } while (!after.empty());
  EXPECT_EQ(seen.size(), static_cast<std::size_t>(payments));
  EXPECT_EQ(pages, 2);
  psp_.stop();
  EXPECT_FALSE(test::wait_for<provider_page>([&](auto done) {
                 provider_->read_page(instant{}, "", std::move(done));
               }).is_read);
}

TEST_F(StripeTest, CallsBeyondTheBoundFailAtOnce) {
  auto o = psp_.client_options();
  o.max_in_flight = 1;
  connect(o);
  psp_.plant(R"({"timeoutBeforeEffect":1})");
  std::atomic<int> busy = 0;
  for (int i = 0; i < 20; ++i)
    provider_->authorize(booking("pay_" + std::to_string(i)), [&](const payment_answer& a) {
      busy += a.code == "provider_busy" ? 1 : 0;
    });
  EXPECT_EQ(busy, 12) << "eight may be under way or wait";
  EXPECT_EQ(provider_->stats().in_flight, 8u);
  provider_->stop();
}

TEST_F(StripeTest, StopAnswersEverybodyWithUnknown) {
  connect(psp_.client_options());
  psp_.plant(R"({"timeoutBeforeEffect":1})");
  std::atomic<int> unknown = 0;
  for (int i = 0; i < 3; ++i)
    provider_->authorize(booking("pay_" + std::to_string(i)), [&](const payment_answer& a) {
      unknown += a.is == kind::unknown ? 1 : 0;
    });
  provider_->stop();
  EXPECT_EQ(unknown, 3);
  EXPECT_EQ(authorize().is, kind::retryable);
}

TEST(KnownReferencesTest, NewestAreKept) {
  known_references known(2);
  known.remember(payment_id{"a"}, "1");
  known.remember(payment_id{"b"}, "2");
  known.remember(payment_id{"b"}, "3");
  known.remember(payment_id{"c"}, "4");
  EXPECT_EQ(known.find(payment_id{"a"}), "");
  EXPECT_EQ(known.find(payment_id{"b"}), "3");
  EXPECT_EQ(known.find(payment_id{"c"}), "4");
}

}  // namespace
}  // namespace atrium
