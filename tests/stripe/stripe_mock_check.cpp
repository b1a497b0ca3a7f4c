// Stripe's adapter against stripe-mock, which checks requests against Stripe's OpenAPI description
// and answers with fixtures. Started by test_stripe_mock.py.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "payments/stripe_provider.hpp"
#include "tests/payments/provider_harness.hpp"

namespace atrium {
namespace {

using kind = payment_answer::kind;
using testing::HasSubstr;
using testing::StartsWith;

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr) throw std::runtime_error(std::string(name) + " is not set");
  return value;
}

class StripeMock : public testing::Test {
 protected:
  void connect(const std::string& url, const std::string& ca_file = "") {
    stripe_provider::options o;
    o.base_url = url;
    o.secret_key = "sk_test_123";
    o.ca_file = ca_file;
    o.answer_within = std::chrono::seconds(10);
    provider_ = stripe_provider::make(std::move(o));
  }
  void connect() { connect(environment("STRIPE_MOCK_HTTP")); }
  payment_answer authorize() {
    return test::wait_for<payment_answer>([&](auto done) {
      provider_->authorize(
          {payment_id{"pay_1"}, "key", {33000, "KRW"}, "card", "pm_card_visa", "Kick-off 시작"},
          done);
    });
  }
  static payment_operation operation(const std::string& reference) {
    return {payment_id{"pay_2"}, reference, "pay_2/operation", {33000, "KRW"}};
  }
  payment_lookup lookup(const std::string& payment, const std::string& reference = {}) {
    return test::wait_for<payment_lookup>(
        [&](auto done) { provider_->lookup(payment_id{payment}, reference, done); });
  }

  std::unique_ptr<stripe_provider> provider_;
};

TEST_F(StripeMock, AuthorizationIsWellFormedAndItsIntentIsRead) {
  connect();
  const auto a = authorize();
  // The fixture's intent was not confirmed; a malformed request would be rejected.
  EXPECT_EQ(a.is, kind::unknown) << a.detail;
  EXPECT_EQ(a.code, "requires_payment_method");
  EXPECT_THAT(a.reference, StartsWith("pi_"));
  // The mock forgets the metadata of what was made: its intent names no payment and is not taken
  // for ours, but it is read by its reference.
  EXPECT_EQ(lookup("pay_1").is, payment_lookup::kind::retryable);
  const auto read = lookup("", a.reference);
  EXPECT_EQ(read.is, payment_lookup::kind::ok);
  EXPECT_EQ(read.found.is, payment_record::state::voided);
}

TEST_F(StripeMock, CaptureCancelAndRefundAreWellFormed) {
  connect();
  const auto captured = test::wait_for<payment_answer>(
      [&](auto done) { provider_->capture(operation("pi_123"), done); });
  EXPECT_EQ(captured.is, kind::ok) << captured.detail;
  EXPECT_EQ(captured.reference, "pi_123");
  const auto voided = test::wait_for<payment_answer>(
      [&](auto done) { provider_->void_payment(operation("pi_123"), done); });
  EXPECT_EQ(voided.is, kind::ok) << voided.detail;
  const auto refunded = test::wait_for<payment_answer>(
      [&](auto done) { provider_->refund(operation("pi_123"), done); });
  EXPECT_EQ(refunded.is, kind::ok) << refunded.detail;
}

TEST_F(StripeMock, SearchIsWellFormedAndOthersPaymentsAreNotOurs) {
  connect();
  const auto found = lookup("pay_3");
  EXPECT_EQ(found.is, payment_lookup::kind::ok);
  EXPECT_EQ(found.found.is, payment_record::state::none);
}

TEST_F(StripeMock, OccupyingTheKeyOfAnAuthorizationIsWellFormed) {
  connect();
  const auto voided = test::wait_for<payment_answer>(
      [&](auto done) { provider_->void_payment(operation(""), done); });
  EXPECT_EQ(voided.is, kind::ok) << voided.detail;
  EXPECT_THAT(voided.reference, StartsWith("pi_"));
}

TEST_F(StripeMock, CertificateThatNobodyVouchesForIsRefusedBeforeAnythingIsSent) {
  connect(environment("STRIPE_MOCK_HTTPS"));
  const auto a = authorize();
  EXPECT_EQ(a.is, kind::retryable);
  EXPECT_EQ(a.code, "provider_unreachable");
  EXPECT_THAT(a.detail, HasSubstr("certificate"));
}

TEST_F(StripeMock, CertificateOfAnotherHostIsRefused) {
  connect(environment("STRIPE_MOCK_HTTPS_BY_ADDRESS"), environment("STRIPE_MOCK_CA"));
  const auto a = authorize();
  EXPECT_EQ(a.code, "provider_unreachable") << a.detail;
}

TEST_F(StripeMock, TrustedCertificateIsSpokenTo) {
  connect(environment("STRIPE_MOCK_HTTPS"), environment("STRIPE_MOCK_CA"));
  EXPECT_THAT(authorize().reference, StartsWith("pi_"));
}

}  // namespace
}  // namespace atrium
