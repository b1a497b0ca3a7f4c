#include <utility>

#include "sagas/runner.hpp"

namespace atrium {

/// Turns round: what was done is undone in reverse order, money first, the slot last.
void saga_runner::compensate(saga_run& run, failure why) {
  set_awaiting(run, false);
  run.at = saga_run::phase::compensating;
  run.since = ports_.now();
  run.why = std::move(why);
  run.attempt = 1;
  run.retry_at_wake = false;
  if (run.to_take.amount == 0) run.funds = money_state::given_back;
  // Durable before money is given back, so that a crash does not turn the saga forward again.
  if (run.funds != money_state::untouched && run.funds != money_state::given_back)
    note(run, ev::saga_step{run.id, std::string{run.current().name}, true,
                            ev::step_outcome::rejected, run.why.detail});
  run_undo(run);
}

void saga_runner::undo_next(saga_run& run) {
  run.attempt = 1;
  run.noted_unknown = false;
  if (run.step == 0) return finish_with(run, run.why);
  --run.step;
  run.since = ports_.now();
  run_undo(run);
}

void saga_runner::run_undo(saga_run& run) {
  const auto undo = run.current().undo;
  if (undo == saga_action::none) return undo_next(run);
  if (undo == saga_action::release_slot || undo == saga_action::release_change) return release(run);
  if (undo == saga_action::withdraw_refund) return withdraw(run);
  if (undo == saga_action::stay) {
    if (run.change()->from.room == run.room()) return undo_next(run);
    run.waiting_for = "the old room to keep the booking";
    return send_old_room(run, cmd::stay{run.booked->id, run.id});
  }
  switch (run.funds) {
    case money_state::untouched:
    case money_state::given_back:
      return undo_next(run);
    case money_state::captured:
      return send_payment(run, saga_action::refund);
    case money_state::authorized:
      return send_payment(run, saga_action::void_payment);
    case money_state::maybe_authorized:
    case money_state::maybe_captured:
      arm(run, patience(run));
      run.waiting_for = "the payment provider to say what there is to give back";
      return look_up(run);
  }
}

/// The last undo; the saga's end is written in the same batch as the room's event.
void saga_runner::release(saga_run& run) {
  const bool in_time =
      run.why.code != ec::hold_expired && run.why.reason != ev::authentication_expired;
  const bool declined = run.why.code == ec::payment_declined;
  const auto as = !in_time   ? reservation_status::expired
                  : declined ? reservation_status::payment_failed
                             : reservation_status::rejected;
  event last =
      run.undo_failed
          ? event{ev::saga_parked{run.id, std::string{run.current().name}, run.undo_problem}}
          : event{ev::saga_completed{run.id, run.why}};
  if (run.change()) return release_change(run, std::move(last));
  run.waiting_for = "the room to release the slot";
  send_room(run, cmd::release_slot{reservation_id{run.id.str()}, as}, {std::move(last)});
}

/// The promise is taken back; the saga's end is written in the same batch.
void saga_runner::withdraw(saga_run& run) {
  run.waiting_for = "the room to withdraw the refund";
  send_room(run, cmd::withdraw_refund{run.id}, {ev::saga_completed{run.id, run.why}});
}

void saga_runner::undone(saga_run& run, std::uint64_t position) {
  if (!run.undo_failed) {
    run.result = run.why;
    return finish(run, position);
  }
  run.at = saga_run::phase::parked;
  run.since = ports_.now();
  run.wake = {};
  run.turn = ++turns_;
  run.waiting_for = run.undo_problem;
  answer_all(run, result<saga_answer>{run.why});
}

void saga_runner::undo_answered(saga_run& run, const payment_answer& a) {
  const auto& id = run.booked->id;
  switch (a.is) {
    case payment_answer::kind::ok:
      if (run.funds == money_state::captured) {
        run.unwritten.push_back(ev::payment_refunded{run.payment, id, run.to_take});
      } else {
        run.unwritten.push_back(ev::payment_voided{run.payment, id});
      }
      run.funds = money_state::given_back;
      return undo_next(run);
    case payment_answer::kind::rejected:
    case payment_answer::kind::requires_action:
    case payment_answer::kind::unknown:
      // E.g. a void refused because a late capture took effect: the ledger decides what to undo.
      run.funds = money_state::maybe_captured;
      return undo_again(run, a.detail.empty() ? a.code : a.detail);
    case payment_answer::kind::retryable:
      if (a.not_sent) return held_back(run, a);
      return undo_again(run, a.detail.empty() ? a.code : a.detail);
  }
}

void saga_runner::undo_found(saga_run& run, const payment_record& r) {
  using state = payment_record::state;
  if (!r.reference.empty()) run.reference = r.reference;
  switch (r.is) {
    case state::captured:
      if (r.refunded.amount >= run.to_take.amount) {
        run.unwritten.push_back(ev::payment_refunded{run.payment, run.booked->id, run.to_take});
        run.funds = money_state::given_back;
        return undo_next(run);
      }
      run.funds = money_state::captured;
      return run_undo(run);
    // Voiding what the provider has not seen leaves a mark there, so that a late authorisation is
    // refused.
    case state::none:
    case state::authorized:
    case state::requires_action:
      run.funds = money_state::authorized;
      return run_undo(run);
    case state::voided:
      run.unwritten.push_back(ev::payment_voided{run.payment, run.booked->id});
      run.funds = money_state::given_back;
      return undo_next(run);
    case state::declined:
      run.funds = money_state::given_back;
      return undo_next(run);
  }
}

/// A compensation that fails is repeated with growing pauses; at last it is left to an operator,
/// and the others still run.
void saga_runner::undo_again(saga_run& run, const std::string& detail) {
  const auto& policy = run.def->stubborn;
  if (run.attempt >= policy.attempts) {
    run.undo_failed = true;
    run.undo_problem = std::string{run.current().name} + " could not be undone: " + detail;
    run.funds = money_state::given_back;  // nothing more is tried here
    return undo_next(run);
  }
  if (run.funds == money_state::captured || run.funds == money_state::authorized)
    run.funds = money_state::maybe_captured;
  ++run.attempt;
  arm(run, pause_before(policy, run.attempt, std::hash<saga_id>{}(run.id)));
  run.looking_up = false;
  run.retry_at_wake = true;
  run.waiting_for = "the next attempt to give the money back (" + detail + ")";
}

/// Past the pivot there is no way back: a person has to look.
void saga_runner::park(saga_run& run, const std::string& reason) {
  note(run, ev::saga_parked{run.id, std::string{run.current().name}, reason, run.refused});
  run.at = saga_run::phase::parked;
  run.since = ports_.now();
  run.wake = {};
  run.turn = ++turns_;
  run.waiting_for = reason;
  answer_all(run, saga_answer{.still_running = true});
}

}  // namespace atrium
