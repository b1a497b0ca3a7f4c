#include "http/server.hpp"

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/post.hpp>

#include <future>
#include <optional>
#include <stdexcept>

#include "http/io_thread.hpp"
#include "http/tls.hpp"

namespace atrium::http {
namespace {

namespace asio = boost::asio;
using acceptor = asio::basic_socket_acceptor<asio::ip::tcp, io_executor>;

constexpr std::size_t most_refused_at_once = 128;
constexpr std::chrono::milliseconds accept_pause{100};
constexpr int most_accepted_at_once = 64;

void validate(const server_options& o) {
  const auto check = [](bool good, const char* what) {
    if (!good) throw std::invalid_argument(what);
  };
  check(o.io_threads >= 1 && o.io_threads <= 64, "io_threads: 1 to 64");
  check(o.max_connections > 0, "max_connections: at least 1");
  check(o.head.head_bytes >= 512 && o.head.head_bytes <= 65'536, "head bytes: 512 to 65536");
  check(o.head.target_bytes < o.head.head_bytes, "target bytes: less than the head");
  check(o.body_bytes <= 64 * 1024 * 1024, "body_bytes: at most 64 MiB");
  check(!o.tls || o.tls->current(), "tls: load the certificate first");
  check(o.max_handshakes > 0, "max_handshakes: at least 1");
  check(o.tick.count() > 0, "tick: more than 0");
}

/// Runs `f` on the thread of `t` and waits for it.
template <class F>
void on_thread(io_thread& t, F f) {
  std::promise<void> done;
  asio::post(t.context(), [&] {
    f();
    done.set_value();
  });
  done.get_future().wait();
}

}  // namespace

struct server::impl {
  impl(server_options o, std::vector<route> routes, authenticator who)
      : state(std::move(o), std::move(routes), std::move(who)) {}

  void listen();
  void accept_next();
  void accepted(io_thread& to, tcp_socket peer);
  void accept_waiting(int most);
  void stop_accepting();

  server_state state;
  std::vector<std::unique_ptr<io_thread>> threads;
  std::optional<acceptor> listener;
  asio::ip::tcp::endpoint bound;
  std::size_t next = 0;
  bool running = false;
};

void server::impl::listen() {
  const asio::ip::tcp::endpoint at(asio::ip::make_address(state.options.address),
                                   state.options.port);
  listener.emplace(threads.front()->context());
  listener->open(at.protocol());
  listener->set_option(acceptor::reuse_address(true));
  listener->bind(at);
  listener->listen(asio::socket_base::max_listen_connections);
  bound = listener->local_endpoint();
}

void server::impl::accept_next() {
  auto& to = *threads[next++ % threads.size()];
  auto peer = std::make_shared<tcp_socket>(to.context());
  listener->async_accept(*peer, [this, &to, peer](const boost::system::error_code& e) {
    if (!e) accepted(to, std::move(*peer));  // also when the end came in between
    if (!listener->is_open()) return;
    // Between two turns of the loop everybody who is ready is served: one newcomer a turn would let
    // a crowd of them wait for seconds.
    if (!e) accept_waiting(most_accepted_at_once);
    if (e) {
      // Out of descriptors, most likely: trying again at once would only spin.
      threads.front()->add_timer(accept_pause, [this] {
        if (listener->is_open()) accept_next();
      });
      return;
    }
    accept_next();
  });
}

/// Who is connected, as far as the kernel is concerned, but was not accepted yet.
void server::impl::accept_waiting(int most) {
  boost::system::error_code e;
  listener->non_blocking(true, e);
  for (; most > 0; --most) {
    auto& to = *threads[next % threads.size()];
    tcp_socket peer(to.context());
    listener->accept(peer, e);
    if (e) break;  // whoever comes next has this turn
    ++next;
    accepted(to, std::move(peer));
  }
}

void server::impl::accepted(io_thread& to, tcp_socket peer) {
  state.stats.connections_accepted.fetch_add(1, std::memory_order_relaxed);
  const auto open = state.connections.load(std::memory_order_relaxed);
  if (open >= state.options.max_connections + most_refused_at_once) {
    state.stats.connections_refused.fetch_add(1, std::memory_order_relaxed);
    return;  // too many even to be told so
  }
  if (&to == threads.front().get()) {
    to.adopt(std::move(peer));
    return;
  }
  asio::post(to.context(), [&to, s = std::move(peer)]() mutable { to.adopt(std::move(s)); });
}

void server::impl::stop_accepting() {
  if (!listener || !listener->is_open()) return;
  on_thread(*threads.front(), [this] {
    // Closing the listener would reset them.
    accept_waiting(asio::socket_base::max_listen_connections);
    boost::system::error_code e;
    listener->close(e);
  });
}

server::server(server_options options, std::vector<route> routes, authenticator who) {
  validate(options);
  impl_ = std::make_unique<impl>(std::move(options), std::move(routes), std::move(who));
}

server::~server() {
  stop();
}

void server::start() {
  const auto n = impl_->state.options.io_threads;
  for (unsigned i = 0; i < n; ++i)
    impl_->threads.push_back(std::make_unique<io_thread>(impl_->state));
  impl_->listen();
  impl_->accept_next();
  for (auto& t : impl_->threads) t->start();
  impl_->running = true;
}

std::vector<pid_t> server::thread_ids() const {
  std::vector<pid_t> ids;
  for (const auto& t : impl_->threads) ids.push_back(t->id());
  return ids;
}

std::uint16_t server::port() const {
  return impl_->bound.port();
}

std::string server::address() const {
  const auto a = impl_->bound.address();
  const auto text = a.is_v6() ? "[" + a.to_string() + "]" : a.to_string();
  return text + ":" + std::to_string(port());
}

bool server::drain(std::chrono::milliseconds limit) {
  if (!impl_->running) return true;
  auto& state = impl_->state;
  state.draining.store(true);
  impl_->stop_accepting();
  for (auto& t : impl_->threads) on_thread(*t, [&] { t->drain(); });
  std::unique_lock lock(state.mutex);
  return state.all_closed.wait_for(lock, limit, [&] { return state.connections.load() == 0; });
}

void server::stop() {
  if (!impl_->running) return;
  impl_->running = false;
  impl_->stop_accepting();
  for (auto& t : impl_->threads) t->stop_and_join();
  impl_->listener.reset();
  impl_->threads.clear();
}

const probe& server::stats() const {
  return impl_->state.stats;
}

void server::tick() {
  for (auto& t : impl_->threads) on_thread(*t, [&] { t->tick(); });
}

}  // namespace atrium::http
