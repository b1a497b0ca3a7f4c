#pragma once

#include <cstdlib>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "domain/time.hpp"
#include "payments/timer.hpp"

namespace atrium::test {

/// Clock and timers that move only when the test says so. One thread.
class virtual_time final : public clock_port, public timer_port {
 public:
  instant now() const override { return now_; }
  void delay(std::chrono::milliseconds after, std::function<void()> run) override {
    waiting_.emplace(now_ + after, std::move(run));
  }
  void advance(std::chrono::milliseconds by) {
    const auto until = now_ + by;
    while (!waiting_.empty() && waiting_.begin()->first <= until) {
      auto node = waiting_.extract(waiting_.begin());
      now_ = node.key();
      node.mapped()();
    }
    now_ = until;
  }
  std::size_t waiting() const { return waiting_.size(); }

 private:
  instant now_{std::chrono::hours(24 * 365 * 50)};
  std::multimap<instant, std::function<void()>> waiting_;
};

/// A folder of its own that goes with the test.
class scratch_dir {
 public:
  scratch_dir() {
    auto pattern = (std::filesystem::temp_directory_path() / "atrium-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  ~scratch_dir() { std::filesystem::remove_all(path_); }
  scratch_dir(const scratch_dir&) = delete;
  scratch_dir& operator=(const scratch_dir&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace atrium::test
