#include "http/session.hpp"

#include "http/target.hpp"
#include "http/tls.hpp"

namespace atrium::http {
namespace {

using boost::system::error_code;
constexpr auto relaxed = std::memory_order_relaxed;

constexpr std::size_t keep_capacity = 4 * 1024;  // of a body, between two requests

void name_peer(const tcp_socket& socket, std::string& text, std::string& key) {
  error_code e;
  const auto peer = socket.remote_endpoint(e);
  if (e) return;
  text = peer.address().to_string();
  key = text;
  if (!peer.address().is_v6()) return;
  // One IPv6 customer commands a /64.
  const auto bytes = peer.address().to_v6().to_bytes();
  if (!peer.address().to_v6().is_v4_mapped())
    key.assign(reinterpret_cast<const char*>(bytes.data()), 8);
}

}  // namespace

session::session(io_thread& io, tcp_socket socket)
    : io_(io),
      socket_(std::move(socket)),
      in_(std::max<std::size_t>(2 * io.shared().options.head.head_bytes, 16 * 1024)) {
  name_peer(socket_, peer_, peer_key_);
  auto& shared = io_.shared();
  over_limit_ = shared.connections.fetch_add(1, relaxed) >= shared.options.max_connections;
  shared.stats.connections_open.fetch_add(1, relaxed);
}

session::~session() {
  auto& shared = io_.shared();
  shared.stats.connections_open.fetch_sub(1, relaxed);
  if (shared.connections.fetch_sub(1) > 1 || !shared.draining.load()) return;
  const std::lock_guard lock(shared.mutex);
  shared.all_closed.notify_all();
}

void session::start(list::iterator place) {
  place_ = place;
  error_code e;
  socket_.set_option(boost::asio::ip::tcp::no_delay(true), e);
  socket_.non_blocking(true, e);
  if (const auto& tls = io_.shared().options.tls) return start_handshake(*tls->current());
  if (over_limit_) {
    io_.shared().stats.connections_refused.fetch_add(1, relaxed);
    refuse(transport_problem("overloaded",
                             "The server has its most connections open; try again in a second."));
    return;
  }
  set_deadline(io_.shared().options.head_deadline);
  advance();
}

void session::close() {
  if (phase_ == phase::closed) return;
  const auto self = shared_from_this();
  phase_ = phase::closed;
  error_code e;
  socket_.close(e);
  finish_request();
  if (const auto channel = std::move(channel_)) {
    io_.shared().stats.streams_open.fetch_sub(1, relaxed);
    channel->finish();
  }
  io_.forget(*this);
}

void session::tick(std::chrono::steady_clock::time_point now) {
  if (phase_ == phase::streaming && now >= stream_until_) return end_stream();
  if (phase_ == phase::streaming && !writing_ && now >= deadline_) {
    out_ = ": still here\n\n";
    out_at_ = 0;
    if (write_some() == flow::go_on) set_deadline(io_.shared().options.heartbeat);
    return;
  }
  if (now >= deadline_) late();
}

void session::late() {
  auto& stats = io_.shared().stats;
  switch (phase_) {
    case phase::head:
    case phase::body:
      stats.connections_timed_out.fetch_add(1, relaxed);
      // An idle connection just ends; a client in the middle of a request is told why.
      if (phase_ == phase::head && in_.empty())
        tls_ ? end_tls(true) : close();
      else
        refuse(transport_problem("request-timeout",
                                 "The request did not arrive in time; send it again."));
      return;
    case phase::handling: {
      if (!slot_->claim()) return;  // its answer is on the way
      failure f;
      f.code = ec::timeout;
      f.detail =
          "The engine did not answer in time; the outcome is unknown. Repeat with the same "
          "Idempotency-Key.";
      refuse(problem(f, *request_));
      return;
    }
    default:
      stats.connections_timed_out.fetch_add(1, relaxed);
      close();
  }
}

void session::drain() {
  error_code e;
  // A request that has arrived in the kernel is in flight, although nobody has read it yet.
  const bool is_idle = phase_ == phase::head && in_.empty() && socket_.available(e) == 0;
  if (phase_ == phase::handshake)
    set_deadline(io_.shared().options.linger_deadline);  // its request may be on the way
  else if (is_idle && tls_)
    end_tls(true);
  else if (is_idle && reading_)
    socket_.cancel(
        e);  // ends in close(), unless the bytes of a request are already on their way here
  else if (is_idle)
    close();
  else if (phase_ == phase::streaming)
    end_stream();
  else
    keep_alive_ = false;
}

void session::new_request() {
  // Nobody else can have taken a reference from a count of one.
  if (request_ && request_.use_count() == 1) {
    // use_count() orders nothing: letting go of a copy does, so that what the last other holder did
    // with the request is over before it is written to again.
    auto copy = request_;
    copy.reset();
    return;
  }
  request_ = std::make_shared<request>();
}

void session::new_slot() {
  if (slot_ && responder_ && responder_.use_count() == 1 && slot_.use_count() == 2) {
    slot_->reset();
    return;
  }
  slot_ = std::make_shared<reply_slot>(io_.way_back(), weak_from_this());
  responder_ = std::make_shared<slot_responder>(slot_);
}

void session::finish_request() {
  cancel_timers();
  if (held_ > 0) io_.shared().stats.body_bytes_held.fetch_sub(held_, relaxed);
  held_ = 0;
  chunks_.reset();
  refusal_.reset();
  if (has_request_) io_.shared().stats.requests_in_flight.fetch_sub(1, relaxed);
  has_request_ = false;
  if (!responder_) {
    // It went elsewhere and may be used there still: the next request gets its own.
    slot_.reset();
    request_.reset();
  } else if (request_ && request_.use_count() == 1 && request_->body.capacity() > keep_capacity) {
    std::string().swap(request_->body);
  }
}

void session::record() {
  auto& shared = io_.shared();
  const auto took = has_request_ ? io_.now() - started_ : std::chrono::steady_clock::duration{};
  shared.stats.answered(has_request_ ? route_ : router::none, status_, took, problem_);
  if (!shared.options.log) return;
  access_record a;
  a.peer = peer_;
  a.status = status_;
  a.bytes = sent_;
  a.problem = problem_;
  a.took = std::chrono::duration_cast<std::chrono::microseconds>(took);
  if (has_request_) {
    a.method = to_string(request_->method);
    a.path = split_query(origin_form(request_->target)).first;
    if (route_ != router::none) a.route = shared.admit.routes()[route_].pattern;
    a.account = request_->caller.account.view();
    a.trace_id = request_->trace_id;
    a.request_id = request_->request_id;
  }
  shared.options.log(a);
}

}  // namespace atrium::http
