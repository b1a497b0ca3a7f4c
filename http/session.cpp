#include "http/session.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>

#include <array>

#include "http/access_log.hpp"
#include "http/head_reader.hpp"
#include "http/problem_texts.hpp"
#include "http/response_head.hpp"
#include "http/target.hpp"
#include "http/trace_context.hpp"

namespace atrium::http {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
constexpr auto relaxed = std::memory_order_relaxed;

constexpr std::size_t join_body_below = 16 * 1024;  // copying is cheaper than a second buffer
constexpr std::size_t most_lingered = 4 * 1024 * 1024;
constexpr std::size_t least_progress = 1024;
constexpr std::size_t keep_capacity = 4 * 1024;

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
  socket_.set_option(asio::ip::tcp::no_delay(true), e);
  socket_.non_blocking(true, e);
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

// ---- deadlines --------------------------------------------------------------------------------

void session::tick(std::chrono::steady_clock::time_point now) {
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
        close();
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
  if (phase_ == phase::head && in_.empty())
    close();
  else if (phase_ == phase::streaming)
    end_stream();
  else
    keep_alive_ = false;
}

// ---- reading ----------------------------------------------------------------------------------

void session::advance() {
  auto next = flow::go_on;
  // After some pipelined requests the others on this thread get their turn.
  for (int turn = 0; next == flow::go_on; ++turn) {
    if (turn == 64 && phase_ == phase::head) {
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
  const auto bytes = in_.data().substr(head.facts.start, head.length - head.facts.start);
  if (!read_request_head(bytes, head.facts, r))
    return refuse(transport_problem("malformed", "The request head can be read in two ways."));
  const auto facts = head.facts;  // without its views, which end with the bytes
  in_.consume(head.length);
  in_head_ = false;
  has_request_ = true;
  started_ = io_.now();
  r.peer = peer_;
  trace_id_of(r.header("traceparent"), r.trace_id, trace_flags_);
  const auto id = r.header("x-request-id");
  r.request_id = presentable_request_id(id) ? id : std::string_view(r.trace_id);
  auto admission = io_.shared().admit.admit(r, peer_key_, started_);
  route_ = admission.route;
  rate_headers_ = std::move(admission.rate_headers);
  refusal_ = std::move(admission.refusal);
  io_.shared().stats.requests_in_flight.fetch_add(1, relaxed);
  return expect_body(facts);
}

session::flow session::expect_body(const head_facts& facts) {
  const auto& options = io_.shared().options;
  if (!facts.chunked && facts.content_length.value_or(0) == 0) return handle();
  if (facts.content_length.value_or(0) > options.body_bytes)
    return refuse(edge_problem(
        "body-too-large",
        "The body may have at most " + std::to_string(options.body_bytes) + " bytes.", *request_));
  if (facts.expect_continue) {
    // The client waits for leave to send: a decided refusal saves it the body.
    if (refusal_) return refuse(std::move(*refusal_));
    if (in_.empty()) {
      static constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
      error_code e;
      if (socket_.write_some(asio::buffer(go_on), e) != go_on.size()) {
        close();
        return flow::wait;
      }
    }
  }
  body_left_ = facts.content_length.value_or(0);
  if (facts.chunked) chunks_.emplace(options.body_bytes);
  body_progress_ = 0;
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
      return refuse(edge_problem("body-too-large",
                                 "The body may have at most " +
                                     std::to_string(io_.shared().options.body_bytes) + " bytes.",
                                 *request_));
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

// ---- handling ---------------------------------------------------------------------------------

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
      slot_->abandon();
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
    channel_ = slot.channel;
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
    return respond(edge_problem(
        "internal", "The server made a mistake; repeat with the same Idempotency-Key.", *request_));
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

// ---- writing ----------------------------------------------------------------------------------

/// In the words of the table, and in the language of the request as soon as there is one.
response session::transport_problem(std::string_view name, std::string_view detail) const {
  if (has_request_) return edge_problem(name, detail, *request_);
  const auto& text = problem_text_of(name);
  return bare_problem(text.status, text.name, text.title_en, detail);
}

session::flow session::refuse(response problem) {
  keep_alive_ = false;
  problem.close = true;
  return respond(std::move(problem));
}

session::flow session::respond(response r) {
  const bool head_only = has_request_ && request_->method == verb::head;
  keep_alive_ = keep_alive_ && !r.close && !io_.shared().draining.load(relaxed);
  head_context context;
  context.date_line = io_.date_line();
  if (has_request_) {
    context.trace_id = request_->trace_id;
    context.trace_flags = trace_flags_;
    context.request_id = request_->request_id;
    context.rate_headers = rate_headers_;
  }
  context.close = !keep_alive_;
  context.say_keep_alive = minor_version_ == 0;
  out_.clear();
  append_response_head(r, context, out_);
  out_body_.clear();
  if (!head_only && r.status != 204 && r.status != 304) {
    if (r.body.size() < join_body_below)
      out_ += r.body;
    else
      out_body_ = std::move(r.body);
  }
  status_ = r.status;
  problem_ = std::move(r.problem);
  out_at_ = 0;
  sent_ = out_.size() + out_body_.size();
  phase_ = phase::writing;
  return write_some();
}

/// Writes what the socket takes at once; go_on when that was all and the next request may be read.
session::flow session::write_some() {
  const auto buffers = [this] {
    const auto in_head = std::min(out_at_, out_.size());
    return std::array<asio::const_buffer, 2>{asio::buffer(out_) + in_head,
                                             asio::buffer(out_body_) + (out_at_ - in_head)};
  };
  const auto all = out_.size() + out_body_.size();
  error_code e;
  const auto rest = buffers();
  const auto n = out_body_.empty() ? socket_.write_some(rest[0], e) : socket_.write_some(rest, e);
  if (e && e != asio::error::would_block && e != asio::error::try_again) {
    close();
    return flow::wait;
  }
  out_at_ += n;
  if (out_at_ == all) return written();
  writing_ = true;
  set_deadline(io_.shared().options.write_deadline);
  socket_.async_wait(tcp_socket::wait_write, [self = shared_from_this()](const error_code& failed) {
    self->on_writable(failed);
  });
  return flow::wait;
}

void session::on_writable(const error_code& e) {
  writing_ = false;
  if (phase_ == phase::closed) return;
  if (e) return close();
  if (write_some() == flow::wait) return;
  if (phase_ == phase::streaming)
    flush_stream();
  else
    advance();
}

session::flow session::written() {
  io_.shared().stats.bytes_sent.fetch_add(out_at_, relaxed);
  if (phase_ == phase::streaming) return flow::go_on;
  record();
  finish_request();
  if (out_.capacity() > join_body_below + keep_capacity) std::string().swap(out_);
  std::string().swap(out_body_);
  if (!keep_alive_) return linger();
  phase_ = phase::head;
  in_head_ = false;
  set_deadline(io_.shared().options.idle_deadline);
  return flow::go_on;
}

/// Ends our side first and reads on for a while: closing with unread input would reset the
/// connection and may take the answer away from the client.
session::flow session::linger() {
  error_code e;
  socket_.shutdown(tcp_socket::shutdown_send, e);
  phase_ = phase::lingering;
  in_.clear();
  set_deadline(io_.shared().options.linger_deadline);
  read_more(phase::lingering);
  return flow::wait;
}

// ---- event streams ----------------------------------------------------------------------------

void session::start_stream() {
  keep_alive_ = false;
  response r;
  head_context context;
  context.date_line = io_.date_line();
  context.trace_id = request_->trace_id;
  context.trace_flags = trace_flags_;
  context.request_id = request_->request_id;
  context.rate_headers = rate_headers_;
  context.close = true;
  context.stream = true;
  out_.clear();
  append_response_head(r, context, out_);
  out_body_.clear();
  out_at_ = 0;
  sent_ = out_.size();
  status_ = r.status;
  problem_.clear();
  phase_ = phase::streaming;
  io_.shared().stats.streams_open.fetch_add(1, relaxed);
  record();
  const bool head_only = request_->method == verb::head;
  finish_request();
  in_.clear();
  read_more(phase::streaming);
  if (write_some() == flow::wait) return;
  if (head_only)
    end_stream();
  else
    flush_stream();
}

void session::stream_ready(stream_channel& channel) {
  if (&channel != channel_.get() || phase_ != phase::streaming) {
    if (&channel != channel_.get()) channel.finish();
    return;
  }
  if (!writing_) flush_stream();
}

void session::flush_stream() {
  channel_->wrote();
  if (channel_->overflowed()) return close();  // the client resumes by its last event id
  const bool over = channel_->ended();         // before take(): nothing is queued after the end
  channel_->take(out_);
  out_at_ = 0;
  if (!out_.empty() && write_some() == flow::wait) return;
  channel_->wrote();
  // What was queued meanwhile has a task of its own in the inbox.
  if (over)
    end_stream();
  else
    set_deadline(io_.shared().options.heartbeat);
}

void session::end_stream() {
  const auto channel = std::move(channel_);
  channel_.reset();
  io_.shared().stats.streams_open.fetch_sub(1, relaxed);
  linger();
  channel->finish();
}

// ---- one request's memory -----------------------------------------------------------------------

void session::new_request() {
  // Nobody else can have taken a reference from a count of one.
  if (!request_ || request_.use_count() != 1) request_ = std::make_shared<request>();
  std::atomic_thread_fence(std::memory_order_acquire);  // what its last other holder did is over
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
