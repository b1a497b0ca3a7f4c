#include "http/reply.hpp"

#include "http/session.hpp"

namespace atrium::http {
namespace {

thread_local reply_slot* handled_here = nullptr;

/// What a producer holds; dropping it ends the stream.
class channel_stream final : public event_stream {
 public:
  explicit channel_stream(std::shared_ptr<stream_channel> channel) : channel_(std::move(channel)) {}
  ~channel_stream() override { channel_->end(); }
  bool send(std::string_view id, std::string_view event, std::string_view data) override {
    return channel_->append(id, event, data);
  }
  bool open() const override { return channel_->open(); }
  void on_close(std::function<void()> f) override { channel_->on_close(std::move(f)); }

 private:
  const std::shared_ptr<stream_channel> channel_;
};

/// Brings after() of another thread to the io thread.
class timer_task final : public io_task {
 public:
  timer_task(std::weak_ptr<session> to, std::shared_ptr<reply_slot> slot,
             std::chrono::milliseconds delay, std::function<void()> f)
      : session_(std::move(to)), slot_(std::move(slot)), delay_(delay), f_(std::move(f)) {}
  void run() override {
    if (const auto s = session_.lock(); s && !slot_->claimed())
      s->add_timer(slot_, delay_, std::move(f_));
  }

 private:
  const std::weak_ptr<session> session_;
  const std::shared_ptr<reply_slot> slot_;
  const std::chrono::milliseconds delay_;
  std::function<void()> f_;
};

/// One field of an event; line ends would start another field, so each line gets a field of its
/// own.
void append_field(std::string_view name, std::string_view value, std::string& out) {
  for (;;) {
    const auto end = value.find_first_of("\r\n");
    out.append(name).append(value.substr(0, end)) += '\n';
    if (end == std::string_view::npos) return;
    const bool pair = value[end] == '\r' && end + 1 < value.size() && value[end + 1] == '\n';
    value.remove_prefix(end + (pair ? 2 : 1));
  }
}

std::string_view first_line(std::string_view s) {
  return s.substr(0, s.find_first_of("\r\n"));
}

}  // namespace

stream_channel::stream_channel(return_path path, std::weak_ptr<session> to, bool admitted)
    : path_(std::move(path)), session_(std::move(to)), admitted_(admitted), open_(admitted) {}

stream_channel::~stream_channel() {
  if (admitted_ && !finished_) path_.streams->open.fetch_sub(1, std::memory_order_relaxed);
}

bool stream_channel::append(std::string_view id, std::string_view event, std::string_view data) {
  std::unique_lock lock(mutex_);
  if (!open_) return false;
  const auto before = queue_.size();
  if (!id.empty()) append_field("id: ", first_line(id), queue_);
  if (!event.empty()) append_field("event: ", first_line(event), queue_);
  append_field("data: ", data, queue_);
  queue_ += '\n';
  if (queue_.size() + writing_ > path_.streams->queue_bytes) {
    queue_.resize(before);
    open_ = false;
    overflowed_ = true;
    scheduled_ = false;  // what is scheduled may wait for a write that never ends
  }
  const bool fits = open_;
  schedule(lock);
  return fits;
}

void stream_channel::schedule(std::unique_lock<std::mutex>& lock) {
  if (scheduled_) return;
  scheduled_ = true;
  lock.unlock();
  path_.in->push(shared_from_this());
}

bool stream_channel::open() const {
  std::lock_guard lock(mutex_);
  return open_;
}

bool stream_channel::ended() const {
  std::lock_guard lock(mutex_);
  return ended_;
}

bool stream_channel::overflowed() const {
  std::lock_guard lock(mutex_);
  return overflowed_;
}

void stream_channel::on_close(std::function<void()> f) {
  {
    std::lock_guard lock(mutex_);
    if (!finished_) {
      on_close_ = std::move(f);
      return;
    }
  }
  f();
}

void stream_channel::end() {
  std::unique_lock lock(mutex_);
  open_ = false;
  ended_ = true;
  schedule(lock);
}

void stream_channel::take(std::string& out) {
  out.clear();
  std::lock_guard lock(mutex_);
  out.swap(queue_);
  writing_ = out.size();
  scheduled_ = false;
}

void stream_channel::wrote() {
  std::lock_guard lock(mutex_);
  writing_ = 0;
}

void stream_channel::finish() {
  std::function<void()> f;
  {
    std::lock_guard lock(mutex_);
    open_ = false;
    if (admitted_ && !finished_) path_.streams->open.fetch_sub(1, std::memory_order_relaxed);
    finished_ = true;
    f.swap(on_close_);
  }
  if (f) f();
}

void stream_channel::run() {
  if (const auto s = session_.lock())
    s->stream_ready(*this);
  else
    finish();
}

reply_slot::handling::handling(reply_slot& slot) : outer_(handled_here) {
  handled_here = &slot;
}
reply_slot::handling::~handling() {
  handled_here = outer_;
}

void reply_slot::send(response r) {
  if (!claim()) return;
  answer = std::move(r);
  deliver();
}

std::shared_ptr<event_stream> reply_slot::stream() {
  if (!claim()) {
    auto closed = std::make_shared<stream_channel>(path_, std::weak_ptr<session>{}, false);
    closed->finish();
    return std::make_shared<channel_stream>(std::move(closed));
  }
  auto& budget = *path_.streams;
  const bool admitted = budget.open.fetch_add(1, std::memory_order_relaxed) < budget.most;
  if (!admitted) budget.open.fetch_sub(1, std::memory_order_relaxed);
  channel = std::make_shared<stream_channel>(path_, session_, admitted);
  auto out = std::make_shared<channel_stream>(channel);
  deliver();
  return out;
}

void reply_slot::after(std::chrono::milliseconds delay, std::function<void()> f) {
  if (handled_here == this) {
    if (const auto s = session_.lock()) s->add_timer(shared_from_this(), delay, std::move(f));
    return;
  }
  path_.in->push(std::make_shared<timer_task>(session_, shared_from_this(), delay, std::move(f)));
}

void reply_slot::abandon() {
  if (!claim()) return;
  abandoned = true;
  deliver();
}

void reply_slot::deliver() {
  if (handled_here == this) {  // the session looks when the handler returns
    here_ = true;
    return;
  }
  path_.in->push(shared_from_this());
}

void reply_slot::run() {
  if (const auto s = session_.lock())
    s->answered(*this);
  else
    drop();
}

void reply_slot::drop() {
  if (channel) channel->finish();
}

void reply_slot::reset() {
  answer.reset();
  channel.reset();
  abandoned = false;
  here_ = false;
  timers.clear();
  claimed_.store(false, std::memory_order_relaxed);
}

}  // namespace atrium::http
