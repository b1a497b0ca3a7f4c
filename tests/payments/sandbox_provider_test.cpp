#include "payments/sandbox_provider.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <set>
#include <thread>

#include "payments/sandbox_tokens.hpp"
#include "tests/payments/support.hpp"

namespace atrium {
namespace {

using kind = payment_answer::kind;
using state = payment_record::state;

class SandboxTest : public testing::Test {
 protected:
  SandboxTest() { reopen(); }

  void reopen() {
    provider_.reset();
    auto opened = sandbox_provider::open({dir_.path() / "sandbox"}, time_, time_);
    ASSERT_TRUE(opened) << opened.error().detail;
    provider_ = std::move(*opened);
  }

  static authorize_request booking(const std::string& token, const std::string& id = "pay_1") {
    return {payment_id(id), id + ":authorize", {33000, "KRW"}, "card", token, "Room 1"};
  }
  static payment_operation operation(const std::string& name, std::int64_t amount = 33000) {
    return {payment_id("pay_1"), "", "pay_1:" + name, {amount, "KRW"}};
  }

  using answer = std::optional<payment_answer>;
  answer authorize(const authorize_request& r) {
    return ask([&](auto done) { provider_->authorize(r, done); });
  }
  answer authorize(const std::string& token) { return authorize(booking(token)); }
  answer capture(std::int64_t amount = 33000, const std::string& key = "capture") {
    return ask([&](auto done) { provider_->capture(operation(key, amount), done); });
  }
  answer void_payment() {
    return ask([&](auto done) { provider_->void_payment(operation("void"), done); });
  }
  answer refund(std::int64_t amount = 33000, const std::string& key = "refund") {
    return ask([&](auto done) { provider_->refund(operation(key, amount), done); });
  }
  payment_record lookup(const std::string& id = "pay_1") {
    payment_lookup found;
    provider_->lookup(payment_id(id), {}, [&](payment_lookup l) { found = std::move(l); });
    EXPECT_EQ(found.is, payment_lookup::kind::ok);
    return found.found;
  }

  /// What was answered before the call returned; nothing when the answer waits.
  template <class Call>
  answer ask(const Call& call) {
    auto slot = std::make_shared<answer>();
    call([slot, this](payment_answer a) {
      *slot = a;
      last_ = std::move(a);
      ++answers_;
    });
    return *slot;
  }

  test::scratch_dir dir_;
  test::virtual_time time_;
  std::unique_ptr<sandbox_provider> provider_;
  answer last_;
  int answers_ = 0;
};

#define EXPECT_OK(expression) EXPECT_EQ((expression).value_or(payment_answer{}).is, kind::ok)
#define EXPECT_REJECTED(expression, why) \
  do {                                   \
    const auto a = (expression);         \
    ASSERT_TRUE(a.has_value());          \
    EXPECT_EQ(a->is, kind::rejected);    \
    EXPECT_EQ(a->code, why);             \
  } while (false)

TEST_F(SandboxTest, VisaIsAuthorizedCapturedAndRefundedInline) {
  EXPECT_OK(authorize("pm_card_visa"));
  EXPECT_EQ(lookup().is, state::authorized);
  EXPECT_OK(capture());
  EXPECT_EQ(lookup().is, state::captured);
  EXPECT_EQ(lookup().amount, (money{33000, "KRW"}));
  EXPECT_OK(refund(11000, "refund-1"));
  EXPECT_OK(refund(22000, "refund-2"));
  EXPECT_EQ(lookup().refunded, (money{33000, "KRW"}));
  EXPECT_EQ(time_.waiting(), 0u);
}

TEST_F(SandboxTest, StripeTestNamesMeanWhatStripeSays) {
  const std::vector<std::pair<std::string, std::string>> table = {
      {"pm_card_mastercard", ""},
      {"pm_card_chargeDeclined", "card_declined"},
      {"pm_card_visa_chargeDeclined", "card_declined"},
      {"pm_card_chargeDeclinedInsufficientFunds", "insufficient_funds"},
      {"pm_card_chargeDeclinedExpiredCard", "expired_card"},
      {"pm_card_chargeDeclinedIncorrectCvc", "incorrect_cvc"},
      {"pm_card_visa_chargeDeclinedLostCard", "lost_card"},
      {"pm_card_chargeDeclinedProcessingError", "processing_error"},
      {"pm_card_chargeDeclinedByNobody", "no_such_payment_method"},
      {"pm_card_", "no_such_payment_method"},
      {"4242424242424242", "no_such_payment_method"},
      {"", "no_such_payment_method"},
  };
  int number = 0;
  for (const auto& [token, code] : table) {
    SCOPED_TRACE(token);
    const auto id = "pay_" + std::to_string(++number);
    const auto a = authorize(booking(token, id));
    ASSERT_TRUE(a.has_value());
    EXPECT_EQ(a->is, code.empty() ? kind::ok : kind::rejected);
    EXPECT_EQ(a->code, code);
    EXPECT_EQ(lookup(id).is, code.empty() ? state::authorized : state::declined);
    EXPECT_EQ(lookup(id).code, code);
  }
}

TEST_F(SandboxTest, RepeatingACallHasOneEffectAndTheSameAnswer) {
  const auto first = authorize("pm_card_visa");
  EXPECT_OK(first);
  EXPECT_EQ(authorize("pm_card_visa")->reference, first->reference);
  EXPECT_OK(capture());
  EXPECT_OK(capture());
  EXPECT_OK(refund(10000));
  EXPECT_OK(refund(10000));
  EXPECT_EQ(lookup().refunded.amount, 10000);
  EXPECT_EQ(provider_->ledger_lines(), 3u);
}

TEST_F(SandboxTest, WhoIsToldALateAnswerMayReopenTheLedger) {
  bool is_told = false;
  provider_->authorize(booking("pm_atrium_lateSuccess"), [&](const payment_answer&) {
    is_told = true;
    reopen();
  });
  time_.advance(std::chrono::hours(1));
  EXPECT_TRUE(is_told);
  EXPECT_NE(provider_, nullptr);
}

TEST_F(SandboxTest, RepeatedDeclineStaysDeclined) {
  EXPECT_REJECTED(authorize("pm_card_chargeDeclined"), "card_declined");
  EXPECT_REJECTED(authorize("pm_card_chargeDeclined"), "card_declined");
  EXPECT_EQ(provider_->ledger_lines(), 1u);
}

TEST_F(SandboxTest, SameKeyWithAnotherAmountOrTokenIsAnError) {
  EXPECT_OK(authorize("pm_card_visa"));
  auto other = booking("pm_card_visa");
  other.amount.amount = 1;
  EXPECT_REJECTED(authorize(other), "idempotency_error");
  EXPECT_REJECTED(authorize("pm_card_mastercard"), "idempotency_error");
}

TEST_F(SandboxTest, ImpossibleStepsAreRejected) {
  EXPECT_REJECTED(capture(), "no_such_payment");
  EXPECT_REJECTED(refund(), "no_such_payment");
  EXPECT_OK(authorize("pm_card_visa"));
  EXPECT_REJECTED(refund(1, "too-early"), "not_captured");
  EXPECT_REJECTED(capture(33001, "too-much"), "amount_too_large");
  EXPECT_OK(capture(33000, "right"));
  EXPECT_REJECTED(capture(33000, "again"), "already_captured");
  EXPECT_REJECTED(void_payment(), "already_captured");
  EXPECT_REJECTED(refund(33001, "more-than-paid"), "amount_too_large");
  EXPECT_REJECTED(refund(-1, "negative"), "amount_too_large");
  EXPECT_EQ(lookup().refunded.amount, 0);
}

TEST_F(SandboxTest, VoidedPaymentCannotBeCaptured) {
  EXPECT_OK(authorize("pm_card_visa"));
  EXPECT_OK(void_payment());
  EXPECT_OK(void_payment());
  EXPECT_EQ(lookup().is, state::voided);
  EXPECT_REJECTED(capture(), "payment_canceled");
}

TEST_F(SandboxTest, VoidingNothingBlocksALaterAuthorization) {
  EXPECT_OK(void_payment());
  EXPECT_REJECTED(authorize("pm_card_visa"), "payment_canceled");
  EXPECT_EQ(lookup().is, state::voided);
}

TEST_F(SandboxTest, UnknownPaymentLooksUpAsNone) {
  EXPECT_EQ(lookup("pay_9").is, state::none);
}

TEST_F(SandboxTest, FreeBookingIsAuthorizedAndCaptured) {
  auto free = booking("pm_card_visa");
  free.amount.amount = 0;
  EXPECT_OK(authorize(free));
  EXPECT_OK(capture(0));
}

TEST_F(SandboxTest, TimeoutBeforeEffectLeavesNothingAndSucceedsOnRepeat) {
  EXPECT_FALSE(authorize("pm_atrium_timeoutBeforeEffect"));
  EXPECT_EQ(lookup().is, state::none);
  time_.advance(milliseconds(1499));
  EXPECT_EQ(answers_, 0);
  time_.advance(milliseconds(1));
  ASSERT_EQ(answers_, 1);
  EXPECT_EQ(last_->is, kind::unknown);
  EXPECT_EQ(lookup().is, state::none);
  EXPECT_OK(authorize("pm_atrium_timeoutBeforeEffect"));
  EXPECT_OK(capture());
}

TEST_F(SandboxTest, TimeoutAfterEffectIsFoundByLookup) {
  EXPECT_FALSE(authorize("pm_atrium_timeoutAfterEffect"));
  EXPECT_EQ(lookup().is, state::authorized);
  time_.advance(milliseconds(1500));
  EXPECT_EQ(last_->is, kind::unknown);
  EXPECT_OK(authorize("pm_atrium_timeoutAfterEffect"));
  EXPECT_OK(capture());
}

TEST_F(SandboxTest, LateSuccessTakesEffectAndAnswersLater) {
  EXPECT_FALSE(authorize("pm_atrium_lateSuccess"));
  time_.advance(milliseconds(2999));
  EXPECT_EQ(lookup().is, state::none);
  EXPECT_EQ(answers_, 0);
  time_.advance(milliseconds(1));
  EXPECT_EQ(lookup().is, state::authorized);
  EXPECT_EQ(answers_, 1);
  EXPECT_OK(last_);
}

TEST_F(SandboxTest, RepeatedLateCallsAllGetTheOneSuccess) {
  EXPECT_FALSE(authorize("pm_atrium_lateSuccess"));
  time_.advance(milliseconds(1000));
  EXPECT_FALSE(authorize("pm_atrium_lateSuccess"));
  time_.advance(milliseconds(2000));
  EXPECT_EQ(answers_, 2);
  EXPECT_OK(last_);
  EXPECT_EQ(provider_->ledger_lines(), 2u) << "one schedule, one effect";
}

TEST_F(SandboxTest, VoidBeatsALateSuccess) {
  EXPECT_FALSE(authorize("pm_atrium_lateSuccess"));
  EXPECT_OK(void_payment());
  time_.advance(milliseconds(3000));
  EXPECT_EQ(lookup().is, state::voided);
  ASSERT_EQ(answers_, 2);
  EXPECT_EQ(last_->is, kind::rejected);
  EXPECT_EQ(last_->code, "payment_canceled");
}

TEST_F(SandboxTest, LateSuccessHappensAlthoughTheServerDiedMeanwhile) {
  EXPECT_FALSE(authorize("pm_atrium_lateSuccess"));
  EXPECT_REJECTED(capture(33000, "early"), "no_such_payment");
  reopen();
  EXPECT_EQ(lookup().is, state::none);
  time_.advance(milliseconds(3000));
  EXPECT_EQ(lookup().is, state::authorized);
  EXPECT_EQ(lookup().amount, (money{33000, "KRW"}));
  EXPECT_OK(capture());
}

TEST_F(SandboxTest, TransientFailsTwiceThenSucceedsEvenAcrossARestart) {
  EXPECT_EQ(authorize("pm_atrium_transient")->is, kind::retryable);
  reopen();
  const auto second = authorize("pm_atrium_transient");
  EXPECT_EQ(second->is, kind::retryable);
  EXPECT_GT(second->retry_after_ms, 0);
  EXPECT_OK(authorize("pm_atrium_transient"));
}

TEST_F(SandboxTest, DownNeverWorksAndLeavesNoTrace) {
  for (int i = 0; i < 20; ++i) EXPECT_EQ(authorize("pm_atrium_down")->is, kind::retryable);
  EXPECT_EQ(provider_->ledger_lines(), 0u);
  EXPECT_OK(void_payment());
}

TEST_F(SandboxTest, CaptureTimeoutBeforeEffectSucceedsOnRepeat) {
  EXPECT_OK(authorize("pm_atrium_captureTimeoutBeforeEffect"));
  EXPECT_FALSE(capture());
  EXPECT_EQ(lookup().is, state::authorized);
  time_.advance(milliseconds(1500));
  EXPECT_EQ(last_->is, kind::unknown);
  EXPECT_OK(capture());
  EXPECT_EQ(lookup().is, state::captured);
}

TEST_F(SandboxTest, CaptureTimeoutAfterEffectIsFoundByLookup) {
  EXPECT_OK(authorize("pm_atrium_captureTimeoutAfterEffect"));
  EXPECT_FALSE(capture());
  EXPECT_EQ(lookup().is, state::captured);
  time_.advance(milliseconds(1500));
  EXPECT_EQ(last_->is, kind::unknown);
  EXPECT_OK(capture());
}

TEST_F(SandboxTest, DeclinedCaptureLeavesAnAuthorizationToVoid) {
  EXPECT_OK(authorize("pm_atrium_captureDeclined"));
  EXPECT_REJECTED(capture(), "capture_declined");
  EXPECT_EQ(lookup().is, state::authorized);
  EXPECT_OK(void_payment());
}

TEST_F(SandboxTest, RefundFailsTwiceThenSucceeds) {
  EXPECT_OK(authorize("pm_atrium_refundTransient"));
  EXPECT_OK(capture());
  EXPECT_EQ(refund()->is, kind::retryable);
  EXPECT_EQ(refund()->is, kind::retryable);
  EXPECT_OK(refund());
  EXPECT_EQ(lookup().refunded.amount, 33000);
}

TEST_F(SandboxTest, RefundTimeoutAfterEffectRefundsOnce) {
  EXPECT_OK(authorize("pm_atrium_refundTimeoutAfterEffect"));
  EXPECT_OK(capture());
  EXPECT_FALSE(refund(10000));
  EXPECT_EQ(lookup().refunded.amount, 10000);
  time_.advance(milliseconds(1500));
  EXPECT_EQ(last_->is, kind::unknown);
  EXPECT_OK(refund(10000));
  EXPECT_EQ(lookup().refunded.amount, 10000);
}

TEST_F(SandboxTest, EveryDocumentedTokenIsKnown) {
  for (const auto& help : sandbox_tokens())
    EXPECT_NE(meaning_of(help.token).code, "no_such_payment_method") << help.token;
}

TEST_F(SandboxTest, AnswersThatWaitAreDroppedWithTheProvider) {
  EXPECT_FALSE(authorize("pm_atrium_lateSuccess"));
  provider_.reset();
  time_.advance(milliseconds(5000));
  EXPECT_EQ(answers_, 0);
  reopen();
  EXPECT_EQ(lookup().is, state::authorized) << "the effect does not depend on the answer";
}

TEST_F(SandboxTest, ManyThreadsWithOneKeyChargeOnce) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([this] {
      for (int i = 0; i < 500; ++i) {
        auto r = booking("pm_card_visa", "pay_" + std::to_string(i));
        provider_->authorize(r, [](const payment_answer& a) { EXPECT_EQ(a.is, kind::ok); });
        provider_->capture({r.payment, "", r.payment.str() + ":capture", r.amount},
                           [](const payment_answer& a) { EXPECT_EQ(a.is, kind::ok); });
      }
    });
  }
  for (auto& t : threads) t.join();
  EXPECT_EQ(provider_->ledger_lines(), 1000u);
}

}  // namespace
}  // namespace atrium
