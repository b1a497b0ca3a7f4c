#include "outbound/origin_client.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <atomic>
#include <deque>
#include <mutex>
#include <pthread.h>
#include <stdexcept>
#include <thread>
#include <utility>

#include "outbound/address_book.hpp"
#include "outbound/origin_connection.hpp"
#include "outbound/request_text.hpp"
#include "outbound/tls_trust.hpp"

namespace atrium::outbound {
namespace {

namespace asio = boost::asio;
using end = answer::end;

/// Longer than that, something between may have forgotten the connection without telling.
constexpr std::chrono::seconds longest_idle{90};

origin checked(const std::string& url) {
  auto o = parse_origin(url);
  if (!o)
    throw std::invalid_argument("\"" + url +
                                "\" is no base URL: http:// or https://, a host, maybe a port and "
                                "a path are expected");
  return std::move(*o);
}

}  // namespace

struct origin_client::impl final : origin_connection::owner {
  explicit impl(options o)
      : rules(std::move(o)),
        where(checked(rules.base_url)),
        text(where, rules),
        tls(where.is_tls ? trusting(rules.ca_file) : nullptr),
        work(context.get_executor()),
        addresses(context, where),
        due_timer(context) {
    thread = std::thread([this] { context.run(); });
    ::pthread_setname_np(thread.native_handle(), rules.name.substr(0, 15).c_str());
  }

  bool send(const origin_call& what, done on_done) {
    std::list<origin_transfer> one(1);
    auto& t = one.front();
    t.bytes = text.of(what);
    t.on_done = std::move(on_done);
    t.may_repeat = what.may_repeat;
    bool must_wake = false;
    {
      const std::scoped_lock lock(mutex);
      if (stopping || under_way >= rules.most_at_once) return false;
      ++under_way;
      t.began = steady::now();
      t.due = t.began + rules.answer_within;
      must_wake = fresh.empty();
      fresh.splice(fresh.end(), one);
    }
    if (must_wake) asio::post(context, [this] { take_fresh(); });
    return true;
  }

  void stop() {
    {
      const std::scoped_lock lock(mutex);
      if (std::exchange(stopping, true)) return;
    }
    asio::post(context, [this] { cancel_all(); });
    thread.join();
  }

  // ---- the thread's own
  // --------------------------------------------------------------------------

  void take_fresh() {
    std::list<origin_transfer> taken;
    {
      const std::scoped_lock lock(mutex);
      taken.swap(fresh);
    }
    while (!taken.empty()) {
      auto& t = taken.front();
      t.place = taken.begin();
      live.splice(live.end(), taken, taken.begin());
      dispatch(t);
    }
    if (!is_watching) watch();
  }

  void dispatch(origin_transfer& t) {
    if (t.bytes.empty()) return finish(t, end::unreachable, "the request holds what HTTP forbids");
    // The longest idle are in front.
    while (!idle.empty() && idle.front()->idle_since + longest_idle < t.began)
      forget(*idle.front());
    if (!idle.empty()) {
      auto* c = idle.back();
      idle.pop_back();
      c->begin(t);
    } else if (open.size() < rules.most_connections) {
      connect(t);
    } else {
      waiting.push_back(&t);
    }
  }

  void connect(origin_transfer& t) {
    open.push_front(std::make_shared<origin_connection>(context, tls.get(), where,
                                                        rules.most_answer_bytes, *this));
    const auto c = open.front();
    c->place = open.begin();
    c->reserve(t, rules.connect_within);
    addresses.give_to(c);
  }

  void answered(origin_connection& c, bool is_kept) override {
    auto& t = *c.transfer();
    auto a = heard(c);
    c.release();
    if (is_kept)
      use_again(c);
    else
      forget(c), serve_waiting();
    finish(t, std::move(a));
  }

  void lost(origin_connection& c, const std::string& why) override {
    const auto keep = c.shared_from_this();
    auto* t = c.release();
    forget(c);
    if (t != nullptr && c.is_reused() && c.heard_nothing() && (t->may_repeat || !t->is_sent))
      return connect(*t);
    serve_waiting();
    if (t == nullptr) return;
    if (!t->is_sent) addresses.another_first();
    if (c.has_answer() && c.reader().status() >= 400) return finish(*t, heard(c));
    const auto what = (t->is_sent ? "" : "cannot connect to ") + where.text() + ": " + why;
    finish(*t, t->is_sent ? end::broken : end::unreachable, what);
  }

  static answer heard(origin_connection& c) {
    answer a;
    a.how = end::answered;
    a.status = c.reader().status();
    a.body = std::move(c.reader().body);
    a.retry_after = std::move(c.reader().retry_after);
    return a;
  }

  void use_again(origin_connection& c) {
    if (!waiting.empty()) return c.begin(next_waiting());
    c.idle_since = steady::now();
    idle.push_back(&c);
  }

  /// After a connection was forgotten, which leaves its place to another.
  void serve_waiting() {
    if (!waiting.empty()) connect(next_waiting());
  }

  origin_transfer& next_waiting() {
    auto* next = waiting.front();
    waiting.pop_front();
    return *next;
  }

  void forget(origin_connection& c) {
    std::erase(idle, &c);
    c.close();
    open.erase(c.place);
  }

  void finish(origin_transfer& t, end how, std::string why) {
    answer a;
    a.how = how;
    a.detail = std::move(why);
    finish(t, std::move(a));
  }
  void finish(origin_transfer& t, answer a) {
    a.took = std::chrono::duration_cast<std::chrono::milliseconds>(steady::now() - t.began);
    std::list<origin_transfer> ended;
    ended.splice(ended.begin(), live, t.place);
    // Frees the place before the completion runs, which may send again.
    --under_way;
    if (t.on_done) t.on_done(std::move(a));
  }

  /// All have the same patience, so that the oldest is due first.
  void watch() {
    is_watching = !live.empty();
    if (!is_watching) return;
    due_timer.expires_at(live.front().due);
    due_timer.async_wait([this](const boost::system::error_code& e) {
      if (e) return;
      end_overdue();
      watch();
    });
  }

  void end_overdue() {
    const auto now = steady::now();
    while (!live.empty() && live.front().due <= now) {
      auto& t = live.front();
      if (t.on != nullptr) {
        auto& c = *t.on;
        c.release();
        forget(c);
        serve_waiting();
      } else {
        std::erase(waiting, &t);
      }
      if (t.is_sent)
        finish(t, end::timed_out, "no answer in time");
      else
        finish(t, end::unreachable, "no connection was free in time");
    }
  }

  void cancel_all() {
    waiting.clear();
    idle.clear();
    for (auto& c : open) c->close();
    {
      const std::scoped_lock lock(mutex);
      live.splice(live.end(), fresh);
    }
    while (!live.empty()) {
      live.front().place = live.begin();
      finish(live.front(), end::cancelled, "stopped");
    }
    context.stop();
  }

  const options rules;
  const origin where;
  const request_text text;
  const std::unique_ptr<asio::ssl::context> tls;
  asio::io_context context{1};
  asio::executor_work_guard<origin_executor> work;
  address_book addresses;
  origin_timer due_timer;
  bool is_watching = false;
  std::list<origin_transfer> live;  ///< in the order they came
  std::deque<origin_transfer*> waiting;
  std::list<std::shared_ptr<origin_connection>> open;
  std::vector<origin_connection*> idle;  ///< the one used last is behind

  mutable std::mutex mutex;
  std::list<origin_transfer> fresh;
  bool stopping = false;
  std::atomic<std::size_t> under_way{0};
  std::thread thread;
};

origin_client::origin_client(options o) : impl_(std::make_unique<impl>(std::move(o))) {}

origin_client::~origin_client() {
  stop();
}

bool origin_client::send(origin_call what, done on_done) {
  return impl_->send(what, std::move(on_done));
}

std::size_t origin_client::under_way() const {
  return impl_->under_way;
}

void origin_client::stop() {
  impl_->stop();
}

}  // namespace atrium::outbound
