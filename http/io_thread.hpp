#pragma once

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "http/busy_answer.hpp"
#include "http/queue_watch.hpp"
#include "http/recent_callers.hpp"
#include "http/reply.hpp"
#include "http/server.hpp"

namespace atrium::http {

class session;

/// The concrete executor saves the type erasure of any_io_executor on every operation.
using io_executor = boost::asio::io_context::executor_type;
using tcp_socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, io_executor>;

/// What all io threads of one server share.
struct server_state {
  server_state(server_options o, std::vector<route> routes, authenticator who);

  const server_options options;
  gate admit;
  probe stats;
  std::shared_ptr<stream_budget> streams = std::make_shared<stream_budget>();
  std::atomic<std::size_t> connections{0};
  std::atomic<bool> draining{false};
  std::mutex mutex;  // for all_closed only
  std::condition_variable all_closed;
};

/// One thread with its io_context, its sessions and their deadlines.
/// Concurrency: everything but start(), stop_and_join() and in() belongs to the thread itself.
class io_thread {
 public:
  explicit io_thread(server_state& shared);
  ~io_thread();

  void start();
  /// The system's id of the thread; after start().
  pid_t id() const { return id_; }
  /// Ends all sessions, then the thread. Any thread but this one.
  void stop_and_join();

  boost::asio::io_context& context() { return context_; }
  server_state& shared() { return shared_; }
  return_path way_back() const { return {in_, shared_.streams}; }

  void adopt(tcp_socket socket);
  /// A request's head was read.
  void served(std::chrono::steady_clock::time_point now) { watch_.look(now); }
  void forget(const session& s);
  /// Closes idle connections and streams; the others after their answer.
  void drain();

  std::chrono::steady_clock::time_point now() const;
  /// For new bookings that a busy desk refuses.
  recent_callers& callers() { return callers_; }
  busy_answer& busy() { return busy_; }
  /// "Date: ...\r\n" of this second.
  std::string_view date_line();
  /// Runs `f` once `delay` has passed, exact to a millisecond (with a test clock: to a tick).
  std::uint64_t add_timer(std::chrono::milliseconds delay, std::function<void()> f);
  void cancel_timer(std::uint64_t id);
  /// Looks at every session's deadline and at due timers.
  void tick();

 private:
  using timer_key = std::pair<std::chrono::steady_clock::time_point, std::uint64_t>;

  void arm_tick();
  void arm_timer();
  void run_due_timers();
  bool manual() const { return static_cast<bool>(shared_.options.clock); }

  server_state& shared_;
  boost::asio::io_context context_{1};
  boost::asio::executor_work_guard<io_executor> work_;
  std::shared_ptr<inbox> in_;
  queue_watch watch_;
  recent_callers callers_;
  busy_answer busy_;
  std::list<std::shared_ptr<session>> sessions_;
  boost::asio::basic_waitable_timer<
      std::chrono::steady_clock, boost::asio::wait_traits<std::chrono::steady_clock>, io_executor>
      tick_timer_, due_timer_;
  // Timers in the order they fall due; ids ascend, so that the key of an id is found in due_at_.
  std::map<timer_key, std::function<void()>> timers_;
  std::map<std::uint64_t, std::chrono::steady_clock::time_point> due_at_;
  std::chrono::steady_clock::time_point armed_for_ = std::chrono::steady_clock::time_point::max();
  std::uint64_t next_timer_ = 1;
  std::string date_line_;
  std::int64_t date_second_ = -1;
  std::thread thread_;
  pid_t id_ = 0;
};

}  // namespace atrium::http
