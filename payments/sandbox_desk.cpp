#include "payments/sandbox_desk.hpp"

#include <algorithm>
#include <utility>

#include "payments/sandbox_answers.hpp"

namespace atrium {
namespace {

using operation = ledger_entry::operation;
using state = payment_record::state;
using kind = payment_answer::kind;
using reply = sandbox_reply;

constexpr int transient_failures = 2;

}  // namespace

reply sandbox_desk::authorize(const authorize_request& request) {
  const auto newest = settled(request.payment);
  if (newest)
    if (auto repeated = repeat_of(request, *newest)) return *repeated;
  auto next = continued(request.payment, newest);
  next.what = operation::authorize;
  next.key = request.idempotency_key;
  next.token = request.token;
  next.amount = request.amount.amount;
  next.currency = request.amount.currency;
  if (next.state == state::voided) return refuse(next, "payment_canceled");
  if (next.state != state::none) return refuse(next, "payment_already_exists");
  if (request.amount.amount < 0) return refuse(next, "invalid_amount");
  const auto meaning = meaning_of(request.token);
  next.how = meaning.how;
  if (meaning.how == sandbox_behaviour::down)
    return {failed(kind::retryable, "provider_unavailable", options_.retry_after)};
  if (meaning.how == sandbox_behaviour::decline) {
    next.state = state::declined;
    return refuse(next, meaning.code);
  }
  if (auto trouble = before_effect(next, sandbox_behaviour::transient,
                                   sandbox_behaviour::timeout_before_effect))
    return *trouble;
  if (meaning.how == sandbox_behaviour::late_success) {
    next.what = operation::schedule;
    next.due = clock_.now() + options_.late_after;
    if (!write(next)) return {full()};
    return {{}, options_.late_after, true};
  }
  if (meaning.how == sandbox_behaviour::authenticate) {
    next.state = state::requires_action;
    next.outcome = kind::requires_action;
    if (!write(next)) return {full()};
    return {sandbox_asks(next.payment)};
  }
  next.authorized = request.amount.amount;
  next.state = state::authorized;
  return accept(next, sandbox_behaviour::timeout_after_effect);
}

bool sandbox_desk::authenticate(const payment_id& payment, bool succeeded) {
  const auto newest = ledger_.newest(payment);
  if (!newest || newest->state != state::requires_action) return false;
  auto next = continued(payment, newest);
  next.what = operation::authenticate;
  next.amount = asked_of(payment).amount;
  next.state = succeeded ? state::authorized : state::declined;
  next.authorized = succeeded ? next.amount : 0;
  next.outcome = succeeded ? kind::ok : kind::rejected;
  if (!succeeded) next.code = "payment_intent_authentication_failure";
  return write(next);
}

reply sandbox_desk::capture(const payment_operation& op) {
  const auto newest = settled(op.payment);
  if (auto stored = answer_of(newest, operation::capture, op.idempotency_key)) return {*stored};
  auto next = begin(operation::capture, op, newest);
  if (next.state == state::none) return refuse(next, "no_such_payment");
  if (next.state == state::declined) return refuse(next, "payment_declined");
  if (next.state == state::voided) return refuse(next, "payment_canceled");
  if (next.state == state::captured) return refuse(next, "already_captured");
  if (next.state == state::requires_action) return refuse(next, "authentication_required");
  if (!fits(next, op.amount, next.authorized)) return refuse(next, "amount_too_large");
  if (next.how == sandbox_behaviour::capture_declined) return refuse(next, "capture_declined");
  if (auto trouble =
          before_effect(next, std::nullopt, sandbox_behaviour::capture_timeout_before_effect))
    return *trouble;
  next.captured = op.amount.amount;
  next.state = state::captured;
  return accept(next, sandbox_behaviour::capture_timeout_after_effect);
}

reply sandbox_desk::void_payment(const payment_operation& op) {
  const auto newest = settled(op.payment);
  if (auto stored = answer_of(newest, operation::void_, op.idempotency_key)) return {*stored};
  auto next = begin(operation::void_, op, newest);
  if (next.state == state::captured) return refuse(next, "already_captured");
  if (next.state != state::declined) next.state = state::voided;
  return accept(next, std::nullopt);
}

reply sandbox_desk::refund(const payment_operation& op) {
  const auto newest = settled(op.payment);
  if (auto stored = answer_of(newest, operation::refund, op.idempotency_key)) return {*stored};
  auto next = begin(operation::refund, op, newest);
  if (next.state == state::none) return refuse(next, "no_such_payment");
  if (next.state != state::captured) return refuse(next, "not_captured");
  if (!fits(next, op.amount, next.captured - next.refunded))
    return refuse(next, "amount_too_large");
  if (next.how == sandbox_behaviour::refund_refused && !was_refused(*newest, operation::refund))
    return refuse(next, "refund_refused");
  if (auto trouble = before_effect(next, sandbox_behaviour::refund_transient, std::nullopt))
    return *trouble;
  next.refunded += op.amount.amount;
  return accept(next, sandbox_behaviour::refund_timeout_after_effect);
}

payment_record sandbox_desk::lookup(const payment_id& payment) {
  const auto newest = settled(payment);
  if (!newest || newest->state == state::none) return {};
  payment_record found;
  found.is = newest->state;
  found.reference = sandbox_reference(payment);
  if (found.is == state::declined) {
    ledger_.history(*newest, [&](const ledger_entry& e) {
      const bool is_it = e.what == operation::authorize || e.what == operation::authenticate;
      if (is_it) found.code = e.code;
      return !is_it;
    });
  }
  const bool is_captured = newest->state == state::captured;
  found.amount = {is_captured ? newest->captured : newest->authorized, newest->currency};
  if (found.is == state::requires_action) {
    found.amount.amount = asked_of(payment).amount;
    found.action = sandbox_asks(payment).action;
  }
  found.refunded = {newest->refunded, newest->currency};
  return found;
}

payment_answer sandbox_desk::late_answer(const payment_id& payment, const std::string& key) {
  if (auto stored = answer_of(settled(payment), operation::authorize, key)) return *stored;
  return failed(kind::rejected, "payment_canceled", milliseconds(0));
}

ledger_entry sandbox_desk::continued(const payment_id& payment, const line& newest) {
  ledger_entry next;
  next.payment = payment;
  if (!newest) return next;
  next.state = newest->state;
  next.how = newest->how;
  next.amount = newest->amount;
  next.authorized = newest->authorized;
  next.captured = newest->captured;
  next.refunded = newest->refunded;
  next.currency = newest->currency;
  if (next.state == state::none) next.due = newest->due;
  return next;
}

ledger_entry sandbox_desk::begin(operation what, const payment_operation& op, const line& newest) {
  auto next = continued(op.payment, newest);
  next.what = what;
  next.key = op.idempotency_key;
  next.amount = op.amount.amount;
  if (next.currency.empty()) next.currency = op.amount.currency;
  return next;
}

sandbox_desk::line sandbox_desk::settled(const payment_id& payment) {
  auto newest = ledger_.newest(payment);
  const bool is_waiting = newest && newest->state == state::none && newest->due != instant{};
  if (!is_waiting || newest->due > clock_.now()) return newest;
  auto effect = asked_of(payment, operation::schedule);
  effect.what = operation::authorize;
  effect.state = state::authorized;
  effect.authorized = effect.amount;
  effect.due = {};
  write(effect);
  return ledger_.newest(payment);
}

ledger_entry sandbox_desk::asked_of(const payment_id& payment, operation as) const {
  ledger_entry found;
  if (const auto newest = ledger_.newest(payment))
    ledger_.history(*newest, [&](const ledger_entry& e) {
      found = e;
      return e.what != as;
    });
  return found;
}

sandbox_desk::line sandbox_desk::find(const ledger_entry& newest, operation what,
                                      std::string_view key) const {
  line found;
  ledger_.history(newest, [&](const ledger_entry& e) {
    if (e.what != what || e.key != key) return true;
    found = e;
    return false;
  });
  return found;
}

bool sandbox_desk::was_refused(const ledger_entry& newest, operation what) const {
  bool found = false;
  ledger_.history(newest, [&](const ledger_entry& e) {
    found = e.what == what && e.outcome == kind::rejected;
    return !found;
  });
  return found;
}

std::optional<payment_answer> sandbox_desk::answer_of(const line& newest, operation what,
                                                      std::string_view key) const {
  if (!newest) return std::nullopt;
  const auto done = find(*newest, what, key);
  if (!done) return std::nullopt;
  if (done->outcome == kind::requires_action) return sandbox_asks(done->payment);
  return payment_answer{done->outcome, sandbox_reference(done->payment), done->code, {}, 0};
}

std::optional<reply> sandbox_desk::repeat_of(const authorize_request& request,
                                             const ledger_entry& newest) const {
  for (const auto what : {operation::authorize, operation::schedule}) {
    const auto done = find(newest, what, request.idempotency_key);
    if (!done) continue;
    const bool is_same = done->token == request.token && done->amount == request.amount.amount &&
                         done->currency == request.amount.currency;
    if (!is_same) return reply{failed(kind::rejected, "idempotency_error", milliseconds(0))};
    if (what == operation::authorize)
      return reply{*answer_of(newest, what, request.idempotency_key)};
    const auto left = std::max(milliseconds(1), done->due - clock_.now());
    return reply{{}, left, true};
  }
  return std::nullopt;
}

bool sandbox_desk::fits(const ledger_entry& next, const money& asked, std::int64_t most) {
  return asked.amount >= 0 && asked.amount <= most && asked.currency == next.currency;
}

std::optional<reply> sandbox_desk::before_effect(const ledger_entry& next,
                                                 std::optional<sandbox_behaviour> failing,
                                                 std::optional<sandbox_behaviour> losing) {
  const bool fails = next.how == failing;
  const bool loses = next.how == losing;
  if (!fails && !loses) return std::nullopt;
  auto attempt = next;
  attempt.what = operation::attempt;
  attempt.key = std::string(to_string(next.what));
  int before = 0;
  if (const auto newest = ledger_.newest(next.payment))
    ledger_.history(*newest, [&](const ledger_entry& e) {
      if (e.what == operation::attempt && e.key == attempt.key) ++before;
      return true;
    });
  if (before >= (fails ? transient_failures : 1)) return std::nullopt;
  attempt.outcome = fails ? kind::retryable : kind::unknown;
  attempt.code = fails ? "provider_unavailable" : "no_answer";
  if (!write(attempt)) return reply{full()};
  if (fails) return reply{failed(kind::retryable, attempt.code, options_.retry_after)};
  return reply{failed(kind::unknown, attempt.code, milliseconds(0)), options_.lost_answer_after};
}

reply sandbox_desk::refuse(ledger_entry& next, std::string code) {
  next.outcome = kind::rejected;
  next.code = std::move(code);
  if (!write(next)) return {full()};
  return {{kind::rejected, sandbox_reference(next.payment), next.code, "the sandbox refuses", 0}};
}

reply sandbox_desk::accept(ledger_entry& next, std::optional<sandbox_behaviour> losing_answer) {
  next.outcome = kind::ok;
  if (!write(next)) return {full()};
  if (next.how == losing_answer)
    return {failed(kind::unknown, "no_answer", milliseconds(0)), options_.lost_answer_after};
  return {{kind::ok, sandbox_reference(next.payment), {}, {}, 0}};
}

bool sandbox_desk::write(ledger_entry& e) {
  e.at = clock_.now();
  return ledger_.append(e);
}

payment_answer sandbox_desk::failed(kind is, std::string code, milliseconds retry_after) {
  return {is, {}, std::move(code), {}, retry_after.count()};
}

payment_answer sandbox_desk::full() const {
  return {kind::retryable, {}, "ledger_full", "the sandbox's disk is full", 1000};
}

}  // namespace atrium
