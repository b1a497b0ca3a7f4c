#pragma once

#include <chrono>
#include <optional>
#include <signal.h>

namespace atrium {

/// SIGTERM, SIGINT and SIGHUP as something to wait for instead of something that interrupts. Make
/// it before any thread starts: threads inherit that the signals are blocked. SIGPIPE is ignored
/// for good.
class stop_signals {
 public:
  stop_signals();
  stop_signals(const stop_signals&) = delete;
  stop_signals& operator=(const stop_signals&) = delete;

  /// Blocks until one arrives; its number. SIGHUP asks for files to be read again, the others to
  /// stop.
  int wait();
  /// The same for at most `limit`; nothing when none arrived.
  std::optional<int> wait_for(std::chrono::seconds limit);
  /// From now on SIGHUP does nothing and another signal ends the process at once, as if there were
  /// no such object: for the second Ctrl-C of somebody who does not want to wait.
  void release();

 private:
  sigset_t set_{};
};

}  // namespace atrium
