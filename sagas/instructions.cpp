#include <algorithm>
#include <array>
#include <utility>

#include "sagas/runner.hpp"

/// What administrators see of sagas and tell them.
namespace atrium {

namespace {
constexpr std::array<std::string_view, 5> state_names{"running", "compensating", "finishing",
                                                      "parked", "reloading"};
constexpr std::string_view awaiting_name = "awaiting-payment";
constexpr std::string_view acted = "saga.";

using phase = saga_run::phase;

std::string listed(const std::vector<saga_order>& all) {
  std::string out;
  for (const auto o : all) out += (out.empty() ? "" : ", ") + std::string{to_string(o)};
  return out.empty() ? "nothing: it is at work" : out;
}

/// Without anybody's decision, see settle().
bool can_be_settled(const ev::settle_request& found) {
  return found.difference.ends_with("-owed");
}

failure impossible(const saga_info& s, saga_order o) {
  return {.code = ec::illegal_transition,
          .detail = "This saga cannot " + std::string{to_string(o)} + " now: it is " + s.state +
                    " and waits for " + s.waiting_for + ". Possible now is " + listed(s.orders) +
                    "."};
}
}  // namespace

// ---- what is shown -----------------------------------------------------------------------------

/// A saga that waits for an answer in time, or for the disk, is left alone.
std::vector<saga_order> saga_runner::possible(const saga_run& run) const {
  // One that awaits its customer ends by itself.
  if (run.order || run.resolving || run.awaiting || !run.durable_start) return {};
  if (run.at == phase::parked) {
    std::vector<saga_order> all;
    const auto* found = std::get_if<ev::settle_request>(&run.input);
    if (found == nullptr || can_be_settled(*found)) all.push_back(saga_order::retry);
    // Only a refund that was refused is surely not made.
    if (run.granted && run.refused) all.push_back(saga_order::compensate);
    all.push_back(saga_order::resolve);
    return all;
  }
  const bool waits = (run.at == phase::forward || run.at == phase::compensating) &&
                     (run.retry_at_wake || run.looking_up);
  if (!waits) return {};
  std::vector<saga_order> all{saga_order::retry};
  const auto pivot = std::find_if(run.def->steps.begin(), run.def->steps.end(),
                                  [](const auto& s) { return s.pivot; });
  const auto steps_before = static_cast<std::size_t>(pivot - run.def->steps.begin());
  const bool may_turn = run.at == phase::forward && run.booked && run.step < steps_before;
  if (may_turn) all.push_back(saga_order::compensate);
  return all;
}

bool saga_runner::is_stuck(const saga_run& run) const {
  return run.at != phase::parked && !run.awaiting &&
         ports_.now() - run.since > run.def->stuck_after;
}

saga_info saga_runner::describe_one(const saga_run& run) const {
  return {.id = run.id,
          .definition = std::string{run.def->name},
          .state = std::string{run.awaiting ? awaiting_name
                                            : state_names[static_cast<std::size_t>(run.at)]},
          .step = std::string{run.current().name},
          .waiting_for = run.waiting_for,
          .started = run.started,
          .until = run.awaiting ? run.pay_by : run.wake,
          .attempts = run.attempt,
          .room = run.room(),
          .since = run.since,
          .is_stuck = is_stuck(run),
          .orders = possible(run)};
}

std::vector<saga_info> saga_runner::describe(std::size_t most) const {
  std::vector<saga_info> all;
  for (const bool first : {true, false})
    for (const auto& [id, run] : runs_) {
      if (all.size() >= most) return all;
      if ((run.at == phase::parked || is_stuck(run)) == first) all.push_back(describe_one(run));
    }
  return all;
}

void saga_runner::count(desk_census& to) const {
  std::array<std::uint64_t, state_names.size()> sums{};
  for (const auto& [id, run] : runs_) {
    if (run.awaiting)
      ++to.sagas[std::string{awaiting_name}];
    else
      ++sums[static_cast<std::size_t>(run.at)];
    to.stuck += is_stuck(run) ? 1 : 0;
  }
  for (std::size_t i = 0; i < sums.size(); ++i)
    if (sums[i] > 0) to.sagas[std::string{state_names[i]}] += sums[i];
}

// ---- what is told ------------------------------------------------------------------------------

void saga_runner::instruct(saga_instructed&& i) {
  const auto it = runs_.find(i.what.id);
  if (it == runs_.end()) {
    const bool is_over = recent_.contains(i.what.id) || index_.find_saga(i.what.id).has_value();
    return i.done(failure{.code = is_over ? ec::illegal_transition : ec::not_found,
                          .detail = is_over
                                        ? "This saga has ended; there is nothing left to do."
                                        : "There is no such saga. List them to see which wait."});
  }
  auto& run = it->second;
  const auto orders = possible(run);
  if (std::find(orders.begin(), orders.end(), i.what.order) == orders.end())
    return i.done(impossible(describe_one(run), i.what.order));
  // Durable before it has an effect; the answer to the write obeys.
  run.order = i.what.order;
  run.ordered_by = std::move(i.done);
  arm(run, std::chrono::seconds{30});
  // Its record names who told it and in which request.
  auto by = std::exchange(run.principal, i.ctx.principal);
  auto request = std::exchange(run.correlation, i.ctx.correlation);
  write(run, {ev::operator_acted{i.ctx.principal,
                                 std::string{acted} + std::string{to_string(*run.order)},
                                 run.id.str(), i.what.note}});
  run.principal = std::move(by);
  run.correlation = std::move(request);
}

void saga_runner::answer_order(const saga_id& id, std::function<void(result<saga_info>)> done) {
  if (!done) return;
  const auto it = runs_.find(id);
  done(it != runs_.end() ? describe_one(it->second) : saga_info{.id = id, .state = "completed"});
}

void saga_runner::obey(saga_run& run) {
  const auto order = *std::exchange(run.order, std::nullopt);
  const auto id = run.id;
  auto done = std::exchange(run.ordered_by, nullptr);
  run.since = ports_.now();
  switch (order) {
    case saga_order::retry:
      retry(run);
      break;
    case saga_order::compensate:
      undo_by_order(run);
      break;
    case saga_order::resolve:
      resolve(run);
      break;
  }
  answer_order(id, std::move(done));
}

void saga_runner::retry(saga_run& run) {
  if (run.at != phase::parked) return on_timer(run);
  run.attempt = 1;
  run.noted_unknown = false;
  if (std::exchange(run.refused, false)) ++run.fresh_keys;
  if (!run.undo_failed) return run_step(run);
  // What there is to give back is looked up first.
  run.undo_failed = false;
  run.step = run.def->steps.size() - 1;
  run.at = phase::compensating;
  run.funds = money_state::maybe_captured;
  run_undo(run);
}

failure saga_runner::ended_by_order() {
  return {.code = ec::dependency_unavailable,
          .detail =
              "The office ended this booking because the payment provider did not answer. "
              "Nothing is charged; please try again later.",
          .retry_after_ms = 60'000,
          .reason = "payment-provider"};
}

void saga_runner::undo_by_order(saga_run& run) {
  if (run.granted)
    return compensate(run, failure{.code = ec::illegal_transition,
                                   .detail = "An administrator withdrew this refund; nothing was "
                                             "given back."});
  compensate(run, ended_by_order());
}

void saga_runner::resolve(saga_run& run) {
  if (const auto* found = std::get_if<ev::settle_request>(&run.input))
    return finish_with(run, ev::settle_result{found->payment, found->difference, found->amount});
  if (!run.undo_failed) {
    if (run.refunded == run.refunds.size()) return finish_with(run, refunded_result(run));
    aim_at_refund(run);
  }
  run.resolving = true;
  run.peeking = false;
  arm(run, run.current().timeout);
  run.waiting_for = "the payment provider to say what was settled by hand";
  look_up(run);
}

/// Settled by hand at the provider: recorded as what it is. Settled otherwise: only the end is.
void saga_runner::resolved(saga_run& run, const payment_record& r) {
  using state = payment_record::state;
  run.resolving = run.looking_up = false;
  if (run.undo_failed) {
    const auto& booked = *run.booked;
    if (r.is == state::voided)
      run.unwritten.push_back(ev::payment_voided{run.payment, booked.id});
    else if (r.is == state::captured && r.refunded.amount >= run.to_take.amount)
      run.unwritten.push_back(ev::payment_refunded{run.payment, booked.id, run.to_take});
    return finish_with(run, run.why);
  }
  const auto due = run.refunds[run.refunded].amount;
  if (r.refunded.amount >= ports_.refunded_of(run.payment) + due.amount)
    run.unwritten.push_back(ev::payment_refunded{run.payment, run.about(), due});
  ++run.refunded;
  resolve(run);
}

}  // namespace atrium
