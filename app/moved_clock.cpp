#include "app/moved_clock.hpp"

#include <fstream>

namespace atrium {

instant moved_clock::now() const {
  if (file_.empty()) return real_.now();
  constexpr std::int64_t every_ns = 5'000'000;
  const auto steady = std::chrono::steady_clock::now().time_since_epoch().count();
  auto due = read_again_ns_.load();
  if (steady >= due && read_again_ns_.compare_exchange_strong(due, steady + every_ns)) {
    std::int64_t offset = 0;
    if (std::ifstream in(file_); in >> offset) offset_ms_.store(offset);
  }
  return real_.now() + milliseconds{offset_ms_.load()};
}

}  // namespace atrium
