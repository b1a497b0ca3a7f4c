#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>

#include <limits>

#include "http/head_reader.hpp"
#include "http/session.hpp"
#include "http/trace_context.hpp"

namespace atrium::http {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
constexpr auto relaxed = std::memory_order_relaxed;

constexpr std::size_t most_lingered = 4 * 1024 * 1024;  // bytes thrown away after the last answer
constexpr std::size_t least_progress = 1024;            // bytes of a body that move its deadline
constexpr int most_in_a_row = 64;  // pipelined requests before others have a turn

}  // namespace

void session::advance() {
  auto next = flow::go_on;
  // After some pipelined requests the others on this thread get their turn.
  for (int turn = 0; next == flow::go_on; ++turn) {
    if (turn == most_in_a_row && phase_ == phase::head) {
      asio::post(socket_.get_executor(), [self = shared_from_this()] {
        if (self->phase_ == phase::head && !self->reading_) self->advance();
      });
      return;
    }
    switch (phase_) {
      case phase::head:
        next = read_head();
        break;
      case phase::body:
        next = read_body();
        break;
      default:
        return;
    }
  }
}

session::flow session::read_head() {
  if (in_.empty()) {
    in_.shrink();
    read_more(phase::head);
    return flow::wait;
  }
  const auto head = scan_head(in_.data(), io_.shared().options.head);
  switch (head.what) {
    case head_verdict::kind::complete:
      return begin_request(head);
    case head_verdict::kind::refuse:
      return refuse(transport_problem(head.type, head.detail));
    case head_verdict::kind::need_more:
      break;
  }
  if (!in_head_) {
    in_head_ = true;
    set_deadline(io_.shared().options.head_deadline);
  }
  read_more(phase::head);
  return flow::wait;
}

session::flow session::begin_request(const head_verdict& head) {
  new_request();
  auto& r = *request_;
  minor_version_ = head.facts.minor_version;
  keep_alive_ = head.facts.keep_alive && !io_.shared().draining.load(relaxed);
  if (shed(head)) return write_some();
  // A length that fits no integer: Beast would call it malformed.
  if (head.facts.content_length == std::numeric_limits<std::uint64_t>::max())
    return refuse(body_too_large());
  const auto bytes = in_.data().substr(head.facts.start, head.length - head.facts.start);
  if (!read_request_head(bytes, head.facts, r))
    return refuse(transport_problem("malformed", "The request head can be read in two ways."));
  in_.consume(head.length);
  in_head_ = false;
  has_request_ = true;
  started_ = io_.now();
  io_.served(started_);
  r.peer = peer_;
  trace_id_of(r.header("traceparent"), r.trace_id, trace_flags_);
  const auto id = r.header("x-request-id");
  r.request_id = presentable_request_id(id) ? id : std::string_view(r.trace_id);
  auto admission = io_.shared().admit.admit(r, peer_key_, started_);
  route_ = admission.route;
  rate_headers_ = std::move(admission.rate_headers);
  refusal_ = std::move(admission.refusal);
  if (admission.may_book)
    io_.callers().remember(route_, r.header("authorization"), r.caller, started_);
  io_.shared().stats.requests_in_flight.fetch_add(1, relaxed);
  return expect_body(head.facts);
}

response session::body_too_large() const {
  const auto most = std::to_string(io_.shared().options.body_bytes);
  return transport_problem("body-too-large",
                           "The body may have at most " + most + " bytes. Send less at once.");
}

session::flow session::expect_body(const head_facts& facts) {
  const auto& options = io_.shared().options;
  if (!facts.chunked && facts.content_length.value_or(0) == 0) return handle();
  if (facts.content_length.value_or(0) > options.body_bytes) return refuse(body_too_large());
  if (facts.expect_continue) {
    // The client waits for leave to send: a decided refusal saves it the body.
    if (refusal_) return refuse(std::move(*refusal_));
  }
  body_left_ = facts.content_length.value_or(0);
  if (facts.chunked) chunks_.emplace(options.body_bytes);
  body_progress_ = 0;
  if (facts.expect_continue && in_.empty()) return send_continue();
  set_deadline(options.body_deadline);
  phase_ = phase::body;
  return flow::go_on;
}

session::flow session::read_body() {
  if (in_.empty()) {
    read_more(phase::body);
    return flow::wait;
  }
  std::size_t used = 0;
  const auto next = take_body(in_.data(), used);
  if (phase_ == phase::closed || phase_ == phase::lingering || phase_ == phase::writing)
    return next;
  in_.consume(used);
  body_progress_ += used;
  if (body_progress_ >= least_progress) {
    body_progress_ = 0;
    set_deadline(io_.shared().options.body_deadline);
  }
  const bool done = next == flow::go_on;
  if (done) return handle();
  read_more(phase::body);
  return flow::wait;
}

/// go_on: the body is complete.
session::flow session::take_body(std::string_view bytes, std::size_t& used) {
  auto* body = refusal_ ? nullptr : &request_->body;  // a refused request's body is read past
  if (!chunks_) {
    used = static_cast<std::size_t>(std::min<std::uint64_t>(body_left_, bytes.size()));
    if (body) body->append(bytes.substr(0, used));
    body_left_ -= used;
    if (body && hold_body(used) == flow::wait) return flow::wait;
    return body_left_ == 0 ? flow::go_on : flow::wait;
  }
  const auto before = request_->body.size();
  const auto status = chunks_->feed(bytes, used, body);
  switch (status) {
    case chunk_decoder::status::malformed:
      return refuse(edge_problem("malformed", "The chunked body is not well formed.", *request_));
    case chunk_decoder::status::too_large:
      return refuse(body_too_large());
    default:
      break;
  }
  if (hold_body(request_->body.size() - before) == flow::wait) return flow::wait;
  return status == chunk_decoder::status::done ? flow::go_on : flow::wait;
}

/// Counts body bytes against what all requests together may hold; wait: refused.
session::flow session::hold_body(std::size_t more) {
  held_ += more;
  auto& all = io_.shared().stats.body_bytes_held;
  if (all.fetch_add(more, relaxed) + more <= io_.shared().options.held_body_bytes)
    return flow::go_on;
  failure f;
  f.code = ec::overloaded;
  f.detail = "The server holds as many request bodies as it can; repeat in a second.";
  f.retry_after_ms = 1000;
  refuse(problem(f, *request_));
  return flow::wait;
}

void session::read_more(phase expected) {
  if (reading_ || phase_ == phase::closed) return;
  in_.make_room(expected == phase::body ? 16 * 1024 : read_buffer::first);
  reading_ = true;
  if (tls_ && expected != phase::lingering) return read_tls(expected);
  socket_.async_read_some(
      asio::buffer(in_.free_begin(), in_.free_size()),
      [self = shared_from_this(), expected](const error_code& e, std::size_t n) {
        self->on_read(expected, e, n);
      });
}

void session::on_read(phase expected, const error_code& e, std::size_t n) {
  reading_ = false;
  if (phase_ == phase::closed) return;
  io_.shared().stats.bytes_received.fetch_add(n, relaxed);
  if (phase_ == phase::streaming || phase_ == phase::lingering) {
    // Nothing more is expected; what comes is thrown away.
    in_.clear();
    lingered_ += n;
    if (e || lingered_ > most_lingered)
      close();
    else
      read_more(phase_);
    return;
  }
  if (e == asio::error::eof) return on_end_of_input();
  if (e) return close();
  in_.commit(n);
  if (phase_ == expected) advance();
}

void session::on_end_of_input() {
  if (phase_ == phase::head && in_.empty()) return close();
  if (phase_ == phase::head || phase_ == phase::body)
    refuse(
        transport_problem("malformed", "The connection was closed in the middle of the request."));
}

}  // namespace atrium::http
