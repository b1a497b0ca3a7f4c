#include <utility>

#include "persistence/stored_answer.hpp"
#include "sagas/runner.hpp"

namespace atrium {

namespace {
std::optional<saga_order> ordered(const ev::operator_acted& acted) {
  constexpr std::string_view prefix = "saga.";
  const std::string_view action = acted.action;
  if (!action.starts_with(prefix)) return std::nullopt;
  return parse_saga_order(action.substr(prefix.size()));
}
}  // namespace

/// After a crash, or when an actor did not answer: what counts is what the journal holds.
void saga_runner::resume(saga_resumption r) {
  auto it = runs_.find(r.id);
  if (it == runs_.end()) {
    if (r.events.empty()) return;
    saga_run fresh;
    fresh.id = r.id;
    it = runs_.emplace(r.id, std::move(fresh)).first;
    it->second.started = r.events.front().at;
  } else if (it->second.at != saga_run::phase::reloading) {
    return;
  }
  auto& run = it->second;
  if (!rebuild(run, r.events)) {
    return drop(run, failure{.code = ec::timeout,
                             .detail = "The request was not taken in time and nothing was done. "
                                       "Repeat it with the same Idempotency-Key.",
                             .retry_after_ms = 1000});
  }
  continue_after_crash(run, r.events);
}

/// Fills the run from the events of its last incarnation; false when not even its start is durable.
bool saga_runner::rebuild(saga_run& run, const std::vector<stored_event>& events) {
  const ev::saga_started* begin = nullptr;
  std::uint64_t begin_position = 0;
  for (const auto& e : events) {
    const auto* started = std::get_if<ev::saga_started>(&e.what);
    if (started == nullptr || e.seq < run.run_no) continue;
    begin = started;
    begin_position = e.position;
    run.run_no = e.seq;
    run.started = e.at;
    run.correlation = e.correlation;
  }
  if (begin == nullptr) return false;
  run.principal = begin->principal;
  run.fingerprint = begin->fingerprint;
  run.input = begin->input;
  run.def = &definition_of(run.input);
  run.deadline = begin->deadline;
  run.payment = payment_of(run.id, run.run_no);
  run.seq = events.back().seq;
  run.in_batch = 0;
  run.durable_start = true;
  run.unwritten.clear();
  run.attempt = 1;
  run.retry_at_wake = false;
  run.looking_up = false;
  // Nobody waits for what follows but the disk: the effect in the same batch tells what was done.
  return std::holds_alternative<ev::settle_request>(run.input) ||
         read_effect(run, begin_position) ||
         std::holds_alternative<ev::saga_completed>(events.back().what);
}

/// It is parked before its pivot only when what it had charged could not be given back.
bool saga_runner::takes_money(const saga_run& run) {
  return std::holds_alternative<ev::booking_request>(run.input) || run.change() != nullptr;
}

/// The first room effect stands right behind saga.started, in the same atomic batch.
bool saga_runner::read_effect(saga_run& run, std::uint64_t started_position) {
  if (std::holds_alternative<ev::booking_request>(run.input)) {
    run.booked = read_held(log_, started_position);
    if (run.booked) run.to_take = run.booked->price;
    return run.booked.has_value();
  }
  bool found = false;
  log_.read(started_position + 1, 1, [&](std::uint64_t at, std::string_view record) {
    const auto e = decode_record(at, record);
    if (!e) return false;
    if (const auto* offer = std::get_if<ev::reservation_change_held>(&e->what)) {
      accept_offer(run, *offer);
    } else if (const auto* placed = std::get_if<ev::hold_placed>(&e->what)) {
      run.placed = ev::hold_result{placed->id,         run.room(),    placed->when,
                                   placed->party_size, placed->price, placed->expires_at};
    } else if (const auto* c = std::get_if<ev::reservation_cancelled>(&e->what)) {
      run.cancelled = result_of(*c);
      run.refunds = refunds_of(*c);
      run.payment = c->payment;
    } else if (const auto* g = std::get_if<ev::refund_granted>(&e->what)) {
      accept_grant(run, *g);
    } else {
      return false;
    }
    found = true;
    return false;
  });
  return found;
}

saga_runner::traces saga_runner::traces_of(saga_run& run, const std::vector<stored_event>& events) {
  traces seen;
  const ev::payment_declined* declined = nullptr;
  set_awaiting(run, false);
  run.fresh_keys = 0;
  run.refused = run.undo_failed = run.resolving = false;
  run.order.reset();
  for (const auto& e : events) {
    if (e.seq < run.run_no) continue;
    if (const auto* a = std::get_if<ev::payment_authorized>(&e.what))
      seen.authorized = true, run.reference = a->reference;
    if (const auto* a = std::get_if<ev::payment_action_required>(&e.what)) {
      set_awaiting(run, true);
      run.reference = a->reference;
      run.pay_by = a->expires_at;
      run.asked_at = e.position + 1;  // the room's event, in the same batch
    }
    if (const auto* d = std::get_if<ev::payment_declined>(&e.what)) declined = d;
    if (const auto* c = std::get_if<ev::payment_captured>(&e.what)) {
      seen.captured = true;
      if (!c->reference.empty()) run.reference = c->reference;
    }
    if (std::holds_alternative<ev::payment_refunded>(e.what)) ++seen.refunds;
    if (const auto* p = std::get_if<ev::saga_parked>(&e.what)) {
      seen.parked = true;
      seen.refused = p->refused;
      run.since = e.at;
      for (std::size_t i = 0; i < run.def->steps.size(); ++i)
        if (run.def->steps[i].name == p->step) run.step = i;
    }
    if (const auto* acted = std::get_if<ev::operator_acted>(&e.what)) {
      seen.order = ordered(*acted);
      if (seen.order == saga_order::retry && seen.parked && seen.refused) ++run.fresh_keys;
    }
    const auto* s = std::get_if<ev::saga_step>(&e.what);
    if (s == nullptr) continue;
    if (s->outcome == ev::step_outcome::ok) {
      seen.applied = true;
      continue;
    }
    run.noted_unknown = true;
    if (!s->compensating) continue;
    seen.compensating = true;
    run.why = {.code = ec::dependency_unavailable, .detail = s->detail, .retry_after_ms = 1000};
  }
  if (declined != nullptr) run.why = declined_because(run, declined->code);
  if (run.awaiting) run.deadline = run.pay_by + run.def->give_up_after;
  if (seen.authorized || seen.captured || seen.compensating) set_awaiting(run, false);
  return seen;
}

void saga_runner::continue_after_crash(saga_run& run, const std::vector<stored_event>& events) {
  auto seen = traces_of(run, events);
  if (run.cancelled || run.granted || seen.applied) run.refunded = seen.refunds;
  const auto& last = events.back();
  if (const auto* done = std::get_if<ev::saga_completed>(&last.what)) {
    run.result = done->result;
    if (run.booked && std::holds_alternative<ev::booking_result>(*run.result))
      run.result = booked_answer(std::move(*run.booked));
    return finish(run, last.position);
  }
  if (const auto* parked = std::get_if<ev::saga_parked>(&last.what)) {
    run.at = saga_run::phase::parked;
    run.refused = parked->refused;
    run.undo_failed = takes_money(run) && !seen.applied;
    run.waiting_for = parked->reason;
    return answer_order(run.id, std::exchange(run.ordered_by, nullptr));
  }
  run.since = ports_.now();
  if (seen.order && std::holds_alternative<ev::operator_acted>(last.what)) {
    // Told, and cut off before it could obey.
    const bool undone = takes_money(run) && !seen.applied && seen.parked;
    if (seen.order == saga_order::resolve) return run.undo_failed = undone, resolve(run);
    if (seen.order == saga_order::compensate && run.granted)
      return run.step = 1, undo_by_order(run);
    if (seen.order == saga_order::compensate) seen.compensating = true, run.why = ended_by_order();
  }
  if (std::holds_alternative<ev::settle_request>(run.input)) return run_step(run);
  if (run.placed) return finish_with(run, *run.placed);
  if (run.cancelled || run.granted) {
    run.step = 1;
    return run_step(run);
  }
  if (run.change()) return continue_change(run, seen);
  // A reservation: ask the provider what happened to the money before going either way.
  if (run.to_take.amount > 0) run.funds = money_state::maybe_captured;
  if (seen.compensating) {
    run.step = run.def->steps.size() - 1;
    run.at = saga_run::phase::compensating;
    return run_undo(run);
  }
  run.step = seen.captured ? 3 : seen.authorized ? 2 : 1;
  run.at = saga_run::phase::forward;
  if (seen.captured || run.to_take.amount == 0) return run_step(run);
  run.noted_unknown = true;  // a crash is no news about the provider
  outcome_unknown(run, "the server was restarted");
}

}  // namespace atrium
