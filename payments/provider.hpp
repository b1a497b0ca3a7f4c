#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "domain/ids.hpp"
#include "domain/money.hpp"
#include "domain/reservation.hpp"
#include "domain/time.hpp"

namespace atrium {

/// What a provider says about one call. `requires_action`: the customer has to act before the
/// authorisation is decided (3-D Secure). `unknown` is the honest answer after a time-out: it may
/// or may not have happened, and only lookup() can tell.
struct payment_answer {
  /// The values are in the sandbox's ledger files: never renumber them.
  enum class kind : std::uint8_t {
    ok,
    rejected,
    retryable,
    unknown,
    requires_action
  } is = kind::unknown;
  std::string reference;  ///< the provider's id of the payment
  std::string
      code;  ///< decline or error code, stable text ("card_declined", "insufficient_funds", ...)
  std::string detail;  ///< for logs and people
  std::int64_t retry_after_ms = 0;
  bool not_sent = false;   ///< retryable, and the provider was not even asked
  customer_action action;  ///< of requires_action, without its expiry
};

/// What the provider's ledger holds for one payment.
struct payment_record {
  /// The values are in the sandbox's ledger files: never renumber them.
  enum class state : std::uint8_t {
    none,
    authorized,
    declined,
    captured,
    voided,
    requires_action
  } is = state::none;
  std::string reference;
  std::string code;
  money amount;
  money refunded;
  customer_action action;  ///< of requires_action, without its expiry
};
struct payment_lookup {
  enum class kind : std::uint8_t { ok, retryable } is = kind::retryable;
  payment_record found;
  bool not_sent = false;  ///< retryable, and the provider was not even asked
};

struct authorize_request {
  payment_id payment;           ///< ours; the provider's metadata, and what lookup() asks for
  std::string idempotency_key;  ///< derived from saga id + step
  money amount;
  std::string method;
  std::string token;
  std::string description;
};
struct payment_operation {
  payment_id payment;
  std::string reference;  ///< may be empty after a crash: the provider then finds it by payment
  std::string idempotency_key;
  money amount;  ///< capture and refund
};

/// The payment provider port. Repeating a call with the same idempotency_key has one effect and
/// gives the same answer.
///
/// Concurrency: calls from any thread; they never block. `done` is called exactly once, possibly
/// before the call returns, on the caller's or on a thread of the provider's; it must not block.
class payment_provider {
 public:
  using answered = std::function<void(payment_answer)>;
  using found = std::function<void(payment_lookup)>;
  virtual ~payment_provider() = default;
  virtual std::string_view name() const = 0;
  virtual void authorize(authorize_request request, answered done) = 0;
  virtual void capture(payment_operation op, answered done) = 0;
  virtual void void_payment(payment_operation op, answered done) = 0;
  virtual void refund(payment_operation op, answered done) = 0;
  /// Truth after an unknown: what does the ledger say of this payment? `reference` may be empty:
  /// the provider then finds it by payment; one that belongs to another payment is not believed.
  virtual void lookup(payment_id payment, std::string reference, found done) = 0;
  /// Plays the customer of a payment that requires_action. False when the payment does not wait for
  /// that, or when the provider has customers of its own.
  virtual bool authenticate(const payment_id&, bool /*succeeded*/) { return false; }
  /// How long calls will be refused without being sent; zero when they would go out.
  virtual milliseconds refuses_for() const { return milliseconds{0}; }
  /// Whether a call that failed may be repeated now. False: ask again later, without calling; too
  /// many repetitions are under way already.
  virtual bool may_retry() { return true; }
};

}  // namespace atrium
