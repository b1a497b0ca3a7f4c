#include <boost/asio/buffer.hpp>

#include <array>

#include "http/problem_texts.hpp"
#include "http/response_head.hpp"
#include "http/session.hpp"

namespace atrium::http {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
constexpr auto relaxed = std::memory_order_relaxed;

constexpr std::chrono::milliseconds most_streamed = std::chrono::hours(24 * 365);
constexpr std::size_t join_body_below = 16 * 1024;  // copying is cheaper than a second buffer

}  // namespace

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

head_context session::answer_context() {
  head_context context;
  context.date_line = io_.date_line();
  if (has_request_) {
    context.trace_id = request_->trace_id;
    context.trace_flags = trace_flags_;
    context.request_id = request_->request_id;
    context.rate_headers = rate_headers_;
  }
  context.close = !keep_alive_;
  context.strict_transport = tls_ && io_.shared().options.strict_transport;
  context.say_keep_alive = minor_version_ == 0;
  return context;
}

session::flow session::respond(response r) {
  if (r.reset) {
    error_code e;
    socket_.set_option(asio::socket_base::linger(true, 0), e);
    close();
    return flow::wait;
  }
  const bool head_only = has_request_ && request_->method == verb::head;
  keep_alive_ = keep_alive_ && !r.close && !io_.shared().draining.load(relaxed);
  out_.clear();
  append_response_head(r, answer_context(), out_);
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

session::flow session::send_continue() {
  out_ = "HTTP/1.1 100 Continue\r\n\r\n";
  out_body_.clear();
  out_at_ = 0;
  phase_ = phase::interim;
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
  if (tls_) return out_at_ == all ? written() : write_tls();
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
  if (phase_ == phase::interim) {
    phase_ = phase::body;
    set_deadline(io_.shared().options.body_deadline);
    return flow::go_on;
  }
  record();
  finish_request();
  if (out_.capacity() > join_body_below + 4096) std::string().swap(out_);
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
  if (tls_) return linger_tls();
  error_code e;
  socket_.shutdown(tcp_socket::shutdown_send, e);
  phase_ = phase::lingering;
  in_.clear();
  set_deadline(io_.shared().options.linger_deadline);
  read_more(phase::lingering);
  return flow::wait;
}

void session::start_stream() {
  keep_alive_ = false;
  response r;
  auto context = answer_context();
  context.stream = true;
  out_.clear();
  append_response_head(r, context, out_);
  out_body_.clear();
  out_at_ = 0;
  sent_ = out_.size();
  status_ = r.status;
  problem_.clear();
  phase_ = phase::streaming;
  const auto& valid_for = request_->caller.valid_for;
  stream_until_ = io_.now() + std::min(valid_for.value_or(most_streamed), most_streamed);
  io_.shared().stats.streams_open.fetch_add(1, relaxed);
  record();
  only_head_ = request_->method == verb::head;
  finish_request();
  in_.clear();
  read_more(phase::streaming);
  if (write_some() == flow::go_on) flush_stream();
}

void session::stream_ready(stream_channel& channel) {
  if (&channel != channel_.get() || phase_ != phase::streaming) {
    if (&channel != channel_.get()) channel.finish();
    return;
  }
  // A client that does not read may never let the write end.
  if (channel_->overflowed()) return close();
  if (!writing_) flush_stream();
}

void session::flush_stream() {
  if (only_head_) return end_stream();
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

}  // namespace atrium::http
