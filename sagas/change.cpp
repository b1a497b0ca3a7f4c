#include <utility>

#include "sagas/runner.hpp"

/// What only the change saga does: it works with two rooms. All its events stand in the shard of
/// the room the booking goes to, where its pivot is; to the old room it only sends commands.
namespace atrium {

namespace {
bool stays(const saga_run& run) {
  return run.change()->from.room == run.room();
}

failure needs_payment(const money& difference) {
  const auto amount = std::to_string(difference.amount) + " " + difference.currency;
  return {.code = ec::validation,
          .detail = "The new slot costs " + amount +
                    " more (in minor units). Repeat the change with \"payment\" and a new "
                    "Idempotency-Key; the booking stays as it was.",
          .violations = {
              {"required", "a payment for the difference of " + amount, "nothing", "/payment"}}};
}
}  // namespace

void saga_runner::run_change_step(saga_run& run) {
  const auto action = run.current().run;
  if (party_of(action) == saga_party::old_room && stays(run)) return next_step(run);
  switch (action) {
    case saga_action::check_booking:
      run.waiting_for = "the room of the booking to say whether it may be changed";
      return send_old_room(run, cmd::check_change{terms_of(run)});
    case saga_action::hold_change:
      run.waiting_for = "the room to hold the new slot";
      return send_room(run, cmd::hold_change{terms_of(run)});
    case saga_action::authorize:
    case saga_action::capture:
      if (run.to_take.amount == 0) return next_step(run);
      if (method_of(run).token.empty()) return compensate(run, needs_payment(run.to_take));
      return send_payment(run, action);
    case saga_action::begin_leaving:
      run.waiting_for = "the old room to let the booking go";
      return send_old_room(run, cmd::begin_leaving{terms_of(run), run.room()});
    case saga_action::apply_change:
      run.waiting_for = "the room to make the change";
      return send_room(run, cmd::apply_change{terms_of(run)}, {pivot_of(run)});
    case saga_action::leave:
      run.waiting_for = "the old room to free the slot";
      return send_old_room(run, cmd::leave{run.booked->id, run.id});
    default:
      return refund_next(run);
  }
}

/// Nothing left to do behind the pivot: the end of the saga shares its batch.
bool saga_runner::ends_with_pivot(const saga_run& run) {
  return stays(run) && run.refunds.empty();
}

event saga_runner::pivot_of(const saga_run& run) {
  if (ends_with_pivot(run)) return ev::saga_completed{run.id, changed_result(run)};
  return ev::saga_step{run.id, std::string{run.current().name}, false, ev::step_outcome::ok, ""};
}

/// Nothing of the saga's own is written with it: the old room may be in another shard.
void saga_runner::send_old_room(saga_run& run, room_command command) {
  arm(run, run.current().timeout);
  room_request rq;
  rq.id = run.change()->from.room.str();
  rq.command = std::move(command);
  rq.ctx = {run.principal, run.correlation, run.wake};
  rq.causation = run.id.str();
  ports_.to_room(run.id, run.turn, std::move(rq));
}

void saga_runner::change_accepted(saga_run& run, entity_reply&& reply) {
  switch (run.current().run) {
    case saga_action::hold_change:
      if (!reply.offer) return resync(run);
      accept_offer(run, *reply.offer);
      return next_step(run);
    case saga_action::apply_change:
      if (!ends_with_pivot(run)) return next_step(run);
      run.result = changed_result(run);
      return finish(run, reply.position);
    default:
      return next_step(run);
  }
}

/// Past the pivot, one payment after the other.
void saga_runner::refund_next(saga_run& run) {
  if (run.refunded == run.refunds.size()) return finish_with(run, refunded_result(run));
  aim_at_refund(run);
  send_payment(run, saga_action::refund);
}

void saga_runner::aim_at_refund(saga_run& run) {
  const auto& next = run.refunds[run.refunded].payment;
  if (run.payment == next) return;
  unwatch(run);
  run.payment = next;
  run.reference.clear();
  run.attempt = 1;
  run.noted_unknown = false;
}

void saga_runner::release_change(saga_run& run, event last) {
  run.waiting_for = "the room to release the new slot";
  send_room(run, cmd::release_change{run.id, std::string{to_string(run.why.code)}},
            {std::move(last)});
}

/// Everything a change needs again is in its start and in the offer behind that.
void saga_runner::continue_change(saga_run& run, const traces& seen) {
  run.at = saga_run::phase::forward;
  run.noted_unknown = false;
  if (seen.applied) {
    run.step = step_of(*run.def, saga_action::leave);
    return run_step(run);
  }
  if (run.to_take.amount > 0) run.funds = money_state::maybe_captured;
  if (seen.compensating) {
    run.step = step_of(*run.def, saga_action::apply_change);
    run.at = saga_run::phase::compensating;
    return run_undo(run);
  }
  const bool asks = run.to_take.amount > 0 && !seen.captured;
  run.step = step_of(*run.def, !asks             ? saga_action::begin_leaving
                               : seen.authorized ? saga_action::capture
                                                 : saga_action::authorize);
  if (!asks) {
    if (seen.captured) run.funds = money_state::captured;
    return run_step(run);
  }
  run.noted_unknown = true;  // a crash is no news about the provider
  outcome_unknown(run, "the server was restarted");
}

}  // namespace atrium
