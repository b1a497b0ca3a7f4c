#pragma once

#include <optional>
#include <string_view>

#include "payments/sandbox_ledger.hpp"
#include "payments/sandbox_provider.hpp"

namespace atrium {

/// An answer of the sandbox and when it is given; without a delay, at once.
struct sandbox_reply {
  payment_answer answer;
  milliseconds delay{0};
  bool late = false;  ///< `answer` is found out again when the delay is over
};

/// What the sandbox decides, without threads or timers. The caller locks.
class sandbox_desk {
 public:
  sandbox_desk(sandbox_ledger& ledger, const sandbox_provider::options& options,
               const clock_port& clock)
      : ledger_(ledger), options_(options), clock_(clock) {}

  sandbox_reply authorize(const authorize_request& request);
  bool authenticate(const payment_id& payment, bool succeeded);
  sandbox_reply capture(const payment_operation& op);
  sandbox_reply void_payment(const payment_operation& op);
  sandbox_reply refund(const payment_operation& op);
  payment_record lookup(const payment_id& payment);

  /// The stored answer to an authorisation whose effect came late.
  payment_answer late_answer(const payment_id& payment, const std::string& key);

 private:
  using line = std::optional<ledger_entry>;

  /// The payment's newest line, after a scheduled authorisation whose time has come has taken
  /// effect, unless it was voided before.
  line settled(const payment_id& payment);
  /// A line to fill in, with the payment's figures so far.
  static ledger_entry continued(const payment_id& payment, const line& newest);
  static ledger_entry begin(ledger_entry::operation what, const payment_operation& op,
                            const line& newest);

  /// The line with which the payment began.
  ledger_entry asked_of(const payment_id& payment,
                        ledger_entry::operation as = ledger_entry::operation::authorize) const;

  /// The call under this key, from the payment's newest line back.
  line find(const ledger_entry& newest, ledger_entry::operation what, std::string_view key) const;
  bool was_refused(const ledger_entry& newest, ledger_entry::operation what) const;
  std::optional<payment_answer> answer_of(const line& newest, ledger_entry::operation what,
                                          std::string_view key) const;
  std::optional<sandbox_reply> repeat_of(const authorize_request& request,
                                         const ledger_entry& newest) const;
  static bool fits(const ledger_entry& next, const money& asked, std::int64_t most);

  /// Calls that have no effect although nothing is wrong with them: each is counted in the ledger.
  std::optional<sandbox_reply> before_effect(const ledger_entry& next,
                                             std::optional<sandbox_behaviour> failing,
                                             std::optional<sandbox_behaviour> losing);
  sandbox_reply refuse(ledger_entry& next, std::string code);
  sandbox_reply accept(ledger_entry& next, std::optional<sandbox_behaviour> losing_answer);
  bool write(ledger_entry& e);
  static payment_answer failed(payment_answer::kind is, std::string code, milliseconds retry_after);
  payment_answer full() const;

  sandbox_ledger& ledger_;
  const sandbox_provider::options& options_;
  const clock_port& clock_;
};

}  // namespace atrium
