#include "http/access_log.hpp"
#include "http/session.hpp"

namespace atrium::http {
namespace {

response own_mistake(const request& r) {
  return edge_problem("internal",
                      "The server made a mistake; repeat with the same Idempotency-Key.", r);
}

}  // namespace

session::flow session::handle() {
  if (refusal_) {
    auto r = std::move(*refusal_);
    refusal_.reset();
    return respond(std::move(r));
  }
  new_slot();
  phase_ = phase::handling;
  set_deadline(io_.shared().options.handler_deadline);
  const auto& route = io_.shared().admit.routes()[route_];
  {
    const reply_slot::handling here(*slot_);
    try {
      route.handle(request_, responder_);
    } catch (const std::exception& bug) {
      log_handler_bug(route.pattern, bug.what(), request_->trace_id);
      slot_->send(own_mistake(*request_));
    }
  }
  // Claimed by this thread within the handler, or by another whose answer is in the inbox: only
  // what settle() finds in the slot was left here for us.
  if (slot_->answered_here()) return settle(*slot_);
  if (responder_.use_count() == 1 && slot_->claim()) {
    slot_->abandoned = true;
    return settle(*slot_);
  }
  responder_.reset();  // so that the last holder's letting go is noticed
  return flow::wait;
}

void session::answered(reply_slot& slot) {
  if (&slot != slot_.get() || phase_ != phase::handling) {
    slot.drop();
    return;
  }
  if (settle(slot) == flow::go_on) advance();
}

session::flow session::settle(reply_slot& slot) {
  cancel_timers();
  if (slot.channel) {
    channel_ = std::move(slot.channel);
    if (channel_->admitted()) {
      start_stream();
      return flow::wait;
    }
    const auto closed = std::move(channel_);
    channel_.reset();
    closed->finish();
    failure f;
    f.code = ec::overloaded;
    f.detail = "The server has its most event streams open; try again later.";
    f.retry_after_ms = 5000;
    return respond(problem(f, *request_));
  }
  if (slot.abandoned || !slot.answer) {
    log_handler_bug(io_.shared().admit.routes()[route_].pattern, "let go of its responder",
                    request_->trace_id);
    return respond(own_mistake(*request_));
  }
  auto r = std::move(*slot.answer);
  return respond(std::move(r));
}

void session::add_timer(const std::shared_ptr<reply_slot>& slot, std::chrono::milliseconds delay,
                        std::function<void()> f) {
  if (slot != slot_) return;
  slot->timers.push_back(io_.add_timer(delay, [slot, f = std::move(f)] {
    if (!slot->claimed()) f();
  }));
}

void session::cancel_timers() {
  if (!slot_) return;
  const auto timers = std::move(slot_->timers);
  slot_->timers.clear();
  for (const auto id : timers) io_.cancel_timer(id);
}

}  // namespace atrium::http
