#pragma once

#include <chrono>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "payments/provider.hpp"

namespace atrium::test {

/// What is to go wrong with a payment; a harness knows how its provider is made to do it.
enum class trouble {
  none,
  lost_before_effect,  ///< the first authorisation has no effect and no answer
  lost_after_effect,   ///< the first authorisation has its effect and no answer
  late,                ///< the authorisation takes effect only after its caller gave up
  transient,           ///< the first authorisation fails and may be repeated
  capture_lost_before_effect,
  capture_lost_after_effect,
  capture_declined,
  refund_lost_after_effect,
  refund_transient,
};

/// A provider to hold against the port's contract.
class provider_harness {
 public:
  virtual ~provider_harness() = default;
  /// Prepares the trouble for the next payment; the token to pay it with.
  virtual std::string plan(trouble t) = 0;
  /// The provider forgets what it has in memory, as in a restart of Atrium.
  virtual void restart() = 0;
  /// What the customer does whom the provider asked.
  virtual void act(const payment_id& payment, bool succeeded) = 0;
  virtual payment_provider& provider() = 0;
  /// Charges there are for the payment, to see that there is only one.
  virtual int charges(const payment_id& payment) = 0;
};
std::unique_ptr<provider_harness> sandbox_harness();
std::unique_ptr<provider_harness> stripe_harness();

/// Calls and waits for the answer; a hang is a failure after 20 s.
template <class Answer, class Call>
Answer wait_for(const Call& call) {
  auto promise = std::make_shared<std::promise<Answer>>();
  auto answer = promise->get_future();
  call([promise](Answer a) { promise->set_value(std::move(a)); });
  if (answer.wait_for(std::chrono::seconds(20)) != std::future_status::ready)
    throw std::runtime_error("the provider does not answer");
  return answer.get();
}

}  // namespace atrium::test
