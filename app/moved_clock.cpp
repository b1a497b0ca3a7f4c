#include "app/moved_clock.hpp"

#include <fstream>

namespace atrium {

instant moved_clock::now() const {
  if (file_.empty()) return real_.now();
  std::int64_t offset = 0;
  if (std::ifstream in(file_); in >> offset) offset_ms_.store(offset);
  return real_.now() + milliseconds{offset_ms_.load()};
}

}  // namespace atrium
