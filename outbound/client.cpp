#include "outbound/client.hpp"

#include <algorithm>
#include <mutex>
#include <pthread.h>
#include <stdexcept>
#include <thread>
#include <unordered_map>
#include <utility>

#include "outbound/multi_loop.hpp"
#include "outbound/transfer.hpp"

namespace atrium::outbound {
namespace {

void start_libcurl() {
  static const auto started = ::curl_global_init(CURL_GLOBAL_DEFAULT);
  if (started != CURLE_OK) throw std::runtime_error("libcurl does not start");
}

/// Idle connections that are kept where options set no bound for one host, and spare handles.
constexpr std::size_t kept_otherwise = 64;

/// libcurl has to be started before the first of its objects is made.
std::unique_ptr<multi_loop> make_loop(const client::options& o) {
  start_libcurl();
  return std::make_unique<multi_loop>(o.most_per_host, std::max(o.most_per_host, kept_otherwise));
}

}  // namespace

struct client::impl {
  explicit impl(options o) : rules(std::move(o)), loop(make_loop(rules)) {
    thread = std::thread([this] { run(); });
    ::pthread_setname_np(thread.native_handle(), rules.name.substr(0, 15).c_str());
  }

  template <class Request>
  bool send(Request what, done on_done) {
    easy_ptr easy;
    {
      const std::scoped_lock lock(mutex);
      if (stopping || under_way >= rules.most_at_once) return false;
      ++under_way;
      if (!spare.empty()) {
        easy = std::move(spare.back());
        spare.pop_back();
      }
    }
    std::unique_ptr<transfer> t;
    try {
      t = std::make_unique<transfer>(std::move(easy), std::move(what), rules,
                                     leaving(std::move(on_done)));
    } catch (...) {
      const std::scoped_lock lock(mutex);
      --under_way;
      throw;
    }
    hand_over(std::move(t));
    return true;
  }

  void hand_over(std::unique_ptr<transfer> t) {
    bool must_wake = false;
    {
      const std::scoped_lock lock(mutex);
      if (!stopping) {
        fresh.push_back(std::move(t));
        must_wake = std::exchange(asleep, false);
      }
    }
    if (t) return t->cancel();
    if (must_wake) loop->wake();
  }

  /// Frees the place before the completion runs, which may send again.
  done leaving(done inner) {
    return [this, inner = std::move(inner)](answer a) {
      {
        const std::scoped_lock lock(mutex);
        --under_way;
      }
      inner(std::move(a));
    };
  }

  void run() {
    for (auto got = take_fresh(); got != fresh_work::stop; got = take_fresh()) {
      loop->turn(got == fresh_work::none);
      finish_ended();
    }
    for (auto& [handle, t] : live) {
      loop->remove(handle);
      t->cancel();
    }
    live.clear();
    // Nothing is added once `stopping` is set, which this thread has seen under the mutex.
    for (auto& t : fresh) t->cancel();
    fresh.clear();
  }

  enum class fresh_work : std::uint8_t { stop, some, none };
  /// After `none` the thread may wait: whoever brings something wakes it.
  fresh_work take_fresh() {
    std::vector<std::unique_ptr<transfer>> taken;
    {
      const std::scoped_lock lock(mutex);
      if (stopping) return fresh_work::stop;
      taken.swap(fresh);
      asleep = taken.empty();
    }
    for (auto& t : taken) {
      auto* handle = t->handle();
      live.emplace(handle, std::move(t));
      loop->add(handle);
    }
    return taken.empty() ? fresh_work::none : fresh_work::some;
  }

  void finish_ended() {
    while (const auto e = loop->next_ended()) {
      const auto ended = live.extract(e->transfer);
      ended.mapped()->finish(e->code);
      auto easy = ended.mapped()->give_back();
      const std::scoped_lock lock(mutex);
      if (spare.size() < kept_otherwise) spare.push_back(std::move(easy));
    }
  }

  const options rules;
  const std::unique_ptr<multi_loop> loop;
  std::unordered_map<CURL*, std::unique_ptr<transfer>> live;  ///< the thread's own

  mutable std::mutex mutex;
  std::vector<std::unique_ptr<transfer>> fresh;
  std::vector<easy_ptr> spare;  ///< handles for the next transfers; making one is dear
  std::size_t under_way = 0;
  bool stopping = false;
  bool asleep = false;  ///< the thread waits, or is about to
  std::thread thread;
};

client::client(options o) : impl_(std::make_unique<impl>(std::move(o))) {}

client::~client() {
  stop();
}

bool client::send(http_request what, done on_done) {
  return impl_->send(std::move(what), std::move(on_done));
}

bool client::send(mail_request what, done on_done) {
  return impl_->send(std::move(what), std::move(on_done));
}

std::size_t client::under_way() const {
  const std::scoped_lock lock(impl_->mutex);
  return impl_->under_way;
}

void client::stop() {
  {
    const std::scoped_lock lock(impl_->mutex);
    impl_->stopping = true;
  }
  impl_->loop->wake();
  if (impl_->thread.joinable()) impl_->thread.join();
}

}  // namespace atrium::outbound
