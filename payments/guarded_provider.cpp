#include "payments/guarded_provider.hpp"

#include <atomic>
#include <chrono>
#include <optional>
#include <utility>

namespace atrium {

struct guarded_provider::guard {
  guard(const clock_port& c, options o)
      : clock(c), settings(std::move(o)), breaker(settings.breaker), retries(settings.retries) {}

  /// Nothing when the call may go out; else how long to wait.
  std::optional<milliseconds> enter(circuit_breaker::permit& p) {
    if (in_flight.fetch_add(1) >= settings.most_in_flight) {
      in_flight.fetch_sub(1);
      return milliseconds{1'000};
    }
    p = breaker.ask(clock.now());
    if (p.granted) {
      retries.called(p.at);
      return std::nullopt;
    }
    in_flight.fetch_sub(1);
    return p.retry_after;
  }

  void leave(const circuit_breaker::permit& p, bool failed) {
    in_flight.fetch_sub(1);
    if (breaker.record(p, failed, clock.now())) changed();
  }

  void changed() const {
    if (settings.on_change) settings.on_change(to_string(breaker.describe(clock.now()).is));
  }

  const clock_port& clock;
  const options settings;
  circuit_breaker breaker;
  call_probe calls;
  retry_budget retries;
  std::atomic<std::size_t> in_flight{0};
};

namespace {

payment_answer not_sent(milliseconds retry_after) {
  payment_answer a;
  a.is = payment_answer::kind::retryable;
  a.code = "circuit_open";
  a.detail = "the payment provider is in trouble and is not called at the moment";
  a.retry_after_ms = retry_after.count();
  a.not_sent = true;
  return a;
}

bool is_failure(const payment_answer& a) {
  return a.is == payment_answer::kind::retryable || a.is == payment_answer::kind::unknown;
}

}  // namespace

guarded_provider::guarded_provider(std::unique_ptr<payment_provider> inner, const clock_port& clock,
                                   options o)
    : guard_(std::make_shared<guard>(clock, std::move(o))), inner_(std::move(inner)) {}
guarded_provider::~guarded_provider() = default;

std::string_view guarded_provider::name() const {
  return inner_->name();
}

namespace {

using operation = call_probe::operation;
using steady = std::chrono::steady_clock;

std::chrono::microseconds since(steady::time_point t) {
  return std::chrono::duration_cast<std::chrono::microseconds>(steady::now() - t);
}

template <class Guard, class Call>
void pass(operation op, const std::shared_ptr<Guard>& g, payment_provider::answered done,
          const Call& call) {
  circuit_breaker::permit p;
  if (const auto wait = g->enter(p)) return done(not_sent(*wait));
  call([g, p, op, began = steady::now(), done = std::move(done)](payment_answer a) {
    g->leave(p, is_failure(a));
    g->calls.record(op, outcome_of(a), since(began));
    done(std::move(a));
  });
}

}  // namespace

void guarded_provider::authorize(authorize_request request, answered done) {
  pass(operation::authorize, guard_, std::move(done),
       [&](answered d) { inner_->authorize(std::move(request), std::move(d)); });
}
void guarded_provider::capture(payment_operation op, answered done) {
  pass(operation::capture, guard_, std::move(done),
       [&](answered d) { inner_->capture(std::move(op), std::move(d)); });
}
void guarded_provider::void_payment(payment_operation op, answered done) {
  pass(operation::void_payment, guard_, std::move(done),
       [&](answered d) { inner_->void_payment(std::move(op), std::move(d)); });
}
void guarded_provider::refund(payment_operation op, answered done) {
  pass(operation::refund, guard_, std::move(done),
       [&](answered d) { inner_->refund(std::move(op), std::move(d)); });
}

void guarded_provider::lookup(payment_id payment, std::string reference, found done) {
  circuit_breaker::permit p;
  if (guard_->enter(p)) return done({.is = payment_lookup::kind::retryable, .not_sent = true});
  inner_->lookup(std::move(payment), std::move(reference),
                 [g = guard_, p, began = steady::now(), done = std::move(done)](payment_lookup l) {
                   g->leave(p, l.is == payment_lookup::kind::retryable);
                   g->calls.record(operation::lookup, outcome_of(l), since(began));
                   done(std::move(l));
                 });
}

milliseconds guarded_provider::refuses_for() const {
  return guard_->breaker.refuses_for(guard_->clock.now());
}

circuit_breaker::status guarded_provider::describe() const {
  return guard_->breaker.describe(guard_->clock.now());
}
std::size_t guarded_provider::in_flight() const {
  return guard_->in_flight;
}
const call_probe& guarded_provider::calls() const {
  return guard_->calls;
}
bool guarded_provider::may_retry() {
  return guard_->retries.take(guard_->clock.now());
}
std::uint64_t guarded_provider::retries_left() const {
  return guard_->retries.left(guard_->clock.now());
}
std::uint64_t guarded_provider::retries_postponed() const {
  return guard_->retries.postponed();
}
void guarded_provider::trip() {
  guard_->breaker.trip(guard_->clock.now());
  guard_->changed();
}
void guarded_provider::reset() {
  guard_->breaker.reset(guard_->clock.now());
  guard_->changed();
}

}  // namespace atrium
