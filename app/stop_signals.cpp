#include "app/stop_signals.hpp"

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

void stop_signals::release() {
  ::signal(SIGHUP, SIG_IGN);
  ::pthread_sigmask(SIG_UNBLOCK, &set_, nullptr);
}

}  // namespace atrium
