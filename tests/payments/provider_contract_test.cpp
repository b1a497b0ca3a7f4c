// Every provider behind the port keeps these promises: the sandbox, and Stripe's adapter against
// the simulator.
#include <gtest/gtest.h>

#include <stdexcept>

#include "tests/payments/provider_harness.hpp"

namespace atrium {
namespace {

using kind = payment_answer::kind;
using state = payment_record::state;
using test::trouble;

struct named_harness {
  const char* name;
  std::unique_ptr<test::provider_harness> (*make)();
};

/// Calls wait for their answers; one payment at a time.
class ProviderContract : public testing::TestWithParam<named_harness> {
 protected:
  ProviderContract() : harness_(GetParam().make()) {}

  payment_answer authorize(const std::string& token, std::int64_t amount = 33000) {
    return ask([&](payment_provider& p, auto done) {
      p.authorize(
          {payment_, payment_.str() + "/key", {amount, "KRW"}, "card", token, "Room 1, 한강"},
          std::move(done));
    });
  }
  payment_answer authorize() { return authorize(harness_->plan(trouble::none)); }
  payment_answer capture(std::int64_t amount = 33000, const std::string& key = "capture") {
    return ask(
        [&](payment_provider& p, auto done) { p.capture(call(key, amount), std::move(done)); });
  }
  payment_answer void_payment(const std::string& key = "void") {
    return ask(
        [&](payment_provider& p, auto done) { p.void_payment(call(key, 33000), std::move(done)); });
  }
  payment_answer refund(std::int64_t amount = 33000, const std::string& key = "refund") {
    return ask(
        [&](payment_provider& p, auto done) { p.refund(call(key, amount), std::move(done)); });
  }
  payment_record lookup() {
    const auto found = test::wait_for<payment_lookup>(
        [&](auto done) { harness_->provider().lookup(payment_, {}, std::move(done)); });
    EXPECT_EQ(found.is, payment_lookup::kind::ok);
    return found.found;
  }
  payment_operation call(const std::string& key, std::int64_t amount) const {
    return {payment_, "", payment_.str() + "/" + key, {amount, "KRW"}};
  }
  template <class Call>
  payment_answer ask(const Call& call) {
    return test::wait_for<payment_answer>(
        [&](auto done) { call(harness_->provider(), std::move(done)); });
  }
  /// Repeats while the provider says that repeating helps.
  template <class Call>
  payment_answer persist(const Call& call) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    auto a = call();
    while (a.is == kind::retryable && std::chrono::steady_clock::now() < until) a = call();
    return a;
  }

  std::unique_ptr<test::provider_harness> harness_;
  payment_id payment_{"pay_sga_1"};
};

#define EXPECT_OK(call)                                      \
  do {                                                       \
    const auto a = (call);                                   \
    EXPECT_EQ(a.is, kind::ok) << a.code << ": " << a.detail; \
  } while (false)
#define EXPECT_REJECTED(call, why)      \
  do {                                  \
    const auto a = (call);              \
    EXPECT_EQ(a.is, kind::rejected);    \
    EXPECT_EQ(a.code, why) << a.detail; \
  } while (false)

TEST_P(ProviderContract, MoneyIsReservedTakenAndGivenBackInParts) {
  const auto made = authorize();
  EXPECT_EQ(made.is, kind::ok) << made.detail;
  EXPECT_FALSE(made.reference.empty());
  EXPECT_EQ(lookup().is, state::authorized);
  EXPECT_EQ(lookup().amount, (money{33000, "KRW"}));
  EXPECT_OK(capture());
  EXPECT_EQ(lookup().is, state::captured);
  EXPECT_EQ(lookup().reference, made.reference);
  EXPECT_OK(refund(11000, "refund-1"));
  EXPECT_EQ(lookup().refunded, (money{11000, "KRW"}));
  EXPECT_OK(refund(22000, "refund-2"));
  EXPECT_EQ(lookup().refunded, (money{33000, "KRW"}));
  EXPECT_EQ(lookup().is, state::captured);
}

TEST_P(ProviderContract, RepeatingACallHasOneEffectAndTheSameAnswer) {
  const auto first = authorize();
  EXPECT_EQ(authorize().reference, first.reference);
  EXPECT_OK(capture());
  EXPECT_OK(capture());
  EXPECT_OK(refund(10000));
  EXPECT_OK(refund(10000));
  EXPECT_EQ(lookup().refunded.amount, 10000);
  EXPECT_EQ(harness_->charges(payment_), 1);
}

TEST_P(ProviderContract, DeclinesSayWhy) {
  const std::vector<std::pair<std::string, std::string>> table = {
      {"pm_card_chargeDeclined", "card_declined"},
      {"pm_card_chargeDeclinedInsufficientFunds", "insufficient_funds"},
      {"pm_card_chargeDeclinedExpiredCard", "expired_card"},
      {"pm_card_chargeDeclinedIncorrectCvc", "incorrect_cvc"},
      {"pm_card_visa_chargeDeclinedLostCard", "lost_card"},
      {"pm_card_visa_chargeDeclinedStolenCard", "stolen_card"},
      {"pm_card_chargeDeclinedProcessingError", "processing_error"},
      {"pm_card_chargeDeclinedFraudulent", "fraudulent"},
  };
  int number = 0;
  for (const auto& [token, code] : table) {
    SCOPED_TRACE(token);
    payment_ = payment_id{"pay_sga_decline" + std::to_string(++number)};
    EXPECT_REJECTED(authorize(token), code);
    EXPECT_REJECTED(authorize(token), code);
    EXPECT_EQ(lookup().is, state::declined);
    EXPECT_EQ(lookup().code, code);
    EXPECT_REJECTED(capture(), "payment_declined");
    EXPECT_OK(void_payment());
  }
  payment_ = payment_id{"pay_sga_nobody"};
  EXPECT_REJECTED(authorize("pm_card_nobody"), "no_such_payment_method");
}

TEST_P(ProviderContract, SameKeyWithAnotherAmountIsAnError) {
  const auto token = harness_->plan(trouble::none);
  EXPECT_OK(authorize(token));
  EXPECT_REJECTED(authorize(token, 1), "idempotency_error");
  EXPECT_EQ(lookup().amount.amount, 33000);
}

TEST_P(ProviderContract, ImpossibleStepsAreRejected) {
  EXPECT_OK(authorize());
  EXPECT_REJECTED(refund(1, "too-early"), "not_captured");
  EXPECT_REJECTED(capture(33001, "too-much"), "amount_too_large");
  EXPECT_OK(capture(33000, "right"));
  EXPECT_REJECTED(capture(33000, "again"), "already_captured");
  EXPECT_REJECTED(void_payment(), "already_captured");
  EXPECT_REJECTED(refund(33001, "more-than-paid"), "amount_too_large");
  EXPECT_EQ(lookup().refunded.amount, 0);
  EXPECT_OK(refund(33000, "all"));
  EXPECT_REJECTED(refund(1, "more"), "amount_too_large");
}

TEST_P(ProviderContract, VoidedPaymentCannotBeCaptured) {
  EXPECT_OK(authorize());
  EXPECT_OK(void_payment());
  EXPECT_OK(void_payment());
  EXPECT_OK(void_payment("another-key"));
  EXPECT_EQ(lookup().is, state::voided);
  EXPECT_REJECTED(capture(), "payment_canceled");
}

TEST_P(ProviderContract, VoidingNothingBlocksALaterAuthorization) {
  const auto token = harness_->plan(trouble::none);
  EXPECT_EQ(lookup().is, state::none);
  EXPECT_OK(void_payment());
  EXPECT_EQ(authorize(token).is, kind::rejected);
  EXPECT_EQ(lookup().is, state::voided);
  EXPECT_EQ(harness_->charges(payment_), 0);
}

TEST_P(ProviderContract, LostBeforeItsEffectIsUnknownAndSucceedsOnRepeat) {
  const auto token = harness_->plan(trouble::lost_before_effect);
  EXPECT_EQ(authorize(token).is, kind::unknown);
  EXPECT_EQ(lookup().is, state::none);
  EXPECT_OK(authorize(token));
  EXPECT_OK(capture());
  EXPECT_EQ(harness_->charges(payment_), 1);
}

TEST_P(ProviderContract, LostAfterItsEffectIsUnknownAndFoundByLookup) {
  const auto token = harness_->plan(trouble::lost_after_effect);
  EXPECT_EQ(authorize(token).is, kind::unknown);
  EXPECT_EQ(lookup().is, state::authorized);
  EXPECT_OK(authorize(token));
  EXPECT_OK(capture());
  EXPECT_EQ(harness_->charges(payment_), 1);
}

TEST_P(ProviderContract, LostAfterItsEffectCanBeVoidedWithoutAReference) {
  EXPECT_EQ(authorize(harness_->plan(trouble::lost_after_effect)).is, kind::unknown);
  harness_->restart();
  EXPECT_OK(void_payment());
  EXPECT_EQ(lookup().is, state::voided);
}

TEST_P(ProviderContract, LateAuthorizationHoldsNoMoneyOnceItWasVoided) {
  const auto token = harness_->plan(trouble::late);
  auto late = std::make_shared<std::promise<payment_answer>>();
  harness_->provider().authorize(
      {payment_, payment_.str() + "/key", {33000, "KRW"}, "card", token, ""},
      [late](payment_answer a) { late->set_value(std::move(a)); });
  EXPECT_OK(persist([&] { return void_payment(); }));
  EXPECT_EQ(lookup().is, state::voided);
  auto answer = late->get_future();
  ASSERT_EQ(answer.wait_for(std::chrono::seconds(10)), std::future_status::ready);
  EXPECT_NE(answer.get().is, kind::ok);
  EXPECT_EQ(lookup().is, state::voided);
  EXPECT_REJECTED(capture(), "payment_canceled");
}

TEST_P(ProviderContract, TransientFailureSucceedsOnRepeat) {
  const auto token = harness_->plan(trouble::transient);
  const auto first = authorize(token);
  EXPECT_EQ(first.is, kind::retryable);
  EXPECT_GT(first.retry_after_ms, 0);
  EXPECT_OK(persist([&] { return authorize(token); }));
}

TEST_P(ProviderContract, CaptureLostBeforeItsEffectSucceedsOnRepeat) {
  EXPECT_OK(authorize(harness_->plan(trouble::capture_lost_before_effect)));
  EXPECT_EQ(capture().is, kind::unknown);
  EXPECT_EQ(lookup().is, state::authorized);
  EXPECT_OK(capture());
  EXPECT_EQ(harness_->charges(payment_), 1);
}

TEST_P(ProviderContract, CaptureLostAfterItsEffectIsFoundByLookup) {
  EXPECT_OK(authorize(harness_->plan(trouble::capture_lost_after_effect)));
  EXPECT_EQ(capture().is, kind::unknown);
  EXPECT_EQ(lookup().is, state::captured);
  EXPECT_OK(capture());
  EXPECT_EQ(harness_->charges(payment_), 1);
}

TEST_P(ProviderContract, DeclinedCaptureLeavesAnAuthorizationToVoid) {
  EXPECT_OK(authorize(harness_->plan(trouble::capture_declined)));
  EXPECT_REJECTED(capture(), "capture_declined");
  EXPECT_EQ(lookup().is, state::authorized);
  EXPECT_OK(void_payment());
  EXPECT_EQ(lookup().is, state::voided);
}

TEST_P(ProviderContract, RefundLostAfterItsEffectHappensOnce) {
  EXPECT_OK(authorize(harness_->plan(trouble::refund_lost_after_effect)));
  EXPECT_OK(capture());
  EXPECT_EQ(refund(10000).is, kind::unknown);
  EXPECT_EQ(lookup().refunded.amount, 10000);
  EXPECT_OK(refund(10000));
  EXPECT_EQ(lookup().refunded.amount, 10000);
}

TEST_P(ProviderContract, TransientRefundSucceedsOnRepeat) {
  EXPECT_OK(authorize(harness_->plan(trouble::refund_transient)));
  EXPECT_OK(capture());
  EXPECT_EQ(refund().is, kind::retryable);
  EXPECT_OK(persist([&] { return refund(); }));
  EXPECT_EQ(lookup().refunded.amount, 33000);
}

TEST_P(ProviderContract, EverythingIsFoundAgainAfterARestartWithoutAReference) {
  EXPECT_OK(authorize());
  harness_->restart();
  EXPECT_EQ(lookup().is, state::authorized);
  EXPECT_OK(capture());
  harness_->restart();
  EXPECT_OK(refund(5000));
  harness_->restart();
  EXPECT_EQ(lookup().is, state::captured);
  EXPECT_EQ(lookup().refunded.amount, 5000);
}

// ---- the customer has to act --------------------------------------------------------------------

const std::string asking = "pm_card_threeDSecure2Required";

TEST_P(ProviderContract, ACustomerWhoHasToActIsAskedAndPaysAfterwards) {
  const auto asked = authorize(asking);
  ASSERT_EQ(asked.is, kind::requires_action);
  EXPECT_FALSE(asked.reference.empty());
  EXPECT_FALSE(asked.action.type.empty());
  EXPECT_FALSE(asked.action.url.empty() && asked.action.client_secret.empty());
  EXPECT_EQ(authorize(asking).is, kind::requires_action) << "the same key, the same answer";
  EXPECT_EQ(lookup().is, state::requires_action);
  EXPECT_EQ(lookup().amount, (money{33000, "KRW"}));
  EXPECT_EQ(capture().is, kind::rejected);
  harness_->restart();
  EXPECT_EQ(lookup().is, state::requires_action);
  EXPECT_EQ(lookup().action, asked.action) << "what to do is found out again after a restart";
  harness_->act(payment_, true);
  EXPECT_EQ(lookup().is, state::authorized);
  EXPECT_EQ(capture(33000, "capture-2").is, kind::ok);
  EXPECT_EQ(lookup().is, state::captured);
  EXPECT_EQ(harness_->charges(payment_), 1);
}

TEST_P(ProviderContract, ACustomerWhoFailsToActIsDeclinedAndCanStillBeVoided) {
  ASSERT_EQ(authorize(asking).is, kind::requires_action);
  harness_->act(payment_, false);
  EXPECT_EQ(lookup().is, state::declined);
  EXPECT_EQ(lookup().code, "payment_intent_authentication_failure");
  EXPECT_EQ(void_payment().is, kind::ok);
}

TEST_P(ProviderContract, WhatIsVoidedWhileTheCustomerActsTakesNoMoney) {
  ASSERT_EQ(authorize(asking).is, kind::requires_action);
  EXPECT_EQ(void_payment().is, kind::ok);
  EXPECT_EQ(lookup().is, state::voided);
  EXPECT_EQ(capture().is, kind::rejected);
}

INSTANTIATE_TEST_SUITE_P(All, ProviderContract,
                         testing::Values(named_harness{"Sandbox", &test::sandbox_harness},
                                         named_harness{"Stripe", &test::stripe_harness}),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace atrium
