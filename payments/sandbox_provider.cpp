#include "payments/sandbox_provider.hpp"

#include <algorithm>
#include <mutex>
#include <optional>
#include <utility>

#include "payments/sandbox_answers.hpp"
#include "payments/sandbox_ledger.hpp"

namespace atrium {
namespace {

using operation = ledger_entry::operation;
using state = payment_record::state;
using kind = payment_answer::kind;

constexpr std::size_t most_waiting = 10'000;
constexpr int transient_failures = 2;

/// An answer and when it is given; without a delay, at once.
struct reply {
  payment_answer answer;
  milliseconds delay{0};
  bool late = false;  ///< `answer` is found out again when the delay is over
};

/// What the sandbox decides, without threads or timers. The caller locks.
class desk {
 public:
  desk(sandbox_ledger& ledger, const sandbox_provider::options& options, const clock_port& clock)
      : ledger_(ledger), options_(options), clock_(clock) {}

  reply authorize(const authorize_request& request) {
    settle(request.payment);
    if (auto repeated = repeat_of(request)) return *repeated;
    auto next = continued(request.payment);
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

  bool authenticate(const payment_id& payment, bool succeeded) {
    const auto newest = ledger_.newest(payment);
    if (!newest || newest->state != state::requires_action) return false;
    auto next = continued(payment);
    next.what = operation::authenticate;
    next.key.clear();
    next.amount = asked_of(payment).amount;
    next.state = succeeded ? state::authorized : state::declined;
    next.authorized = succeeded ? next.amount : 0;
    next.outcome = succeeded ? kind::ok : kind::rejected;
    if (!succeeded) next.code = "payment_intent_authentication_failure";
    return write(next);
  }

  reply capture(const payment_operation& op) {
    auto next = begin(operation::capture, op);
    if (auto stored = answer_of(next)) return {*stored};
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

  reply void_payment(const payment_operation& op) {
    auto next = begin(operation::void_, op);
    if (auto stored = answer_of(next)) return {*stored};
    if (next.state == state::captured) return refuse(next, "already_captured");
    if (next.state != state::declined) next.state = state::voided;
    return accept(next, std::nullopt);
  }

  reply refund(const payment_operation& op) {
    auto next = begin(operation::refund, op);
    if (auto stored = answer_of(next)) return {*stored};
    if (next.state == state::none) return refuse(next, "no_such_payment");
    if (next.state != state::captured) return refuse(next, "not_captured");
    if (!fits(next, op.amount, next.captured - next.refunded))
      return refuse(next, "amount_too_large");
    if (auto trouble = before_effect(next, sandbox_behaviour::refund_transient, std::nullopt))
      return *trouble;
    next.refunded += op.amount.amount;
    return accept(next, sandbox_behaviour::refund_timeout_after_effect);
  }

  payment_record lookup(const payment_id& payment) {
    settle(payment);
    const auto newest = ledger_.newest(payment);
    if (!newest || newest->state == state::none) return {};
    payment_record found;
    found.is = newest->state;
    found.reference = sandbox_reference(payment);
    if (found.is == state::declined) {
      ledger_.history(payment, [&](const ledger_entry& e) {
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

  /// The stored answer to an authorisation whose effect came late.
  payment_answer late_answer(const payment_id& payment, const std::string& key) {
    settle(payment);
    auto like = continued(payment);
    like.what = operation::authorize;
    like.key = key;
    if (auto stored = answer_of(like)) return *stored;
    return failed(kind::rejected, "payment_canceled", milliseconds(0));
  }

 private:
  /// A line to fill in, with the payment's figures so far.
  ledger_entry continued(const payment_id& payment) const {
    ledger_entry next;
    if (auto newest = ledger_.newest(payment)) next = *newest;
    next.payment = payment;
    next.outcome = kind::ok;
    if (next.state != state::none) next.due = {};
    next.token.clear();
    next.code.clear();
    return next;
  }
  ledger_entry begin(operation what, const payment_operation& op) {
    settle(op.payment);
    auto next = continued(op.payment);
    next.what = what;
    next.key = op.idempotency_key;
    next.amount = op.amount.amount;
    if (next.currency.empty()) next.currency = op.amount.currency;
    return next;
  }

  /// A scheduled authorisation whose time has come takes effect, unless it was voided before.
  void settle(const payment_id& payment) {
    const auto newest = ledger_.newest(payment);
    const bool is_waiting = newest && newest->state == state::none && newest->due != instant{};
    if (!is_waiting || newest->due > clock_.now()) return;
    auto effect = asked_of(payment, operation::schedule);
    effect.what = operation::authorize;
    effect.state = state::authorized;
    effect.authorized = effect.amount;
    effect.due = {};
    write(effect);
  }

  /// The line with which the payment began.
  ledger_entry asked_of(const payment_id& payment, operation as = operation::authorize) const {
    ledger_entry found;
    ledger_.history(payment, [&](const ledger_entry& e) {
      found = e;
      return e.what != as;
    });
    return found;
  }

  std::optional<ledger_entry> find(const ledger_entry& like) const {
    std::optional<ledger_entry> found;
    ledger_.history(like.payment, [&](const ledger_entry& e) {
      if (e.what != like.what || e.key != like.key) return true;
      found = e;
      return false;
    });
    return found;
  }

  std::optional<payment_answer> answer_of(const ledger_entry& like) const {
    const auto done = find(like);
    if (!done) return std::nullopt;
    if (done->outcome == kind::requires_action) return sandbox_asks(done->payment);
    return payment_answer{done->outcome, sandbox_reference(done->payment), done->code, {}, 0};
  }

  std::optional<reply> repeat_of(const authorize_request& request) const {
    ledger_entry like;
    like.payment = request.payment;
    like.key = request.idempotency_key;
    for (const auto what : {operation::authorize, operation::schedule}) {
      like.what = what;
      const auto done = find(like);
      if (!done) continue;
      const bool is_same = done->token == request.token && done->amount == request.amount.amount &&
                           done->currency == request.amount.currency;
      if (!is_same) return reply{failed(kind::rejected, "idempotency_error", milliseconds(0))};
      if (what == operation::authorize) return reply{*answer_of(like)};
      const auto left = std::max(milliseconds(1), done->due - clock_.now());
      return reply{{}, left, true};
    }
    return std::nullopt;
  }

  static bool fits(const ledger_entry& next, const money& asked, std::int64_t most) {
    return asked.amount >= 0 && asked.amount <= most && asked.currency == next.currency;
  }

  /// Calls that have no effect although nothing is wrong with them: each is counted in the ledger.
  std::optional<reply> before_effect(const ledger_entry& next,
                                     std::optional<sandbox_behaviour> failing,
                                     std::optional<sandbox_behaviour> losing) {
    const bool fails = next.how == failing;
    const bool loses = next.how == losing;
    if (!fails && !loses) return std::nullopt;
    auto attempt = next;
    attempt.what = operation::attempt;
    attempt.key = std::string(to_string(next.what));
    int before = 0;
    ledger_.history(next.payment, [&](const ledger_entry& e) {
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

  reply refuse(ledger_entry& next, std::string code) {
    next.outcome = kind::rejected;
    next.code = std::move(code);
    if (!write(next)) return {full()};
    return {{kind::rejected, sandbox_reference(next.payment), next.code, "the sandbox refuses", 0}};
  }

  reply accept(ledger_entry& next, std::optional<sandbox_behaviour> losing_answer) {
    next.outcome = kind::ok;
    if (!write(next)) return {full()};
    if (next.how == losing_answer)
      return {failed(kind::unknown, "no_answer", milliseconds(0)), options_.lost_answer_after};
    return {{kind::ok, sandbox_reference(next.payment), {}, {}, 0}};
  }

  bool write(ledger_entry& e) {
    e.at = clock_.now();
    return ledger_.append(e);
  }

  static payment_answer failed(kind is, std::string code, milliseconds retry_after) {
    return {is, {}, std::move(code), {}, retry_after.count()};
  }
  payment_answer full() const {
    return {kind::retryable, {}, "ledger_full", "the sandbox's disk is full", 1000};
  }

  sandbox_ledger& ledger_;
  const sandbox_provider::options& options_;
  const clock_port& clock_;
};

/// Known weakly to the timers' functions, which may outlive the provider.
struct shared_state {
  shared_state(sandbox_provider::options o, std::unique_ptr<sandbox_ledger> l, const clock_port& c)
      : options(std::move(o)), ledger(std::move(l)), decide(*ledger, options, c) {}

  std::mutex mutex;
  const sandbox_provider::options options;
  const std::unique_ptr<sandbox_ledger> ledger;
  desk decide;
  std::size_t waiting = 0;
};

class provider final : public sandbox_provider {
 public:
  provider(std::shared_ptr<shared_state> shared, timer_port& timers)
      : shared_(std::move(shared)), timers_(timers) {}

  std::string_view name() const override { return "sandbox"; }

  void authorize(authorize_request request, answered done) override {
    answer([&](desk& d) { return d.authorize(request); }, request.payment, request.idempotency_key,
           std::move(done));
  }
  void capture(payment_operation op, answered done) override {
    answer([&](desk& d) { return d.capture(op); }, op.payment, op.idempotency_key, std::move(done));
  }
  void void_payment(payment_operation op, answered done) override {
    answer([&](desk& d) { return d.void_payment(op); }, op.payment, op.idempotency_key,
           std::move(done));
  }
  void refund(payment_operation op, answered done) override {
    answer([&](desk& d) { return d.refund(op); }, op.payment, op.idempotency_key, std::move(done));
  }
  void lookup(payment_id payment, std::string, found done) override {
    payment_lookup answer;
    {
      const std::lock_guard lock(shared_->mutex);
      answer = {payment_lookup::kind::ok, shared_->decide.lookup(payment)};
    }
    done(std::move(answer));
  }

  bool authenticate(const payment_id& payment, bool succeeded) override {
    const std::lock_guard lock(shared_->mutex);
    return shared_->decide.authenticate(payment, succeeded);
  }

  std::uint64_t dropped_bytes() const override { return shared_->ledger->dropped_bytes(); }
  std::uint64_t ledger_lines() const override {
    const std::lock_guard lock(shared_->mutex);
    return shared_->ledger->lines();
  }

 private:
  template <class Decide>
  void answer(const Decide& decide, const payment_id& payment, const std::string& key,
              answered done) {
    reply r;
    {
      const std::lock_guard lock(shared_->mutex);
      if (shared_->waiting >= most_waiting) {
        r.answer = {kind::retryable, {}, "provider_unavailable", "too many answers wait", 1000};
      } else {
        r = decide(shared_->decide);
        if (r.delay.count() > 0) ++shared_->waiting;
      }
    }
    if (r.delay.count() == 0) return done(std::move(r.answer));
    std::weak_ptr<shared_state> weak = shared_;
    timers_.delay(r.delay, [weak, r, payment, key, done = std::move(done)]() mutable {
      const auto shared = weak.lock();
      if (!shared) return;
      {
        const std::lock_guard lock(shared->mutex);
        --shared->waiting;
        if (r.late) r.answer = shared->decide.late_answer(payment, key);
      }
      done(std::move(r.answer));
    });
  }

  std::shared_ptr<shared_state> shared_;
  timer_port& timers_;
};

}  // namespace

std::filesystem::path sandbox_provider::ledger_file(const std::filesystem::path& dir) {
  return dir / "ledger";
}

result<std::unique_ptr<sandbox_provider>> sandbox_provider::open(options o, const clock_port& clock,
                                                                 timer_port& timers) {
  auto ledger = sandbox_ledger::open({ledger_file(o.dir)});
  if (!ledger) return ledger.error();
  auto shared = std::make_shared<shared_state>(std::move(o), std::move(*ledger), clock);
  return std::unique_ptr<sandbox_provider>(std::make_unique<provider>(std::move(shared), timers));
}

}  // namespace atrium
