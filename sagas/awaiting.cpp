#include <algorithm>
#include <utility>

#include "sagas/runner.hpp"

/// The customer has to act before the provider takes the money (3-D Secure). The slot stays locked;
/// what is waited for, and until when, is in the journal, so that any later incarnation goes on.
namespace atrium {

namespace {
using namespace std::chrono_literals;

/// The provider's events come first as a rule; these look-ups make up for those that do not.
constexpr retry_policy polling{.attempts = 2, .first = 5s, .most = 60s};
}  // namespace

void saga_runner::await_customer(saga_run& run, const std::string& reference,
                                 const customer_action& action) {
  if (!reference.empty()) run.reference = reference;
  if (!run.current().awaits_customer)
    return declined(run, std::string{ev::authentication_required}, true);
  run.action = action;
  // Whatever the customer does now: there is something at the provider that can be voided.
  run.funds = money_state::authorized;
  if (run.awaiting) return keep_waiting(run);
  if (awaiting_ >= options_.most_awaiting)
    return compensate(run, failure{.code = ec::overloaded,
                                   .detail = "Too many payments wait for their customers. Nothing "
                                             "was charged; please try again in a minute.",
                                   .retry_after_ms = 60'000});
  run.pay_by = std::min(ports_.now() + options_.action_ttl, run.booked->when.end);
  const auto& in = std::get<ev::booking_request>(run.input);
  run.unwritten.push_back(ev::payment_action_required{
      run.payment, run.booked->id, run.principal, run.booked->price, in.payment.method, provider_,
      run.reference, action.url, run.pay_by});
  run.waiting_for = "the room to keep the slot while the customer acts";
  send_room(run, cmd::await_payment{run.booked->id, run.pay_by});
}

/// It is durable: from here on a crash changes nothing.
void saga_runner::awaited(saga_run& run, std::uint64_t position) {
  run.asked_at = position;
  set_awaiting(run, true);
  run.deadline = run.pay_by + run.def->give_up_after;
  run.polls = 0;
  keep_waiting(run);
}

void saga_runner::keep_waiting(saga_run& run) {
  const auto now = ports_.now();
  if (now >= run.pay_by) return declined(run, std::string{ev::authentication_expired});
  ++run.polls;
  const auto pause = pause_before(polling, run.polls + 1, std::hash<saga_id>{}(run.id));
  arm(run, std::min(pause, run.pay_by - now));
  run.looking_up = true;
  run.waiting_for = "the customer to confirm the payment";
  watched_.insert_or_assign(run.payment, run.id);
  if (!run.action) return;
  for (auto& w : std::exchange(run.waiters, {})) w.done(to_act(run, w.duplicate));
}

/// At the end, too: what the customer did a moment ago counts.
void saga_runner::poll(saga_run& run) {
  if (run.asked && !run.peeking) return keep_waiting(run);  // the look-up was not answered
  arm(run, patience(run));
  look_up(run);
}

void saga_runner::set_awaiting(saga_run& run, bool is) {
  if (run.awaiting == is) return;
  run.awaiting = is;
  is ? ++awaiting_ : --awaiting_;
}

saga_answer saga_runner::to_act(const saga_run& run, bool is_duplicate) const {
  saga_answer a{.replayed = is_duplicate, .still_running = true, .action = run.action};
  a.position = run.asked_at;
  a.action->expires_at = run.pay_by;
  return a;
}

}  // namespace atrium
