#include "app/stop_signals.hpp"

#include <algorithm>
#include <cerrno>

namespace atrium {

stop_signals::stop_signals() {
  sigemptyset(&set_);
  sigaddset(&set_, SIGTERM);
  sigaddset(&set_, SIGINT);
  sigaddset(&set_, SIGHUP);
  ::pthread_sigmask(SIG_BLOCK, &set_, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
}

int stop_signals::wait() {
  int number = 0;
  while (::sigwait(&set_, &number) != 0) {
  }
  return number;
}

std::optional<int> stop_signals::wait_for(std::chrono::seconds limit) {
  const auto until = std::chrono::steady_clock::now() + limit;
  for (;;) {
    const auto left = std::max(std::chrono::nanoseconds(0),
                               std::chrono::nanoseconds(until - std::chrono::steady_clock::now()));
    timespec t{};
    t.tv_sec = static_cast<time_t>(left.count() / 1'000'000'000);
    t.tv_nsec = static_cast<long>(left.count() % 1'000'000'000);
    const int number = ::sigtimedwait(&set_, nullptr, &t);
    if (number > 0) return number;
    if (errno == EAGAIN) return std::nullopt;  // else another signal's handler ran meanwhile
  }
}

void stop_signals::release() {
  ::signal(SIGHUP, SIG_IGN);
  ::pthread_sigmask(SIG_UNBLOCK, &set_, nullptr);
}

}  // namespace atrium
