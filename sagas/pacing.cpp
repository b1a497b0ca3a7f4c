#include "sagas/runner.hpp"

/// When the payment provider is asked again.
namespace atrium {

namespace {
/// Waits of 0.5, 1, 2, 4, 8 and 8 s, each up to a quarter longer: half a minute at most.
constexpr int most_postponed = 6;
constexpr retry_policy spread{.attempts = most_postponed,
                              .first = std::chrono::milliseconds{500},
                              .most = std::chrono::milliseconds{8'000}};
}  // namespace

/// It should have gone forward by now and turns round instead. Past the pivot nothing is late, and
/// a refund never is.
bool saga_runner::is_late(const saga_run& run) const {
  return run.at == saga_run::phase::forward && !run.current().pivot &&
         run.current().run != saga_action::refund && ports_.now() >= run.deadline;
}

/// A repetition that the provider's budget does not allow now waits, longer each time, and is no
/// attempt. What has waited long enough goes whatever the budget says: money must get back and
/// what is unknown must be found out, if slowly.
bool saga_runner::must_wait_for_budget(saga_run& run) {
  if (is_late(run) || run.postponed >= most_postponed || ports_.may_repeat_payment_call()) {
    run.postponed = 0;
    return false;
  }
  ++run.postponed;
  arm(run, pause_before(spread, run.postponed + 1, std::hash<saga_id>{}(run.id) + turns_));
  run.waiting_for = "its turn to ask the payment provider again (its retry budget is used up)";
  return true;
}

}  // namespace atrium
