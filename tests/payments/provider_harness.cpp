#include "tests/payments/provider_harness.hpp"

#include <gtest/gtest.h>

#include "payments/sandbox_ledger.hpp"
#include "payments/sandbox_provider.hpp"
#include "payments/stripe_wire.hpp"
#include "tests/payments/psp_server.hpp"

namespace atrium::test {
namespace {

class sandbox final : public provider_harness {
 public:
  sandbox() { restart(); }
  std::string plan(trouble t) override {
    switch (t) {
      case trouble::none:
        return "pm_card_visa";
      case trouble::lost_before_effect:
        return "pm_atrium_timeoutBeforeEffect";
      case trouble::lost_after_effect:
        return "pm_atrium_timeoutAfterEffect";
      case trouble::late:
        return "pm_atrium_lateSuccess";
      case trouble::transient:
        return "pm_atrium_transient";
      case trouble::capture_lost_before_effect:
        return "pm_atrium_captureTimeoutBeforeEffect";
      case trouble::capture_lost_after_effect:
        return "pm_atrium_captureTimeoutAfterEffect";
      case trouble::capture_declined:
        return "pm_atrium_captureDeclined";
      case trouble::refund_lost_after_effect:
        return "pm_atrium_refundTimeoutAfterEffect";
      case trouble::refund_transient:
        return "pm_atrium_refundTransient";
    }
    return {};
  }
  void restart() override {
    provider_.reset();
    sandbox_provider::options o{dir_.path()};
    o.lost_answer_after = milliseconds(20);
    o.late_after = milliseconds(300);
    provider_ = std::move(*sandbox_provider::open(o, clock_, timers_));
  }
  void act(const payment_id& payment, bool succeeded) override {
    EXPECT_TRUE(provider_->authenticate(payment, succeeded));
  }
  payment_provider& provider() override { return *provider_; }
  int charges(const payment_id& payment) override {
    int found = 0;
    const auto count = [&](const ledger_entry& e) {
      found += e.payment == payment && e.what == ledger_entry::operation::capture &&
                       e.outcome == payment_answer::kind::ok
                   ? 1
                   : 0;
    };
    EXPECT_TRUE(sandbox_ledger::read(sandbox_provider::ledger_file(dir_.path()), count));
    return found;
  }

 private:
  scratch_dir dir_;
  system_clock clock_;
  timer_thread timers_;
  std::unique_ptr<sandbox_provider> provider_;
};

/// Losses are time-outs: a reset on a kept connection is repeated by the client, and nobody
/// notices.
class stripe_against_psp final : public provider_harness {
 public:
  stripe_against_psp() { restart(); }
  std::string plan(trouble t) override {
    switch (t) {
      case trouble::none:
        psp_.plant("{}");
        break;
      case trouble::capture_declined:
        return "pm_atrium_captureDeclined";
      case trouble::lost_before_effect:
        next("authorize", "timeout-before-effect");
        break;
      case trouble::lost_after_effect:
        next("authorize", "timeout-after-effect");
        break;
      case trouble::late:
        next("authorize", "late-effect");
        break;
      case trouble::transient:
        next("authorize", "server-error");
        break;
      case trouble::capture_lost_before_effect:
        next("capture", "timeout-before-effect");
        break;
      case trouble::capture_lost_after_effect:
        next("capture", "timeout-after-effect");
        break;
      case trouble::refund_lost_after_effect:
        next("refund", "timeout-after-effect");
        break;
      case trouble::refund_transient:
        next("refund", "rate-limited");
        break;
    }
    return "pm_card_visa";
  }
  void restart() override { provider_ = stripe_provider::make(psp_.client_options()); }
  void act(const payment_id& payment, bool succeeded) override {
    const auto query = stripe::form_encoded(stripe::search_query(payment));
    const auto all = stripe::read_intents(psp_.get("/v1/payment_intents/search?" + query));
    ASSERT_EQ(all->size(), 1u);
    psp_.authenticate(all->front().id, succeeded);
  }
  payment_provider& provider() override { return *provider_; }
  int charges(const payment_id& payment) override {
    const auto query = stripe::form_encoded(stripe::search_query(payment));
    const auto all = stripe::read_intents(psp_.get("/v1/payment_intents/search?" + query));
    int found = 0;
    for (const auto& i : *all) found += i.captured > 0 ? 1 : 0;
    return found;
  }

 private:
  void next(const std::string& operation, const std::string& fault) {
    psp_.plant(R"({"lateMs":600,"next":[{"operation":")" + operation + R"(","fault":")" + fault +
               R"("}]})");
  }

  psp_server psp_;
  std::unique_ptr<stripe_provider> provider_;
};

}  // namespace

std::unique_ptr<provider_harness> sandbox_harness() {
  return std::make_unique<sandbox>();
}
std::unique_ptr<provider_harness> stripe_harness() {
  return std::make_unique<stripe_against_psp>();
}

}  // namespace atrium::test
