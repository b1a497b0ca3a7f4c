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

std::vector<refund_part> refunds_of(const ev::reservation_cancelled& c) {
  if (!c.refunds.empty() || c.refund.amount == 0) return c.refunds;
  return {{c.payment, c.refund, c.fee.amount}};
}

bool has_refunded(const saga_run& run, const payment_record& r) {
  // Of a changed booking two refunds of one payment may be under way: its sum tells neither.
  if (run.is_of_changed || run.change() != nullptr) return false;
  return r.is == payment_record::state::captured && run.refunded < run.refunds.size() &&
         r.amount.amount - r.refunded.amount <= run.refunds[run.refunded].left;
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

std::string provider_key(const saga_run& run, saga_action action) {
  auto key = run.id.str() + "/" + std::to_string(run.run_no) + "/" + std::string{to_string(action)};
  if (run.refunded > 0) key += "/" + std::to_string(run.refunded);
  return key;
}

}  // namespace atrium
