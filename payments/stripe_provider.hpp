#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "payments/provider.hpp"
#include "payments/provider_ledger.hpp"

namespace atrium {

/// Stripe as payment provider: PaymentIntents with manual capture.
///
/// Operation: every call is one or a few requests on the adapter's own event thread (outbound/).
/// Our payment's id is in the PaymentIntent's metadata. Where we were not told the provider's
/// reference, it is remembered from before, else searched for. An authorisation's Idempotency-Key
/// is made from the payment's id (saga and run), so that void_payment() can occupy it: voiding what
/// the provider has not seen creates an unconfirmed PaymentIntent under that key and cancels it,
/// and an authorisation that is still on its way is then refused. Other keys are those of the
/// caller.
///
/// Answers: 402 is rejected with the decline reason; 409, 429, 5xx, wrong credentials and requests
/// that were never sent are retryable; a request that was sent and not answered is unknown. What
/// cannot be found yet is retryable, because Stripe's search lags behind by up to a minute.
///
/// Concurrency: every member from any thread; `done` is called on the adapter's thread, or before
/// the call returns. Limitations: at most eight times `max_in_flight` calls, beyond that they fail
/// retryably.
class stripe_provider : public payment_provider, public provider_ledger {
 public:
  struct options {
    std::string base_url = "https://api.stripe.com";  ///< without a slash at its end
    std::string secret_key;                           ///< never logged
    std::string ca_file;  ///< certificates to trust instead of the system's; "": the system's
    std::chrono::milliseconds connect_within{1'000};
    /// From the start, connecting included. Below the sagas' patience of 3 s.
    std::chrono::milliseconds answer_within{2'500};
    std::size_t max_in_flight = 128;  ///< connections
    std::string return_url;  ///< where customers come back to after 3-D Secure; "": no redirect
    /// For logs: what an operator should know, at most once in 10 s. Called on any thread.
    std::function<void(std::string_view)> warn;
  };
  /// Throws std::invalid_argument with a text for people: no base URL, or an unreadable CA file.
  static std::unique_ptr<stripe_provider> make(options o);

  struct numbers {
    std::uint64_t requests = 0, retryable = 0, unknown = 0, declined = 0;
    std::size_t in_flight = 0;
  };
  virtual numbers stats() const = 0;
  /// Ends the thread; calls under way end as unknown, later ones are retryable.
  virtual void stop() = 0;
};

}  // namespace atrium
