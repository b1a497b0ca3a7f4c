// TLS below a session. Connections without it never come here: their sockets are written to
// directly (session_read, session_write).
#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/stream.hpp>

#include <algorithm>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/sslerr.h>

#include "http/session.hpp"

namespace atrium::http {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
constexpr auto relaxed = std::memory_order_relaxed;

constexpr std::size_t one_write = 64 * 1024;  // bytes; progress moves the deadline

bool is_plain_http(const error_code& e) {
  return e.category() == asio::error::get_ssl_category() &&
         ERR_GET_REASON(static_cast<unsigned long>(e.value())) == SSL_R_HTTP_REQUEST;
}

/// Clients often end the connection without ending TLS before. Lengths tell a cut answer or body.
error_code without_truncation(const error_code& e) {
  return e == asio::ssl::error::stream_truncated ? error_code(asio::error::eof) : e;
}

}  // namespace

struct session::tls_layer {
  tls_layer(tcp_socket& socket, asio::ssl::context& context) : stream(socket, context) {}
  asio::ssl::stream<tcp_socket&> stream;
};

void session::release_tls::operator()(tls_layer* t) const {
  delete t;
}

void session::start_handshake(asio::ssl::context& context) {
  auto& shared = io_.shared();
  if (over_limit_ ||
      shared.stats.tls_handshakes_open.fetch_add(1, relaxed) >= shared.options.max_handshakes) {
    // Saying so would take the handshake that is one too many.
    if (!over_limit_) shared.stats.tls_handshakes_open.fetch_sub(1, relaxed);
    shared.stats.connections_refused.fetch_add(1, relaxed);
    close();
    return;
  }
  tls_.reset(new tls_layer(socket_, context));
  phase_ = phase::handshake;
  set_deadline(shared.options.handshake_deadline);
  tls_->stream.async_handshake(
      asio::ssl::stream_base::server,
      [self = shared_from_this()](const error_code& e) { self->on_handshake(e); });
}

void session::on_handshake(const error_code& e) {
  auto& stats = io_.shared().stats;
  stats.tls_handshakes_open.fetch_sub(1, relaxed);
  (e ? stats.tls_handshakes_failed : stats.tls_handshakes).fetch_add(1, relaxed);
  if (phase_ == phase::closed) return;
  if (is_plain_http(e)) {
    // The layer below this handler goes away: not before it has returned.
    asio::post(socket_.get_executor(), [self = shared_from_this()] {
      if (self->phase_ != phase::handshake) return;
      self->tls_.reset();
      self->refuse(
          self->transport_problem("malformed", "This port speaks HTTPS. Use https:// here."));
    });
    return;
  }
  if (e) return close();
  phase_ = phase::head;
  const auto& shared = io_.shared();
  set_deadline(shared.draining.load(relaxed) ? shared.options.linger_deadline
                                             : shared.options.head_deadline);
  advance();
}

void session::read_tls(phase expected) {
  tls_->stream.async_read_some(
      asio::buffer(in_.free_begin(), in_.free_size()),
      [self = shared_from_this(), expected](const error_code& e, std::size_t n) {
        self->on_read(expected, without_truncation(e), n);
      });
}

session::flow session::write_tls() {
  const bool in_head = out_at_ < out_.size();
  const auto rest =
      in_head ? asio::buffer(out_) + out_at_ : asio::buffer(out_body_) + (out_at_ - out_.size());
  writing_ = true;
  set_deadline(io_.shared().options.write_deadline);
  tls_->stream.async_write_some(asio::buffer(rest, one_write),
                                [self = shared_from_this()](const error_code& e, std::size_t n) {
                                  self->out_at_ += n;
                                  self->on_writable(e);
                                });
  return flow::wait;
}

session::flow session::linger_tls() {
  if (writing_) {  // half an event is on its way: there is no orderly end
    close();
    return flow::wait;
  }
  end_tls(false);
  return flow::wait;
}

/// Tells the client that TLS ends; then closes, or ends our side and reads on for a while.
void session::end_tls(bool then_close) {
  phase_ = phase::lingering;
  in_.clear();
  set_deadline(io_.shared().options.linger_deadline);
  // As if the client had said so too: its close_notify may never come, and is not waited for.
  ::SSL_set_shutdown(tls_->stream.native_handle(), SSL_RECEIVED_SHUTDOWN);
  tls_->stream.async_shutdown([self = shared_from_this(), then_close](const error_code&) {
    if (self->phase_ == phase::closed) return;
    if (then_close) return self->close();
    error_code ignored;
    self->socket_.shutdown(tcp_socket::shutdown_send, ignored);
    self->read_more(phase::lingering);
  });
}

}  // namespace atrium::http
