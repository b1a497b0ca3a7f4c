#include "sagas/run.hpp"

namespace atrium {

namespace {
constexpr std::string_view payment_prefix = "pay_";
}  // namespace

payment_id payment_of(const saga_id& id, std::uint64_t run_no) {
  std::string text = std::string{payment_prefix} + id.str();
  if (run_no > 1) text += "_" + std::to_string(run_no);
  return payment_id{std::move(text)};
}

std::string first_payer_of(const payment_id& payment) {
  const auto text = payment.str();
  return text.starts_with(payment_prefix) ? text.substr(payment_prefix.size()) : std::string{};
}

const payment_method& method_of(const saga_run& run) {
  if (const auto* change = run.change()) return change->payment;
  return std::get<ev::booking_request>(run.input).payment;
}

const std::string& title_of(const saga_run& run) {
  if (const auto* change = run.change()) return change->title;
  return std::get<ev::booking_request>(run.input).title;
}

cmd::change_terms terms_of(const saga_run& run) {
  const auto& in = *run.change();
  return {run.id,   in.from,     in.when,       in.party_size,
          in.title, run.payment, run.principal, in.as_operator};
}

void accept_offer(saga_run& run, const ev::reservation_change_held& offer) {
  auto settled = settle_change(run.change()->from, offer, run.room(), run.payment);
  run.booked = std::move(settled.booked);
  run.to_take = std::move(settled.to_take);
  run.refunds = std::move(settled.refunds);
}

bool may_have_refunded(const saga_run& run, const payment_record& r) {
  return run.refunded < run.refunds.size() &&
         r.refunded.amount >= run.refunds[run.refunded].amount.amount;
}

ev::change_result changed_result(const saga_run& run) {
  const auto& in = *run.change();
  ev::change_result r{*run.booked, in.captured, in.refunded};
  r.captured.amount += run.to_take.amount;
  for (const auto& part : run.refunds) r.refunded.amount += part.amount.amount;
  r.captured.currency = r.refunded.currency = r.changed.price.currency;
  return r;
}

ev::cancel_result result_of(const ev::reservation_cancelled& c) {
  ev::cancel_result r{c.id, c.refund, c.fee, c.rule, std::nullopt};
  if (c.rule) r.deadline = c.when.start - std::chrono::hours{c.rule->hours_before};
  return r;
}

failure declined_because(const saga_run& run, const std::string& code) {
  failure f{.code = ec::payment_declined, .reason = code};
  const std::string kept = run.change() ? "the booking stays as it was" : "the slot was not booked";
  if (code == ev::authentication_expired)
    f.detail =
        "The payment was not confirmed in time, so nothing was charged and the slot is free again. "
        "Book anew with a new Idempotency-Key.";
  else if (run.change() && code == ev::authentication_required)
    f.detail =
        "The bank wants its customer to confirm this payment (3-D Secure), and a change cannot "
        "wait for that. Nothing was charged and the booking stays as it was; use another payment "
        "method with a new Idempotency-Key, or cancel the booking and book anew.";
  else
    f.detail = "The payment was declined (" + (code.empty() ? "no reason given" : code) +
               "). Nothing was charged and " + kept +
               "; use another payment method with a new Idempotency-Key.";
  return f;
}

saga_id saga_of(const payment_id& payment) {
  std::string_view name = payment.view();
  constexpr std::string_view prefix = "pay_";
  if (name.starts_with(prefix)) name.remove_prefix(prefix.size());
  const auto run = name.rfind('_');
  const bool has_run = run != std::string_view::npos && run + 1 < name.size() &&
                       name.find_first_not_of("0123456789", run + 1) == std::string_view::npos;
  return saga_id{std::string(has_run ? name.substr(0, run) : name)};
}

void accept_grant(saga_run& run, const ev::refund_granted& g) {
  run.granted = {g.id, g.reservation, g.payment, g.amount, g.reason};
  run.refunds = {{g.payment, g.amount, g.left.amount}};
  run.payment = g.payment;
}

const reservation_id& saga_run::about() const {
  if (booked) return booked->id;
  return granted ? granted->reservation : cancelled->reservation;
}

ev::saga_result refunded_result(const saga_run& run) {
  if (run.change()) return changed_result(run);
  if (run.granted) return *run.granted;
  return *run.cancelled;
}

std::string provider_key(const saga_run& run, saga_action action) {
  auto key = run.id.str() + "/" + std::to_string(run.run_no) + "/" + std::string{to_string(action)};
  if (run.refunded > 0) key += "/" + std::to_string(run.refunded);
  // The provider repeats its refusal under the same key.
  if (run.fresh_keys > 0) key += "/again-" + std::to_string(run.fresh_keys);
  return key;
}

}  // namespace atrium
