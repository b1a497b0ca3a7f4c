#include "http/io_thread.hpp"

#include <boost/asio/post.hpp>

#include <cstdio>
#include <future>
#include <pthread.h>
#include <time.h>
#include <unistd.h>

#include "http/session.hpp"

namespace atrium::http {
namespace {

using std::chrono::steady_clock;

std::vector<std::string> names_of(const std::vector<route>& routes) {
  std::vector<std::string> names;
  names.reserve(routes.size());
  for (const auto& r : routes) names.push_back(std::string(to_string(r.method)) + " " + r.pattern);
  return names;
}

}  // namespace

server_state::server_state(server_options o, std::vector<route> routes, authenticator who)
    : options(std::move(o)),
      admit(std::move(routes), std::move(who), options.rates),
      stats(names_of(admit.routes())) {
  streams->most = options.max_streams;
  streams->queue_bytes = options.stream_queue_bytes;
}

io_thread::io_thread(server_state& shared)
    : shared_(shared),
      work_(context_.get_executor()),
      in_(std::make_shared<inbox>(context_)),
      watch_(context_, shared_.options.waited),
      tick_timer_(context_),
      due_timer_(context_) {}

io_thread::~io_thread() {
  stop_and_join();
}

void io_thread::start() {
  arm_tick();
  std::promise<pid_t> started;
  auto told = started.get_future();
  thread_ = std::thread([this, &started] {
    pthread_setname_np(pthread_self(), "atrium-http");
    started.set_value(gettid());
    context_.run();
  });
  id_ = told.get();
}

void io_thread::stop_and_join() {
  in_->close();
  if (thread_.joinable()) {
    boost::asio::post(context_, [this] {
      // Sessions leave the list as they close.
      const auto all = sessions_;
      for (const auto& s : all) s->close();
      watch_.stop();
      timers_.clear();
      due_at_.clear();
      tick_timer_.cancel();
      due_timer_.cancel();
      work_.reset();  // run() returns when the aborted operations have ended
    });
    thread_.join();
  }
}

void io_thread::adopt(tcp_socket socket) {
  auto s = std::make_shared<session>(*this, std::move(socket));
  sessions_.push_front(s);
  s->start(sessions_.begin());
}

void io_thread::forget(const session& s) {
  sessions_.erase(s.place());
}

void io_thread::drain() {
  const auto all = sessions_;
  for (const auto& s : all) s->drain();
}

steady_clock::time_point io_thread::now() const {
  return manual() ? shared_.options.clock() : steady_clock::now();
}

std::string_view io_thread::date_line() {
  timespec t{};
  clock_gettime(CLOCK_REALTIME_COARSE, &t);
  if (t.tv_sec == date_second_) return date_line_;
  date_second_ = t.tv_sec;
  tm utc{};
  gmtime_r(&t.tv_sec, &utc);
  // Not strftime: its names follow the locale.
  static constexpr const char* days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr const char* months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                           "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  char text[64];
  const int n = std::snprintf(text, sizeof text, "Date: %s, %02d %s %04d %02d:%02d:%02d GMT\r\n",
                              days[utc.tm_wday], utc.tm_mday, months[utc.tm_mon],
                              utc.tm_year + 1900, utc.tm_hour, utc.tm_min, utc.tm_sec);
  date_line_.assign(text, static_cast<std::size_t>(n));
  return date_line_;
}

std::uint64_t io_thread::add_timer(std::chrono::milliseconds delay, std::function<void()> f) {
  const auto id = next_timer_++;
  const auto at = now() + delay;
  timers_.emplace(timer_key{at, id}, std::move(f));
  due_at_.emplace(id, at);
  if (at < armed_for_) arm_timer();
  return id;
}

void io_thread::cancel_timer(std::uint64_t id) {
  // The Asio timer stays armed: waking once for nothing is cheaper than arming it for each request.
  const auto found = due_at_.find(id);
  if (found == due_at_.end()) return;
  const auto timer = timers_.extract(timer_key{found->second, id});
  due_at_.erase(found);
}

void io_thread::arm_timer() {
  if (manual()) return;
  if (timers_.empty()) {
    armed_for_ = steady_clock::time_point::max();
    return;
  }
  armed_for_ = timers_.begin()->first.first;
  due_timer_.expires_at(armed_for_);
  due_timer_.async_wait([this](const boost::system::error_code& e) {
    if (e) return;  // armed anew for an earlier one
    run_due_timers();
    arm_timer();
  });
}

void io_thread::run_due_timers() {
  const auto limit = now();
  while (!timers_.empty() && timers_.begin()->first.first <= limit) {
    auto first = timers_.extract(timers_.begin());
    due_at_.erase(first.key().second);
    first.mapped()();
  }
}

void io_thread::arm_tick() {
  if (manual()) return;
  tick_timer_.expires_after(shared_.options.tick);
  tick_timer_.async_wait([this](const boost::system::error_code& e) {
    if (e) return;
    tick();
    arm_tick();
  });
}

void io_thread::tick() {
  const auto t = now();
  for (auto i = sessions_.begin(); i != sessions_.end();) {
    const auto s = *i++;  // keeps it while it leaves the list
    s->tick(t);
  }
  if (manual()) run_due_timers();
}

}  // namespace atrium::http
