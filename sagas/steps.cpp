#include <algorithm>
#include <utility>

#include "persistence/stored_answer.hpp"
#include "sagas/runner.hpp"

namespace atrium {

void saga_runner::next_step(saga_run& run) {
  ++run.step;
  run.since = ports_.now();
  run.attempt = 1;
  run.noted_unknown = false;
  run_step(run);
}

void saga_runner::run_step(saga_run& run) {
  const auto& step = run.current();
  run.at = saga_run::phase::forward;
  run.looking_up = false;
  if (run.change()) return run_change_step(run);
  switch (step.run) {
    case saga_action::hold_slot: {
      const auto& in = std::get<ev::booking_request>(run.input);
      run.waiting_for = "the room to hold the slot";
      return send_room(run, cmd::hold_slot{reservation_id{run.id.str()}, run.principal, in.when,
                                           in.party_size, in.title, in.from_hold, run.payment});
    }
    case saga_action::place_hold: {
      const auto& in = std::get<ev::hold_request>(run.input);
      run.waiting_for = "the room to hold the slot";
      return send_room(run, cmd::place_hold{hold_id{run.id.str()}, run.principal, in.when,
                                            in.party_size, run.started + milliseconds{in.ttl_ms}});
    }
    case saga_action::confirm:
      run.waiting_for = "the room to confirm the booking";
      return send_room(run, cmd::confirm{run.booked->id},
                       {ev::saga_completed{run.id, ev::booking_result{}}});
    case saga_action::cancel_slot: {
      const auto& in = std::get<ev::cancel_request>(run.input);
      run.waiting_for = "the room to cancel the booking";
      return send_room(run, cmd::cancel{in.reservation, run.principal, in.as_operator,
                                        in.full_refund, in.reason});
    }
    case saga_action::grant_refund: {
      const auto& in = std::get<ev::refund_request>(run.input);
      run.payment = in.payment;
      run.waiting_for = "the room to grant the refund";
      return send_room(run, cmd::grant_refund{run.id, in.reservation, in.payment, in.amount,
                                              in.left, run.principal, in.reason});
    }
    case saga_action::settle:
      return settle(run);
    case saga_action::authorize:
    case saga_action::capture:
      return send_payment(run, step.run);
    case saga_action::refund:
      return refund_next(run);
    default:
      break;
  }
}

/// `last` goes behind the room's own events, what is unwritten before them, all in one batch.
void saga_runner::send_room(saga_run& run, room_command command, std::vector<event> last) {
  // A step at the provider may have less patience than a busy room needs.
  arm(run, std::max(run.current().timeout, milliseconds{10'000}));
  run.at_room = true;
  room_request rq;
  rq.id = run.room().str();
  rq.command = std::move(command);
  rq.ctx = {run.principal, run.correlation, run.wake};
  rq.causation = run.id.str();
  auto attached = attach(run, std::move(last));
  const auto behind = attached.begin() + static_cast<std::ptrdiff_t>(run.unwritten.size());
  rq.after.assign(std::make_move_iterator(behind), std::make_move_iterator(attached.end()));
  attached.erase(behind, attached.end());
  rq.before = std::move(attached);
  ports_.to_room(run.id, run.turn, std::move(rq));
}

/// Money is given back on payments that other sagas took: their streams name them. Empty when this
/// one took it, or when it is not found: then the provider searches.
std::string saga_runner::known_reference(const saga_run& run) const {
  if (run.payment == payment_of(run.id, run.run_no)) return {};
  std::string found;
  const auto search = [&](const std::string& saga) {
    for (const auto& e : index_.read_stream("saga/" + saga, 1)) {
      const auto take = [&](const auto& paid) {
        if (paid.id == run.payment && !paid.reference.empty()) found = paid.reference;
      };
      if (const auto* a = std::get_if<ev::payment_authorized>(&e.what)) take(*a);
      if (const auto* a = std::get_if<ev::payment_action_required>(&e.what)) take(*a);
      if (const auto* c = std::get_if<ev::payment_captured>(&e.what)) take(*c);
    }
  };
  search(run.about().str());
  if (found.empty()) search(first_payer_of(run.payment));
  return found;
}

void saga_runner::send_payment(saga_run& run, saga_action action) {
  const bool undoes = run.at == saga_run::phase::compensating;
  const bool gives_back = action == saga_action::refund && !undoes;
  const auto& amount = gives_back ? run.refunds[run.refunded].amount : run.to_take;
  if (amount.amount == 0)
    return paid(
        run, payment_answer{.is = payment_answer::kind::ok});  // a free room: no provider is asked
  arm(run, patience(run));
  run.looking_up = false;
  run.waiting_for = "the payment provider to " + std::string{to_string(action)} + " the payment";
  payment_call call;
  if (action == saga_action::authorize) {
    const auto& by = method_of(run);
    run.funds = money_state::maybe_authorized;
    call.is = payment_call::kind::authorize;
    call.authorize = {run.payment,  provider_key(run, action), amount, by.method, by.token,
                      title_of(run)};
  } else {
    if (action == saga_action::capture) run.funds = money_state::maybe_captured;
    call.is = action == saga_action::capture  ? payment_call::kind::capture
              : action == saga_action::refund ? payment_call::kind::refund
                                              : payment_call::kind::void_payment;
    if (run.reference.empty()) run.reference = known_reference(run);
    call.operation = {run.payment, run.reference, provider_key(run, action), amount};
  }
  ports_.pay(run.id, run.turn, std::move(call));
}

// ---- the room answers --------------------------------------------------------------------------

void saga_runner::on(saga_room_reply&& r) {
  auto* run = awaiting(r.id, r.turn);
  if (run == nullptr) return;
  if (r.outcome) return room_accepted(*run, std::move(*r.outcome));
  room_refused(*run, r.outcome.error());
}

void saga_runner::room_accepted(saga_run& run, entity_reply&& reply) {
  if (party_of(run.acting()) != saga_party::old_room) written(run);
  if (run.acting() == saga_action::stay) return undo_next(run);
  if (run.at == saga_run::phase::compensating) return undone(run, reply.position);
  if (run.change()) return change_accepted(run, std::move(reply));
  switch (run.current().run) {
    case saga_action::hold_slot:
      run.booked = std::move(reply.booked);
      run.to_take = run.booked->price;
      return next_step(run);
    case saga_action::authorize:
      return awaited(run, reply.position);
    case saga_action::confirm:
      run.result = booked_answer(std::move(*run.booked));
      return finish(run, reply.position);
    case saga_action::place_hold: {
      const auto& in = std::get<ev::hold_request>(run.input);
      ev::hold_result held{hold_id{run.id.str()}, in.room, in.when, in.party_size, {}, {}};
      if (reply.held) held.price = reply.held->price, held.expires_at = reply.held->expires_at;
      return finish_with(run, std::move(held));
    }
    case saga_action::cancel_slot: {
      for (const auto& e : reply.events) {
        const auto* c = std::get_if<ev::reservation_cancelled>(&e);
        if (c == nullptr) continue;
        run.cancelled = result_of(*c);
        run.refunds = refunds_of(*c);
      }
      if (!run.cancelled || run.cancelled->refund.amount == 0)
        return finish_with(run, *run.cancelled);
      return next_step(run);
    }
    case saga_action::grant_refund: {
      for (const auto& e : reply.events)
        if (const auto* g = std::get_if<ev::refund_granted>(&e)) accept_grant(run, *g);
      if (!run.granted) return resync(run);
      return next_step(run);
    }
    default:
      return;
  }
}

void saga_runner::room_refused(saga_run& run, failure why) {
  if (is_transient(why.code)) {
    if (!run.durable_start && why.code == ec::overloaded) return drop(run, std::move(why));
    return resync(run);
  }
  switch (run.acting()) {
    case saga_action::stay:
      return undo_next(run);
    case saga_action::release_slot:
    case saga_action::release_change:
      return finish_with(run, run.why);  // the room has nothing to release
    case saga_action::authorize:         // it does not keep the slot for a customer who has to act
      run.unwritten.clear();
      return compensate(run, std::move(why));
    case saga_action::confirm:
    case saga_action::begin_leaving:
    case saga_action::apply_change:
      return compensate(run, std::move(why));
    case saga_action::leave:
      return park(run, "the old room does not free the slot: " + why.detail);
    default:
      return refuse(run, std::move(why));
  }
}

/// A final refusal before anything was done: journalled, then answered.
void saga_runner::refuse(saga_run& run, failure why) {
  if (why.code == ec::slot_taken) {
    constexpr std::size_t most_alternatives = 3;
    const auto [when, party] = std::visit(
        [](const auto& in) -> std::pair<interval, int> {
          if constexpr (requires { in.when; }) return {in.when, in.party_size};
          return {};
        },
        run.input);
    // At least one other room is offered when there is one: the nearest time is not always an
    // answer.
    const auto others = ports_.other_rooms(run.room(), when, party, most_alternatives);
    if (!others.empty() && why.alternatives.size() >= most_alternatives)
      why.alternatives.resize(most_alternatives - 1);
    for (const auto& o : others)
      if (why.alternatives.size() < most_alternatives) why.alternatives.push_back(o);
  }
  finish_with(run, std::move(why));
}

void saga_runner::finish_with(saga_run& run, ev::saga_result result) {
  run.at = saga_run::phase::finishing;
  run.result = std::move(result);
  run.waiting_for = "the journal";
  arm(run, std::chrono::seconds{30});
  write(run, {ev::saga_completed{run.id, *run.result}});
}

void saga_runner::on(saga_append_reply&& r) {
  auto* run = awaiting(r.id, r.turn);
  if (run == nullptr) return;
  if (r.outcome.is == append_result::status::fenced) return resync(*run);
  written(*run);
  if (run->order) return obey(*run);
  finish(*run, r.outcome.position);
}

// ---- time passes -------------------------------------------------------------------------------

void saga_runner::on_timer(saga_run& run) {
  if (run.order) return resync(run);
  if (run.resolving) return resolve(run);
  if (run.retry_at_wake) {
    // What was never sent is no repetition.
    const bool is_first = std::exchange(run.was_held_back, false);
    run.retry_at_wake = !is_first && must_wait_for_budget(run);
    if (run.retry_at_wake) return;
    return run.at == saga_run::phase::compensating ? run_undo(run) : run_step(run);
  }
  switch (run.at) {
    case saga_run::phase::parked:
      return;
    case saga_run::phase::finishing:
    case saga_run::phase::reloading:
      return resync(run);
    case saga_run::phase::forward:
    case saga_run::phase::compensating:
      break;
  }
  if (run.at_room || party_of(run.acting()) != saga_party::provider) return resync(run);
  if (run.awaiting) return poll(run);
  if (is_late(run))
    return compensate(
        run,
        failure{
            .code = ec::dependency_unavailable,
            .detail =
                "The payment provider did not say whether the payment went through. The booking "
                "was not made and the payment is being taken back; please try again in a minute.",
            .retry_after_ms = 60'000,
            .reason = "payment-provider"});
  if (run.current().run == saga_action::settle)
    return settle_answered(run,
                           {.is = payment_answer::kind::unknown, .detail = "no answer in time"});
  if (run.at == saga_run::phase::compensating) return undo_again(run, "no answer in time");
  outcome_unknown(run, "no answer in time");
}

/// Something in the process did not answer: what counts is what the journal says.
void saga_runner::resync(saga_run& run) {
  run.at = saga_run::phase::reloading;
  run.waiting_for = "the journal to say what is durable";
  arm(run, std::chrono::seconds{10});
  ports_.reload(run.id, run.room());
}

}  // namespace atrium
