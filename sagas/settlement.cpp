#include <utility>

#include "sagas/runner.hpp"

/// The settlement saga: what reconciliation found is made good, or left to an operator.
namespace atrium {

namespace {
std::string in_words(const ev::settle_request& in) {
  return in.difference + " of " + std::to_string(in.amount.amount) + " " + in.amount.currency +
         " on payment " + in.payment.str();
}
}  // namespace

/// The journal says what is right, so a call is repeated under one key until it is made.
void saga_runner::settle(saga_run& run) {
  const auto& in = std::get<ev::settle_request>(run.input);
  payment_call call;
  if (in.difference == "void-owed")
    call.is = payment_call::kind::void_payment;
  else if (in.difference == "capture-owed")
    call.is = payment_call::kind::capture;
  else if (in.difference == "refund-owed")
    call.is = payment_call::kind::refund;
  else
    return park_settlement(run, "journal and provider differ: " + in_words(in) +
                                    ". Compare both, put it right by hand, then resolve this.");
  arm(run, run.current().timeout);
  run.looking_up = false;
  run.waiting_for = "the payment provider to settle " + in_words(in);
  call.operation = {in.payment, in.reference, provider_key(run, saga_action::settle), in.amount};
  ports_.pay(run.id, run.turn, std::move(call));
}

void saga_runner::settle_answered(saga_run& run, const payment_answer& a) {
  const auto& in = std::get<ev::settle_request>(run.input);
  const auto detail = a.detail.empty() ? a.code : a.detail;
  if (a.is == payment_answer::kind::ok)
    return finish_with(run, ev::settle_result{in.payment, in.difference, in.amount});
  if (a.not_sent) return wait_for_provider(run, milliseconds{a.retry_after_ms});
  const bool refused = a.is == payment_answer::kind::rejected;
  if (refused || run.attempt >= run.def->stubborn.attempts) {
    run.refused = refused;
    return park_settlement(run, "the provider does not settle " + in_words(in) + ": " + detail);
  }
  ++run.attempt;
  arm(run, pause_before(run.def->stubborn, run.attempt, std::hash<saga_id>{}(run.id)));
  run.retry_at_wake = true;
  run.waiting_for = "the next attempt at the payment provider (" + detail + ")";
}

/// Its start may not be durable yet: it then stands in front, in the same batch.
void saga_runner::park_settlement(saga_run& run, const std::string& reason) {
  run.durable_start = true;
  park(run, reason);
}

}  // namespace atrium
