#include "sagas/run.hpp"

namespace atrium {

payment_id payment_of(const saga_id& id, std::uint64_t run_no) {
  std::string text = "pay_" + id.str();
  if (run_no > 1) text += "_" + std::to_string(run_no);
  return payment_id{std::move(text)};
}

ev::cancel_result result_of(const ev::reservation_cancelled& c) {
  ev::cancel_result r{c.id, c.refund, c.fee, c.rule, std::nullopt};
  if (c.rule) r.deadline = c.when.start - std::chrono::hours{c.rule->hours_before};
  return r;
}

std::string provider_key(const saga_run& run, saga_action action) {
  return run.id.str() + "/" + std::to_string(run.run_no) + "/" + std::string{to_string(action)};
}

}  // namespace atrium
