#pragma once

#include <chrono>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>

#include "http/chunk_decoder.hpp"
#include "http/head_scanner.hpp"
#include "http/io_thread.hpp"
#include "http/read_buffer.hpp"
#include "http/reply.hpp"
#include "http/response_head.hpp"

namespace boost::asio::ssl {
class context;
}

namespace atrium::http {

/// One connection: reads a request, has it answered, writes, and so on; strictly one at a time.
///
/// Operation (session.cpp: life and deadlines, _read: bytes to requests, _handle: the handler's
/// answer, _shed: refusals of a busy desk, _write: answers to bytes, _tls: the layer below when
/// there is one): advance() walks the phases in a loop as long as neither the socket nor the
/// handler makes it wait; each completion enters the loop again. Deadlines are looked at by the
/// thread's tick. Concurrency: io thread only; reply_slot and stream_channel bring answers there.
class session final : public std::enable_shared_from_this<session> {
 public:
  using list = std::list<std::shared_ptr<session>>;

  session(io_thread& io, tcp_socket socket);
  ~session();

  void start(list::iterator place);
  list::iterator place() const { return place_; }
  void tick(std::chrono::steady_clock::time_point now);
  void drain();
  void close();

  /// The handler answered, from the inbox.
  void answered(reply_slot& slot);
  void stream_ready(stream_channel& channel);
  void add_timer(const std::shared_ptr<reply_slot>& slot, std::chrono::milliseconds delay,
                 std::function<void()> f);

 private:
  enum class phase : std::uint8_t {
    handshake,
    head,
    interim,  ///< writing "100 Continue"
    body,
    handling,
    writing,
    streaming,
    lingering,
    closed
  };
  /// Whether advance() may go on or waits for a completion.
  enum class flow : bool { wait, go_on };

  struct tls_layer;
  struct release_tls {
    void operator()(tls_layer* t) const;
  };
  void start_handshake(boost::asio::ssl::context& context);
  void on_handshake(const boost::system::error_code& e);
  void read_tls(phase expected);
  flow write_tls();
  void end_tls(bool then_close);
  flow linger_tls();

  void advance();
  flow read_head();
  flow begin_request(const head_verdict& head);
  bool shed(const head_verdict& head);
  flow expect_body(const head_facts& facts);
  flow send_continue();
  flow read_body();
  response body_too_large() const;
  flow take_body(std::string_view bytes, std::size_t& used);
  flow hold_body(std::size_t more);
  flow handle();
  flow settle(reply_slot& slot);
  flow refuse(response problem);
  response transport_problem(std::string_view name, std::string_view detail) const;
  head_context answer_context();
  flow respond(response r);
  flow written();
  flow write_some();
  flow linger();

  void start_stream();
  void flush_stream();
  void end_stream();

  void read_more(phase expected);
  void on_read(phase expected, const boost::system::error_code& e, std::size_t n);
  void on_end_of_input();
  void on_writable(const boost::system::error_code& e);
  void late();

  void set_deadline(std::chrono::milliseconds after) { deadline_ = io_.now() + after; }
  void new_request();
  void new_slot();
  void finish_request();
  void release_body();
  void cancel_timers();
  void record();

  io_thread& io_;
  tcp_socket socket_;
  std::unique_ptr<tls_layer, release_tls> tls_;  // null: plain text
  list::iterator place_;
  std::string peer_;      // as text, for logs
  std::string peer_key_;  // what rate limits count as one address
  read_buffer in_;
  phase phase_ = phase::head;
  bool over_limit_ = false;  // a connection too many: answered 503 without being read
  bool reading_ = false, writing_ = false;
  bool in_head_ = false;  // bytes of the next head have come
  bool keep_alive_ = true;
  std::chrono::steady_clock::time_point deadline_{}, started_{};
  std::chrono::steady_clock::time_point stream_until_{};  // when the caller's credentials end
  std::size_t lingered_ = 0;

  // the request being read or handled
  std::shared_ptr<request> request_;
  std::string trace_flags_;
  std::string rate_headers_;
  std::size_t route_ = 0;
  int minor_version_ = 1;
  bool has_request_ = false;
  std::optional<response> refusal_;  // decided from the head, answered after the body
  std::uint64_t body_left_ = 0;
  std::size_t body_progress_ = 0;  // since the deadline was last moved
  std::size_t held_ = 0;           // counted in body_bytes_held
  std::optional<chunk_decoder> chunks_;

  // the answer
  std::shared_ptr<reply_slot> slot_;
  std::shared_ptr<slot_responder> responder_;
  std::shared_ptr<stream_channel> channel_;
  bool only_head_ = false;  // of the stream
  std::string out_, out_body_;
  std::size_t out_at_ = 0;
  std::uint64_t sent_ = 0;
  int status_ = 0;
  std::string problem_;
};

}  // namespace atrium::http
