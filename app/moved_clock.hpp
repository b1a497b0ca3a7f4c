#pragma once

#include <atomic>
#include <filesystem>

#include "domain/time.hpp"

namespace atrium {

/// The system clock plus the milliseconds that a file holds, for tests that wait for no-shows and
/// expiries. The file is read again at most every 5 ms; one that is missing or unreadable moves
/// nothing. Concurrency: now() from any thread.
class moved_clock final : public clock_port {
 public:
  /// An empty path: the plain system clock.
  explicit moved_clock(std::filesystem::path offset_file) : file_(std::move(offset_file)) {}
  instant now() const override;

 private:
  std::filesystem::path file_;
  system_clock real_;
  mutable std::atomic<std::int64_t> offset_ms_{0};
};

}  // namespace atrium
