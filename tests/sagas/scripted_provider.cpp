#include "tests/sagas/scripted_provider.hpp"

namespace atrium::testing {

using state = payment_record::state;
using kind = payment_answer::kind;

void scripted_provider::script(const std::string& operation, std::vector<provider_fate> fates) {
  scripts_[operation] = {fates.begin(), fates.end()};
}

provider_fate scripted_provider::next(const std::string& operation) {
  auto& fates = scripts_[operation];
  if (fates.empty()) return provider_fate::ok;
  const auto fate = fates.front();
  fates.pop_front();
  return fate;
}

void scripted_provider::act(const std::string& operation, const std::string& key,
                            const std::function<payment_answer()>& effect, answered done) {
  ++calls;
  const auto fate = next(operation);
  const auto answer = [&](bool late, payment_answer a) { deliver_(late, [done, a] { done(a); }); };
  const auto perform = [&] {
    if (const auto seen = by_key_.find(key); seen != by_key_.end()) return seen->second;
    return by_key_[key] = effect();
  };
  switch (fate) {
    case provider_fate::rejected:
      return answer(false, by_key_[key] = {.is = kind::rejected, .code = "card_declined"});
    case provider_fate::retryable:
      return answer(false, {.is = kind::retryable, .detail = "busy"});
    case provider_fate::unknown_before:
      return answer(false, {.is = kind::unknown, .detail = "timed out"});
    case provider_fate::unknown_after:
      perform();
      return answer(false, {.is = kind::unknown, .detail = "timed out"});
    case provider_fate::silent_before:
      return;
    case provider_fate::silent_after:
      perform();
      return;
    case provider_fate::late:
      return answer(true, perform());
    case provider_fate::twice: {
      const auto a = perform();
      answer(false, a);
      return answer(false, a);
    }
    case provider_fate::not_sent:
      return answer(false, {.is = kind::retryable, .retry_after_ms = 5'000, .not_sent = true});
    case provider_fate::asks:
    case provider_fate::asks_unknown:
      if (operation != "authorize") return answer(false, {.is = kind::requires_action});
      [[fallthrough]];
    case provider_fate::ok:
      return answer(false, perform());
  }
}

bool scripted_provider::act(const std::string& payment, bool succeeded) {
  const auto it = ledger.find(payment);
  if (it == ledger.end() || it->second.is != state::requires_action) return false;
  it->second.is = succeeded ? state::authorized : state::declined;
  if (!succeeded) it->second.code = "payment_intent_authentication_failure";
  return true;
}

void scripted_provider::authorize(authorize_request rq, answered done) {
  auto& fates = scripts_["authorize"];
  const auto fate = fates.empty() ? provider_fate::ok : fates.front();
  const bool asks = fate == provider_fate::asks || fate == provider_fate::asks_unknown;
  if (fate == provider_fate::asks_unknown) fates.front() = provider_fate::unknown_after;
  act(
      "authorize", rq.idempotency_key,
      [this, rq, asks]() -> payment_answer {
        auto& p = ledger[rq.payment.str()];
        if (p.is == state::voided) return {.is = kind::rejected, .code = "voided"};
        if (asks) {
          p = {state::requires_action, "ref-" + rq.payment.str(), "", rq.amount, {0, "KRW"}};
          p.action = {"redirect", "https://bank.example/" + rq.payment.str(), "secret", {}};
          return {.is = kind::requires_action, .reference = p.reference, .action = p.action};
        }
        p = {state::authorized, "ref-" + rq.payment.str(), "", rq.amount, {0, rq.amount.currency}};
        return {.is = kind::ok, .reference = p.reference};
      },
      std::move(done));
}

void scripted_provider::capture(payment_operation op, answered done) {
  act(
      "capture", op.idempotency_key,
      [this, op]() -> payment_answer {
        auto& p = ledger[op.payment.str()];
        if (p.is != state::authorized) return {.is = kind::rejected, .code = "not_authorized"};
        p.is = state::captured;
        return {.is = kind::ok, .reference = p.reference};
      },
      std::move(done));
}

void scripted_provider::void_payment(payment_operation op, answered done) {
  act(
      "void", op.idempotency_key,
      [this, op]() -> payment_answer {
        auto& p = ledger[op.payment.str()];
        if (p.is == state::captured) return {.is = kind::rejected, .code = "already_captured"};
        p.is = state::voided;
        return {.is = kind::ok, .reference = p.reference};
      },
      std::move(done));
}

void scripted_provider::refund(payment_operation op, answered done) {
  act(
      "refund", op.idempotency_key,
      [this, op]() -> payment_answer {
        auto& p = ledger[op.payment.str()];
        if (p.is != state::captured || p.refunded.amount + op.amount.amount > p.amount.amount)
          return {.is = kind::rejected, .code = "nothing_to_refund"};
        p.refunded.amount += op.amount.amount;
        return {.is = kind::ok, .reference = p.reference};
      },
      std::move(done));
}

void scripted_provider::lookup(payment_id payment, std::string, found done) {
  ++calls;
  ++lookups;
  if (const auto fate = next("lookup"); fate != provider_fate::ok)
    return deliver_(false, [done, kept = fate == provider_fate::not_sent] {
      done({payment_lookup::kind::retryable, {}, kept});
    });
  const auto it = ledger.find(payment.str());
  const auto record = it == ledger.end() ? payment_record{} : it->second;
  deliver_(false, [done, record] { done({payment_lookup::kind::ok, record}); });
}

}  // namespace atrium::testing
