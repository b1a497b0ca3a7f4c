#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "domain/failure.hpp"
#include "domain/ids.hpp"
#include "domain/time.hpp"

namespace atrium {

namespace stripe {
/// What an event is about, as far as Atrium cares.
struct event_subject {
  std::string type;       ///< "payment_intent.succeeded"
  payment_id payment;     ///< ours, from the object's metadata; "" for a payment that is not ours
  std::string reference;  ///< the PaymentIntent's id; "" when the object names none
};
/// Nothing when the text is no event of Stripe's.
std::optional<event_subject> read_event(std::string_view json);
}  // namespace stripe

/// Takes the events that Stripe sends to us.
///
/// Operation: an event is never believed: once its signature is good it only says which payment to
/// look up at the provider. So events that come twice, late, in another order or not at all change
/// nothing but when something is looked up, and none has to be remembered. Concurrency: any thread;
/// nothing blocks. Limitations: bodies up to most_bytes.
class stripe_events {
 public:
  static constexpr std::size_t most_bytes = 256 * 1024;
  static constexpr std::size_t most_secrets = 4;

  struct options {
    std::vector<std::string> secrets;  ///< "whsec_..."; none: no event is taken
    milliseconds tolerance{300'000};   ///< between the signature's time and ours
  };
  /// `told` is called with the payment and its reference, on the caller's thread; must not block.
  using told = std::function<void(const payment_id&, const std::string& reference)>;
  stripe_events(options o, const clock_port& clock, told on_event);

  /// Success for every event that is Stripe's, also when it is about something else. Fails with
  /// not_found when no secret is set, with malformed when signature, time or body are not good.
  result<void> take(std::string_view signature, std::string_view body);

  /// From the next event on; the former ones are no longer good.
  void use_secrets(std::vector<std::string> secrets);

  struct numbers {
    std::uint64_t taken = 0, ignored = 0, refused = 0;
  };
  numbers stats() const { return {taken_, ignored_, refused_}; }

 private:
  using secret_list = std::shared_ptr<const std::vector<std::string>>;
  secret_list secrets() const;

  const milliseconds tolerance_;
  const clock_port& clock_;
  const told told_;
  mutable std::mutex mutex_;
  secret_list secrets_;
  std::atomic<std::uint64_t> taken_{0}, ignored_{0}, refused_{0};
};

/// One secret a line or between commas; empty lines are left out. Fails with a text for people that
/// names no secret: too short, not printable, too many.
result<std::vector<std::string>> parse_webhook_secrets(std::string_view text);

}  // namespace atrium
