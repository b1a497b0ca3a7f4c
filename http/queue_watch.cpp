#include "http/queue_watch.hpp"

#include <cstdint>
#include <sys/eventfd.h>
#include <unistd.h>

namespace atrium::http {

queue_watch::queue_watch(boost::asio::io_context& context, tell on_measured)
    : tell_(std::move(on_measured)), event_(context) {
  if (!tell_) return;
  const int fd = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (fd < 0)
    tell_ = nullptr;  // out of descriptors: requests are worth more than a figure
  else
    event_.assign(fd);
}

void queue_watch::look(clock::time_point now) {
  if (!tell_ || waiting_ || now - made_ready_ < pause) return;
  waiting_ = true;
  event_.async_wait(decltype(event_)::wait_read, [this](const boost::system::error_code& e) {
    if (!e) measured();
  });
  made_ready_ = clock::now();
  const std::uint64_t one = 1;
  if (::write(event_.native_handle(), &one, sizeof one) != sizeof one) stop();
}

void queue_watch::measured() {
  waiting_ = false;
  const auto now = clock::now();
  std::uint64_t count = 0;
  if (::read(event_.native_handle(), &count, sizeof count) == sizeof count)
    tell_(now - made_ready_);
}

void queue_watch::stop() {
  tell_ = nullptr;
  boost::system::error_code e;
  event_.close(e);
}

}  // namespace atrium::http
