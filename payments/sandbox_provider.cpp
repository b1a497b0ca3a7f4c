#include "payments/sandbox_provider.hpp"

#include <mutex>
#include <utility>

#include "payments/sandbox_desk.hpp"

namespace atrium {
namespace {

using kind = payment_answer::kind;

constexpr std::size_t most_waiting = 10'000;

/// Known weakly to the timers' functions, which may outlive the provider.
struct shared_state {
  shared_state(sandbox_provider::options o, std::unique_ptr<sandbox_ledger> l, const clock_port& c)
      : options(std::move(o)), ledger(std::move(l)), decide(*ledger, options, c) {}

  std::mutex mutex;
  const sandbox_provider::options options;
  const std::unique_ptr<sandbox_ledger> ledger;
  sandbox_desk decide;
  std::size_t waiting = 0;
};

class provider final : public sandbox_provider {
 public:
  provider(std::shared_ptr<shared_state> shared, timer_port& timers)
      : shared_(std::move(shared)), timers_(timers) {}

  std::string_view name() const override { return "sandbox"; }

  void authorize(authorize_request request, answered done) override {
    answer([&](sandbox_desk& d) { return d.authorize(request); }, request.payment,
           request.idempotency_key, std::move(done));
  }
  void capture(payment_operation op, answered done) override {
    answer([&](sandbox_desk& d) { return d.capture(op); }, op.payment, op.idempotency_key,
           std::move(done));
  }
  void void_payment(payment_operation op, answered done) override {
    answer([&](sandbox_desk& d) { return d.void_payment(op); }, op.payment, op.idempotency_key,
           std::move(done));
  }
  void refund(payment_operation op, answered done) override {
    answer([&](sandbox_desk& d) { return d.refund(op); }, op.payment, op.idempotency_key,
           std::move(done));
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
    sandbox_reply r;
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
      // Not held any more when it is told: who closes the sandbox then has its ledger closed.
      if (const auto shared = weak.lock()) {
        const std::lock_guard lock(shared->mutex);
        --shared->waiting;
        if (r.late) r.answer = shared->decide.late_answer(payment, key);
      } else {
        return;
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
