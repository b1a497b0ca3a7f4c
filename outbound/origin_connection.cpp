#include "outbound/origin_connection.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/write.hpp>

#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <utility>

#include "outbound/address.hpp"

namespace atrium::outbound {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr std::size_t one_read = 16 * 1024;
constexpr std::size_t most_buffered = 128 * 1024;  // a head at its bound and what came with it

}  // namespace

origin_connection::origin_connection(asio::io_context& context, asio::ssl::context* tls,
                                     const origin& where, std::size_t most_answer_bytes, owner& who)
    : where_(where),
      most_answer_bytes_(most_answer_bytes),
      owner_(who),
      socket_(context),
      connect_timer_(context),
      in_(most_buffered) {
  if (tls != nullptr) tls_.emplace(socket_, *tls);
}

// ---- connecting
// ----------------------------------------------------------------------------------

void origin_connection::reserve(origin_transfer& t, std::chrono::milliseconds connect_within) {
  transfer_ = &t;
  t.on = this;
  connect_timer_.expires_after(connect_within);
  connect_timer_.async_wait([self = shared_from_this()](const error_code& e) {
    if (!e && !self->reader_) self->fail("no connection in time");
  });
}

void origin_connection::connect(const origin_addresses& to) {
  if (is_closed_) return;
  asio::async_connect(socket_, to, [self = shared_from_this()](const error_code& e, const auto&) {
    if (self->is_closed_) return;
    if (e) return self->fail(e.message());
    error_code ignored;
    self->socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
    self->tls_ ? self->secure() : self->ready();
  });
}

void origin_connection::secure() {
  auto* ssl = tls_->native_handle();
  // Names only: RFC 6066 has no addresses in this field.
  if (!parse_address(where_.host)) ::SSL_set_tlsext_host_name(ssl, where_.host.c_str());
  tls_->set_verify_mode(asio::ssl::verify_peer);
  tls_->set_verify_callback(asio::ssl::host_name_verification(where_.host));
  tls_->async_handshake(asio::ssl::stream_base::client, [self = shared_from_this(),
                                                         ssl](const error_code& e) {
    if (self->is_closed_) return;
    if (!e) return self->ready();
    const auto verdict = ::SSL_get_verify_result(ssl);
    self->fail(verdict == X509_V_OK ? e.message()
                                    : "the certificate is not trusted for " + self->where_.host +
                                          ": " + ::X509_verify_cert_error_string(verdict));
  });
}

void origin_connection::ready() {
  connect_timer_.cancel();
  begin(*transfer_);
  read();
}

// ---- one transfer
// --------------------------------------------------------------------------------

void origin_connection::begin(origin_transfer& t) {
  transfer_ = &t;
  t.on = this;
  reader_.emplace(most_answer_bytes_);
  out_ = std::exchange(t.bytes, {});
  was_sent_ = std::exchange(t.is_sent, true);
  is_written_ = false;
  write();
}

origin_transfer* origin_connection::release() {
  auto* t = std::exchange(transfer_, nullptr);
  if (t == nullptr) return nullptr;
  if (t->bytes.empty()) t->bytes = out_;
  t->on = nullptr;
  return t;
}

void origin_connection::write() {
  auto then = [self = shared_from_this()](const error_code& e, std::size_t n) {
    self->wrote(e, n);
  };
  if (tls_)
    asio::async_write(*tls_, asio::buffer(out_), std::move(then));
  else
    asio::async_write(socket_, asio::buffer(out_), std::move(then));
}

void origin_connection::wrote(const error_code& e, std::size_t bytes) {
  if (is_closed_) return;
  is_written_ = true;
  if (!e) return;
  // The kernel took nothing. With TLS the count is of whole records, so that says less.
  if (transfer_ != nullptr && bytes == 0 && !tls_) transfer_->is_sent = was_sent_;
  fail(e.message());
}

void origin_connection::read() {
  auto then = [self = shared_from_this()](const error_code& e, std::size_t n) { self->took(e, n); };
  if (tls_)
    tls_->async_read_some(in_.prepare(one_read), std::move(then));
  else
    socket_.async_read_some(in_.prepare(one_read), std::move(then));
}

void origin_connection::took(const error_code& e, std::size_t bytes) {
  if (is_closed_) return;
  if (e == asio::error::eof && transfer_ != nullptr && has_answer()) {
    // The end of the connection is the end of a body without a length, and of no other.
    error_code incomplete;
    reader_->put_eof(incomplete);
    if (!incomplete) return finish(false);
  }
  if (e) return fail(e == asio::error::eof ? "the server closed the connection" : e.message());
  in_.commit(bytes);
  if (transfer_ == nullptr) return fail("the server sent what nobody asked for");
  if (!parse()) return fail("the answer is not HTTP/1.1");
  if (reader_->is_done()) finish(true);
  if (!is_closed_) read();
}

bool origin_connection::parse() {
  while (in_.size() > 0) {
    error_code e;
    in_.consume(reader_->put(in_.data(), e));
    if (e == boost::beast::http::error::need_more) return true;
    if (e) return false;
    if (!reader_->is_done()) continue;
    if (!reader_->is_interim()) return true;
    reader_.emplace(most_answer_bytes_);
  }
  return true;
}

void origin_connection::finish(bool may_keep) {
  // What else is in the buffer nobody asked for; an answer before the end of the request means
  // that the server does not want the rest.
  const bool is_kept = may_keep && reader_->keep_alive() && in_.size() == 0 && is_written_;
  ++answers_;
  if (!is_kept) close();
  owner_.answered(*this, is_kept);
}

// ---- the end
// -------------------------------------------------------------------------------------

void origin_connection::fail(const std::string& why) {
  if (is_closed_) return;
  close();
  owner_.lost(*this, why);
}

void origin_connection::close() {
  is_closed_ = true;
  error_code ignored;
  connect_timer_.cancel();
  socket_.close(ignored);
}

}  // namespace atrium::outbound
