#pragma once

#include <chrono>
#include <functional>
#include <memory>

namespace atrium {

/// Runs functions later: the port through which adapters wait, so that tests pass virtual time.
///
/// Concurrency: from any thread. `run` is called at most once, on a thread of the implementation's;
/// it must not block. Functions that are still waiting when the port is destroyed never run.
class timer_port {
 public:
  virtual ~timer_port() = default;
  virtual void delay(std::chrono::milliseconds after, std::function<void()> run) = 0;
};

/// One thread that sleeps until the next function is due; sleeps for ever while nothing waits.
class timer_thread final : public timer_port {
 public:
  timer_thread();
  ~timer_thread() override;
  timer_thread(const timer_thread&) = delete;
  timer_thread& operator=(const timer_thread&) = delete;

  void delay(std::chrono::milliseconds after, std::function<void()> run) override;

 private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace atrium
