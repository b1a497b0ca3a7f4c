#include <algorithm>
#include <utility>

#include "sagas/runner.hpp"

namespace atrium {

namespace {
std::string provider_says(const payment_answer& a) {
  if (a.detail.empty()) return a.code.empty() ? "no reason given" : a.code;
  return a.code.empty() ? a.detail : a.detail + " (" + a.code + ")";
}
}  // namespace

// ---- the provider answers ----------------------------------------------------------------------

void saga_runner::on(saga_payment_reply&& r) {
  auto* run = awaiting(r.id, r.turn);
  if (run == nullptr) return;
  if (run->current().run == saga_action::settle) return settle_answered(*run, r.answer);
  run->at == saga_run::phase::compensating ? undo_answered(*run, r.answer) : paid(*run, r.answer);
}

void saga_runner::paid(saga_run& run, const payment_answer& a) {
  const auto action = run.current().run;
  switch (a.is) {
    case payment_answer::kind::unknown:
      return outcome_unknown(run, provider_says(a));
    case payment_answer::kind::retryable:
      if (a.not_sent) return held_back(run, a);
      return unavailable(run, provider_says(a));
    case payment_answer::kind::requires_action:
      if (action == saga_action::authorize) return await_customer(run, a.reference, a.action);
      return outcome_unknown(run, "the provider asks for the customer again");
    case payment_answer::kind::rejected:
      if (action != saga_action::refund) return declined(run, a.code);
      run.refused = true;
      return park(run, "the provider refuses the refund: " + provider_says(a));
    case payment_answer::kind::ok:
      break;
  }
  if (!a.reference.empty()) run.reference = a.reference;
  if (action == saga_action::authorize) {
    set_awaiting(run, false);
    run.funds = money_state::authorized;
    run.unwritten.push_back(ev::payment_authorized{run.payment, run.booked->id, run.principal,
                                                   run.to_take, method_of(run).method, provider_,
                                                   run.reference});
    return next_step(run);
  }
  if (action == saga_action::capture) {
    run.funds = money_state::captured;
    captured(run);
    return next_step(run);
  }
  run.unwritten.push_back(
      ev::payment_refunded{run.payment, run.about(), run.refunds[run.refunded].amount});
  ++run.refunded;
  refund_next(run);
}

/// An authorisation that is not durable yet is told by the capture.
void saga_runner::captured(saga_run& run) {
  ev::payment_captured now{run.payment, run.booked->id, run.to_take};
  if (!run.unwritten.empty()) {
    if (auto* a = std::get_if<ev::payment_authorized>(&run.unwritten.back())) {
      now.customer = std::move(a->customer);
      now.method = std::move(a->method);
      now.provider = std::move(a->provider);
      now.reference = std::move(a->reference);
      run.unwritten.pop_back();
    }
  }
  run.unwritten.push_back(std::move(now));
}

void saga_runner::declined(saga_run& run, const std::string& code, bool may_still_pay) {
  // A refused authorisation took nothing; a refused capture leaves an authorisation to be voided,
  // and so does a customer who failed to act: they could still, with another card.
  const bool took_nothing =
      run.current().run == saga_action::authorize && !run.awaiting && !may_still_pay;
  run.funds = took_nothing ? money_state::untouched : money_state::authorized;
  set_awaiting(run, false);
  run.unwritten.push_back(ev::payment_declined{run.payment, run.booked->id, run.principal,
                                               run.to_take, method_of(run).method, provider_,
                                               code});
  compensate(run, declined_because(run, code));
}

/// The provider was not asked at all. That is no attempt: what has to happen (a capture, a refund)
/// waits until calls go out again; what need not is given up at once.
void saga_runner::held_back(saga_run& run, const payment_answer& a) {
  const bool forward = run.at == saga_run::phase::forward;
  const auto action = run.current().run;
  const bool first_call = run.attempt == 1 && !run.noted_unknown;
  if (forward && first_call && action == saga_action::authorize) run.funds = money_state::untouched;
  if (forward && first_call && action == saga_action::capture) run.funds = money_state::authorized;
  const bool gives_up =
      forward && (action == saga_action::authorize ||
                  (action == saga_action::capture && ports_.now() >= run.deadline));
  if (!gives_up) return wait_for_provider(run, milliseconds{a.retry_after_ms});
  compensate(run, failure{.code = ec::dependency_unavailable,
                          .detail = "Payments cannot be taken at the moment. Nothing was charged; "
                                    "please try again in a minute.",
                          .retry_after_ms = 30'000,
                          .reason = "payment-provider"});
}

void saga_runner::wait_for_provider(saga_run& run, milliseconds wait) {
  wait = std::max(wait, milliseconds{1'000});
  // Spread, so that what waits together does not come back together.
  arm(run, pause_before({.attempts = 2, .first = wait, .most = wait}, 2,
                        std::hash<saga_id>{}(run.id) + turns_));
  run.retry_at_wake = true;
  run.was_held_back = true;
  run.waiting_for =
      "the payment provider to be called again (it is not reached, or its circuit breaker is open)";
  // This may take long: who asked is told that it is on its way.
  for (auto& w : std::exchange(run.waiters, {}))
    w.done(saga_answer{.replayed = w.duplicate, .still_running = true});
}

/// The provider says that it did nothing and that it may help to ask again.
void saga_runner::unavailable(saga_run& run, const std::string& detail) {
  const bool stubborn = run.current().run == saga_action::refund;
  const auto& policy = stubborn ? run.def->stubborn : run.current().retry;
  if (run.attempt >= policy.attempts || (!stubborn && ports_.now() >= run.deadline)) {
    if (stubborn) return park(run, "the provider does not take the refund: " + detail);
    return compensate(run, failure{.code = ec::dependency_unavailable,
                                   .detail = "The payment provider does not answer. Nothing was "
                                             "charged; please try again in a minute.",
                                   .retry_after_ms = 30'000,
                                   .reason = "payment-provider"});
  }
  ++run.attempt;
  arm(run, pause_before(policy, run.attempt, std::hash<saga_id>{}(run.id)));
  run.retry_at_wake = true;
  run.waiting_for = "the next attempt at the payment provider (" + detail + ")";
}

/// It may or may not have happened: the provider's ledger is asked before anything else is done.
void saga_runner::outcome_unknown(saga_run& run, const std::string& detail) {
  if (run.noted_unknown && must_wait_for_budget(run)) return;
  if (!run.noted_unknown) {
    run.noted_unknown = true;
    const bool undoing = run.at == saga_run::phase::compensating;
    const auto action = run.acting();
    note(run, ev::saga_step{run.id, std::string{run.current().name}, undoing,
                            ev::step_outcome::unknown, detail});
    note(run, ev::payment_unknown{run.payment, run.about(), std::string{to_string(action)}});
  }
  arm(run, patience(run));
  run.waiting_for = "the payment provider to say what happened";
  look_up(run);
}

/// The saga had turned round when it was cut short, and that was not on record yet: whoever gives
/// money back goes on doing so.
void saga_runner::taken_back(saga_run& run) {
  run.funds = money_state::maybe_captured;
  compensate(run, failure{.code = ec::dependency_unavailable,
                          .detail = "The server was restarted while the payment was being taken "
                                    "back. Nothing was charged; please try again.",
                          .retry_after_ms = 1'000,
                          .reason = "payment-provider"});
}

void saga_runner::found(saga_run& run, const payment_record& r) {
  using state = payment_record::state;
  const auto action = run.current().run;
  if (!r.reference.empty()) run.reference = r.reference;
  const bool takes = action == saga_action::authorize || action == saga_action::capture;
  if (takes && r.is == state::captured && r.refunded.amount > 0) return taken_back(run);
  payment_answer as_if{.is = payment_answer::kind::ok, .reference = r.reference, .code = r.code};
  switch (action) {
    case saga_action::authorize:
      if (r.is == state::requires_action) {
        if (!run.awaiting) return await_customer(run, r.reference, r.action);
        run.action = r.action;
        return keep_waiting(run);
      }
      if (r.is == state::none && run.awaiting) return keep_waiting(run);
      if (r.is == state::none) return unavailable(run, "the payment had not reached it");
      if (r.is == state::declined || r.is == state::voided)
        as_if.is = payment_answer::kind::rejected;
      return paid(run, as_if);
    case saga_action::capture:
      if (r.is == state::authorized || r.is == state::none)
        return unavailable(run, "the capture had not reached it");
      if (r.is != state::captured) as_if.is = payment_answer::kind::rejected;
      return paid(run, as_if);
    case saga_action::refund:
      // The ledger has one sum of all refunds of a payment, this one's or another's: asked again
      // under the same key, the provider says which.
      if (!may_have_refunded(run, r) || run.attempt >= run.def->stubborn.attempts)
        return unavailable(run, "the refund had not reached it");
      ++run.attempt;
      return send_payment(run, action);
    default:
      return;
  }
}

}  // namespace atrium
