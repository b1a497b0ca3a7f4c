#pragma once

#include <boost/asio/io_context.hpp>

#include <memory>
#include <mutex>
#include <vector>

namespace atrium::http {

/// Something to be done on an io thread.
class io_task {
 public:
  virtual ~io_task() = default;
  virtual void run() = 0;
  /// Instead of run() when the io thread has ended; any thread.
  virtual void drop() {}
};

/// Brings tasks from any thread to one io thread. Only the first task of a batch wakes the thread,
/// so that a burst of completions costs one wake-up. Bounded by its users: a request is here at
/// most once for its answer and an event stream once for its data.
class inbox {
 public:
  explicit inbox(boost::asio::io_context& context) : context_(&context) {}

  /// Once closed, the task is dropped.
  void push(std::shared_ptr<io_task> task);
  /// After this no push touches the io_context. Any thread.
  void close();

 private:
  void run_all();

  std::mutex mutex_;
  boost::asio::io_context* context_;  // null once closed
  std::vector<std::shared_ptr<io_task>> waiting_;
  std::vector<std::shared_ptr<io_task>> running_;  // io thread only
};

}  // namespace atrium::http
