#include "app/processors.hpp"

#include <algorithm>
#include <sched.h>
#include <thread>

namespace atrium {

int usable_processors() noexcept {
  cpu_set_t mine;
  CPU_ZERO(&mine);
  // Fails on machines with more processors than the mask has bits.
  if (::sched_getaffinity(0, sizeof mine, &mine) == 0) return std::max(1, CPU_COUNT(&mine));
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

}  // namespace atrium
