#include <utility>

#include "sagas/runner.hpp"

namespace atrium {

/// Asks the provider's ledger. A notice of this payment is from now on this saga's.
void saga_runner::look_up(saga_run& run) {
  run.looking_up = run.asked = true;
  run.noticed = false;
  if (run.reference.empty()) run.reference = known_reference(run);
  watched_.insert_or_assign(run.payment, run.id);
  ports_.look_up(run.id, run.turn, run.payment, run.reference);
}

void saga_runner::on(saga_lookup_reply&& r) {
  auto* run = awaiting(r.id, r.turn);
  if (run == nullptr) return;
  run->asked = false;
  const bool is_known = r.found.is == payment_lookup::kind::ok;
  if (run->resolving) {
    if (is_known) return resolved(*run, r.found.found);
    run->turn = ++turns_;  // asked again when the timer fires
    return;
  }
  if (run->peeking) {
    run->peeking = false;
    const bool waits_for_any = run->looking_up && !run->retry_at_wake && !run->awaiting;
    // Without news everything stays as it was: the timer still stands.
    if (!is_known || !(waits_for_any || is_news(*run, r.found.found))) return;
    run->retry_at_wake = false;
  }
  if (is_known) {
    run->looking_up = false;
    const bool undoing = run->at == saga_run::phase::compensating;
    undoing ? undo_found(*run, r.found.found) : found(*run, r.found.found);
  } else if (run->awaiting) {
    keep_waiting(*run);
  } else {
    // Asked again when the timer of this step fires.
    run->turn = ++turns_;
    if (r.found.not_sent && run->at == saga_run::phase::compensating)
      wait_for_provider(*run, milliseconds{0});
  }
  // A notice came while the answer was on its way, so the answer may be older than it.
  if (const auto it = runs_.find(r.id); it != runs_.end() && it->second.noticed) peek(it->second);
}

/// The word of a notice is not taken: it only makes the look-up come now. So one that comes twice,
/// late, in another order or from somebody who recorded it changes nothing; and it uses up none of
/// the step's attempts. While a call of the step itself is under way its answer is awaited.
void saga_runner::on(const saga_notice& n) {
  const auto watched = watched_.find(n.what.payment);
  if (watched == watched_.end()) return;
  const auto it = runs_.find(watched->second);
  if (it == runs_.end()) return;
  auto& run = it->second;
  if (run.reference.empty()) run.reference = n.what.reference;
  peek(run);
}

void saga_runner::peek(saga_run& run) {
  run.noticed = run.asked;
  const bool waits =
      (run.at == saga_run::phase::forward || run.at == saga_run::phase::compensating) &&
      (run.looking_up || run.retry_at_wake);
  if (run.asked || run.order || !waits || ports_.payments_refused_for().count() > 0) return;
  // The timer stays; what it means stays, too.
  run.turn = ++turns_;
  run.asked = run.peeking = true;
  ports_.look_up(run.id, run.turn, run.payment, run.reference);
}

/// Does the ledger say what the saga waits for?
bool saga_runner::is_news(const saga_run& run, const payment_record& r) const {
  using state = payment_record::state;
  if (run.at == saga_run::phase::compensating)
    return r.is == state::voided || r.is == state::declined ||
           (r.is == state::captured && r.refunded.amount >= run.to_take.amount);
  switch (run.current().run) {
    case saga_action::authorize:
      return r.is != state::none && !(run.awaiting && r.is == state::requires_action);
    case saga_action::capture:
      return r.is != state::authorized && r.is != state::none;
    case saga_action::refund:
      return may_have_refunded(run, r);
    default:
      return false;
  }
}

void saga_runner::unwatch(const saga_run& run) {
  if (const auto it = watched_.find(run.payment); it != watched_.end() && it->second == run.id)
    watched_.erase(it);
}

/// The saga is over: takes it out of memory.
void saga_runner::forget(saga_run& run) {
  unwatch(run);
  set_awaiting(run, false);
  runs_.erase(saga_id{run.id});
}

}  // namespace atrium
