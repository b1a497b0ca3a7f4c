// New bookings that a busy desk refuses, decided and answered from the head alone: they come by the
// ten thousand, and what they cost is taken from the bookings that were let in.
#include <algorithm>

#include "http/session.hpp"
#include "http/trace_context.hpp"

namespace atrium::http {

/// True: refused, and the answer is ready to be written. False: nothing happened.
bool session::shed(const head_verdict& head) {
  const auto& facts = head.facts;
  auto& shared = io_.shared();
  if (facts.chunked || facts.expect_continue) return false;
  // A body that is not here yet has deadlines and bounds of its own.
  const auto here = in_.data().size() - head.length;
  if (facts.content_length.value_or(0) > std::min<std::uint64_t>(here, shared.options.body_bytes))
    return false;
  const auto route = shared.admit.booking_route(facts.method, facts.target);
  if (route == router::none) return false;
  const auto now = io_.now();
  const auto* caller = io_.callers().find(route, facts.authorization, now);
  if (!caller) return false;
  auto& r = *request_;
  r.caller = *caller;
  rate_headers_.clear();
  const auto why = shared.admit.shed(r, route, facts.accept_language, now, rate_headers_);
  if (!why) return false;
  r.method = facts.method;
  r.target = facts.target;
  trace_id_of(facts.traceparent, r.trace_id, trace_flags_);
  const auto id = facts.request_id;
  r.request_id = presentable_request_id(id) ? id : std::string_view(r.trace_id);
  r.peer = peer_;
  in_.consume(head.length + facts.content_length.value_or(0));
  in_head_ = false;
  has_request_ = true;
  started_ = now;
  route_ = route;
  io_.served(now);
  shared.stats.requests_in_flight.fetch_add(1, std::memory_order_relaxed);
  out_.clear();
  out_body_.clear();
  out_at_ = 0;
  const auto& is = io_.busy().append(*why, r, route, answer_context(), out_);
  status_ = is.status;
  problem_ = is.problem;
  sent_ = out_.size();
  phase_ = phase::writing;
  return true;
}

}  // namespace atrium::http
