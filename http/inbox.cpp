#include "http/inbox.hpp"

#include <boost/asio/post.hpp>

namespace atrium::http {

void inbox::push(std::shared_ptr<io_task> task) {
  {
    std::lock_guard lock(mutex_);
    if (context_) {
      waiting_.push_back(std::move(task));
      if (waiting_.size() == 1) boost::asio::post(*context_, [this] { run_all(); });
      return;
    }
  }
  task->drop();
}

void inbox::close() {
  std::vector<std::shared_ptr<io_task>> dropped;
  {
    std::lock_guard lock(mutex_);
    context_ = nullptr;
    dropped.swap(waiting_);
  }
  for (auto& task : dropped) task->drop();
}

void inbox::run_all() {
  {
    std::lock_guard lock(mutex_);
    running_.swap(waiting_);
  }
  for (auto& task : running_) task->run();
  running_.clear();
}

}  // namespace atrium::http
