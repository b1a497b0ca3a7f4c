#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "payments/provider.hpp"

namespace atrium::testing {

/// What the provider does with one call.
enum class provider_fate {
  ok,
  rejected,
  retryable,
  unknown_before,  ///< no effect, answers unknown
  unknown_after,   ///< took effect, answers unknown
  silent_before,   ///< no effect, never answers
  silent_after,    ///< took effect, never answers
  late,            ///< took effect, the answer comes after everything else
  twice,           ///< took effect, the same answer comes twice
  not_sent,        ///< a circuit breaker kept the call back
  asks,            ///< the customer has to act(); of what is no authorisation: without effect
  asks_unknown,    ///< the same, answered unknown
};

/// A provider whose every answer is scripted per operation; its ledger survives crashes of the
/// engine.
class scripted_provider final : public payment_provider {
 public:
  /// `deliver(late, fn)` queues an answer.
  using deliver = std::function<void(bool late, std::function<void()>)>;
  explicit scripted_provider(deliver d) : deliver_(std::move(d)) {}

  /// Fates of the first, second, ... call of an operation ("authorize", "capture", "void",
  /// "refund", "lookup"); later calls are ok.
  void script(const std::string& operation, std::vector<provider_fate> fates);

  std::string_view name() const override { return "scripted"; }
  void authorize(authorize_request rq, answered done) override;
  void capture(payment_operation op, answered done) override;
  void void_payment(payment_operation op, answered done) override;
  void refund(payment_operation op, answered done) override;
  void lookup(payment_id payment, std::string reference, found done) override;

  /// What the customer does; false when the payment does not wait for it.
  bool act(const std::string& payment, bool succeeded);

  std::map<std::string, payment_record> ledger;
  std::atomic<int> calls{0};
  std::atomic<int> lookups{0};  ///< of the calls

 private:
  provider_fate next(const std::string& operation);
  void act(const std::string& operation, const std::string& key,
           const std::function<payment_answer()>& effect, answered done);

  deliver deliver_;
  std::map<std::string, std::deque<provider_fate>> scripts_;
  std::map<std::string, payment_answer> by_key_;
};

}  // namespace atrium::testing
