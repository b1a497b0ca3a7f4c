#include "outbound/client.hpp"

#include <mutex>
#include <pthread.h>
#include <stdexcept>
#include <thread>
#include <unordered_map>

#include "outbound/transfer.hpp"

namespace atrium::outbound {
namespace {

struct multi_free {
  void operator()(CURLM* m) const { ::curl_multi_cleanup(m); }
};

void start_libcurl() {
  static const auto started = ::curl_global_init(CURL_GLOBAL_DEFAULT);
  if (started != CURLE_OK) throw std::runtime_error("libcurl does not start");
}

/// How long the thread sleeps when nothing happens; send() and stop() wake it.
constexpr int idle_ms = 60'000;

}  // namespace

struct client::impl {
  explicit impl(options o) : rules(std::move(o)) {
    start_libcurl();
    multi.reset(::curl_multi_init());
    if (!multi) throw std::bad_alloc();
    ::curl_multi_setopt(multi.get(), CURLMOPT_MAX_HOST_CONNECTIONS,
                        static_cast<long>(rules.most_per_host));
    thread = std::thread([this] { run(); });
    ::pthread_setname_np(thread.native_handle(), rules.name.substr(0, 15).c_str());
  }

  template <class Request>
  bool send(Request what, done on_done) {
    {
      const std::scoped_lock lock(mutex);
      if (stopping || under_way >= rules.most_at_once) return false;
      ++under_way;
    }
    std::unique_ptr<transfer> t;
    try {
      t = std::make_unique<transfer>(std::move(what), rules, leaving(std::move(on_done)));
    } catch (...) {
      const std::scoped_lock lock(mutex);
      --under_way;
      throw;
    }
    hand_over(std::move(t));
    return true;
  }

  void hand_over(std::unique_ptr<transfer> t) {
    {
      const std::scoped_lock lock(mutex);
      if (!stopping) fresh.push_back(std::move(t));
    }
    if (t) return t->cancel();
    ::curl_multi_wakeup(multi.get());
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
    while (take_fresh()) {
      int running = 0;
      ::curl_multi_perform(multi.get(), &running);
      finish_ended();
      ::curl_multi_poll(multi.get(), nullptr, 0, idle_ms, nullptr);
    }
    for (auto& [handle, t] : live) {
      ::curl_multi_remove_handle(multi.get(), handle);
      t->cancel();
    }
    live.clear();
    // Nothing is added once `stopping` is set, which this thread has seen under the mutex.
    for (auto& t : fresh) t->cancel();
    fresh.clear();
  }

  /// False when the client is to stop.
  bool take_fresh() {
    std::vector<std::unique_ptr<transfer>> taken;
    {
      const std::scoped_lock lock(mutex);
      if (stopping) return false;
      taken.swap(fresh);
    }
    for (auto& t : taken) {
      auto* handle = t->handle();
      live.emplace(handle, std::move(t));
      ::curl_multi_add_handle(multi.get(), handle);
    }
    return true;
  }

  void finish_ended() {
    int left = 0;
    while (const auto* message = ::curl_multi_info_read(multi.get(), &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      const auto code = message->data.result;
      auto* handle = message->easy_handle;
      ::curl_multi_remove_handle(multi.get(), handle);
      auto ended = live.extract(handle);
      ended.mapped()->finish(code);
    }
  }

  const options rules;
  std::unique_ptr<CURLM, multi_free> multi;
  std::unordered_map<CURL*, std::unique_ptr<transfer>> live;  ///< the thread's own

  mutable std::mutex mutex;
  std::vector<std::unique_ptr<transfer>> fresh;
  std::size_t under_way = 0;
  bool stopping = false;
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
  ::curl_multi_wakeup(impl_->multi.get());
  if (impl_->thread.joinable()) impl_->thread.join();
}

}  // namespace atrium::outbound
