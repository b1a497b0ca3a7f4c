#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>

#include <chrono>
#include <functional>

namespace atrium::http {

/// Measures how long what is ready waits for an io thread.
///
/// Operation: now and then an event of its own is made ready, goes through the kernel's list of
/// ready descriptors like every request, and is timed. Asked for by requests, so that an idle
/// thread sleeps. Concurrency: one thread, the io thread's own.
class queue_watch {
 public:
  using clock = std::chrono::steady_clock;
  using tell = std::function<void(std::chrono::nanoseconds waited)>;

  /// An empty `on_measured` measures nothing.
  queue_watch(boost::asio::io_context& context, tell on_measured);

  /// A request is being served: measures when the last time is long enough ago.
  void look(clock::time_point now);
  /// Cancels what is under way, so that the thread can end.
  void stop();

 private:
  static constexpr std::chrono::milliseconds pause{10};
  void measured();

  tell tell_;
  boost::asio::posix::basic_stream_descriptor<boost::asio::io_context::executor_type> event_;
  clock::time_point made_ready_{};
  bool waiting_ = false;
};

}  // namespace atrium::http
