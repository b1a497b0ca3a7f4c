#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string_view>

#include "outbound/circuit_breaker.hpp"
#include "outbound/retry_budget.hpp"
#include "payments/call_probe.hpp"
#include "payments/provider.hpp"

namespace atrium {

/// A payment provider behind a circuit breaker, a bulkhead (a bound on the calls in flight) and a
/// budget of retries, so that a provider in trouble costs its callers nothing: what is refused is
/// answered at once, as retryable and `not_sent`.
///
/// A call fails when it is answered with retryable or unknown; a decline is a healthy answer.
/// Concurrency: as payment_provider. The inner provider answers every call before it is destroyed
/// or drops it; both are fine.
class guarded_provider final : public payment_provider {
 public:
  struct options {
    circuit_breaker::options breaker;
    retry_budget::options retries;
    std::size_t most_in_flight = 1'000;
    /// Told of each change of state, from the thread of the answer; must not block.
    std::function<void(std::string_view)> on_change;
  };
  guarded_provider(std::unique_ptr<payment_provider> inner, const clock_port& clock, options o);
  ~guarded_provider() override;

  std::string_view name() const override;
  void authorize(authorize_request request, answered done) override;
  void capture(payment_operation op, answered done) override;
  void void_payment(payment_operation op, answered done) override;
  void refund(payment_operation op, answered done) override;
  void lookup(payment_id payment, std::string reference, found done) override;
  bool authenticate(const payment_id& payment, bool succeeded) override {
    return inner_->authenticate(payment, succeeded);
  }
  milliseconds refuses_for() const override;
  bool may_retry() override;

  circuit_breaker::status describe() const;
  std::size_t in_flight() const;
  /// What was sent and what came of it; calls kept back are not counted here.
  const call_probe& calls() const;
  std::uint64_t retries_left() const;
  std::uint64_t retries_postponed() const;
  void trip();
  void reset();

 private:
  struct guard;
  std::shared_ptr<guard> guard_;  ///< known to answers that may come after this object
  std::unique_ptr<payment_provider> inner_;
};

}  // namespace atrium
