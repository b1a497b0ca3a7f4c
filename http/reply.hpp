#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "http/inbox.hpp"
#include "http/message.hpp"

/// The way back from handlers to sessions: both ends may be on different threads.
namespace atrium::http {

class session;

/// Slots for event streams, shared by all io threads and outliving the server while somebody
/// streams.
struct stream_budget {
  std::atomic<std::size_t> open{0};
  std::size_t most = 1000;
  std::size_t queue_bytes = 256 * 1024;
};

/// What every way back needs. Outlives the io thread.
struct return_path {
  std::shared_ptr<inbox> in;
  std::shared_ptr<stream_budget> streams;
};

/// The bounded queue between the producer of one event stream and its session.
/// Concurrency: append(), end(), on_close() from any thread; take(), finish() on the io thread.
class stream_channel final : public io_task, public std::enable_shared_from_this<stream_channel> {
 public:
  stream_channel(return_path path, std::weak_ptr<session> to, bool admitted);
  ~stream_channel() override;

  bool append(std::string_view id, std::string_view event, std::string_view data);
  bool open() const;
  void on_close(std::function<void()> f);
  /// The producer is done: what is queued is still written.
  void end();

  /// Moves what is queued into `out` (cleared); it counts as queued until wrote().
  void take(std::string& out);
  /// What take() gave is with the kernel now.
  void wrote();
  bool ended() const;
  bool admitted() const { return admitted_; }
  /// The client has gone, was too slow, or the server drains.
  void finish();
  bool overflowed() const;
  void run() override;
  void drop() override { finish(); }

 private:
  void schedule(std::unique_lock<std::mutex>& lock);

  const return_path path_;
  const std::weak_ptr<session> session_;
  const bool admitted_;
  mutable std::mutex mutex_;
  std::string queue_;
  std::size_t writing_ = 0;
  bool open_ = true, ended_ = false, scheduled_ = false, overflowed_ = false, finished_ = false;
  std::function<void()> on_close_;
};

/// The answer to one request: whoever claims it first decides. Lives until the last holder lets go.
class reply_slot final : public io_task, public std::enable_shared_from_this<reply_slot> {
 public:
  reply_slot(return_path path, std::weak_ptr<session> to)
      : path_(std::move(path)), session_(std::move(to)) {}

  void send(response r);
  std::shared_ptr<event_stream> stream();
  void after(std::chrono::milliseconds delay, std::function<void()> f);
  /// The handler let go of its responder without an answer.
  void abandon();
  void run() override;
  void drop() override;

  /// True for the first caller only.
  bool claim() { return !claimed_.exchange(true, std::memory_order_acq_rel); }
  bool claimed() const { return claimed_.load(std::memory_order_acquire); }

  /// Marks that the calling thread runs this slot's handler now: an answer that comes meanwhile is
  /// picked up by the session itself instead of going through the inbox.
  class handling {
   public:
    explicit handling(reply_slot& slot);
    ~handling();

   private:
    reply_slot* outer_;
  };

  /// Answered by the handler itself, on its own thread: the inbox does not bring it.
  bool answered_here() const { return here_; }

  // The answer, one of them; written by the claimer before it hands over, read by the session.
  std::optional<response> answer;
  std::shared_ptr<stream_channel> channel;
  bool abandoned = false;

  // io thread only: timers of after() that have not fired.
  std::vector<std::uint64_t> timers;

  /// Makes a slot that nobody else holds usable for the next request.
  void reset();

 private:
  void deliver();

  const return_path path_;
  const std::weak_ptr<session> session_;
  std::atomic<bool> claimed_{false};
  bool here_ = false;  // io thread only
};

/// What a handler holds.
class slot_responder final : public responder {
 public:
  explicit slot_responder(std::shared_ptr<reply_slot> slot) : slot_(std::move(slot)) {}
  ~slot_responder() override { slot_->abandon(); }
  void send(response r) override { slot_->send(std::move(r)); }
  std::shared_ptr<event_stream> stream() override { return slot_->stream(); }
  void after(std::chrono::milliseconds delay, std::function<void()> f) override {
    slot_->after(delay, std::move(f));
  }

 private:
  const std::shared_ptr<reply_slot> slot_;
};

}  // namespace atrium::http
