#include "app/thread_priorities.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <sys/resource.h>
#include <system_error>

namespace atrium {
namespace {

std::vector<pid_t> all_threads() {
  std::vector<pid_t> all;
  std::error_code e;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/task", e)) {
    const auto name = entry.path().filename().string();
    pid_t id = 0;
    if (std::from_chars(name.data(), name.data() + name.size(), id).ec == std::errc())
      all.push_back(id);
  }
  return all;
}

/// How many threads were not there yet; less than 0 when the system refused.
int lower(const std::vector<pid_t>& served, int to) {
  int lowered = 0;
  for (const auto id : all_threads()) {
    const auto thread = static_cast<id_t>(id);
    if (std::ranges::find(served, id) != served.end()) continue;
    if (::getpriority(PRIO_PROCESS, thread) >= to) continue;
    if (::setpriority(PRIO_PROCESS, thread, to) == 0)
      ++lowered;
    else if (errno != ESRCH)  // has ended meanwhile
      return -1;
  }
  return lowered;
}

}  // namespace

void prefer_threads(const std::vector<pid_t>& served, int niceness) {
  if (niceness <= 0 || served.empty()) return;
  constexpr int least_priority = 19;
  const int to = std::min(
      least_priority, ::getpriority(PRIO_PROCESS, static_cast<id_t>(served.front())) + niceness);
  // A thread that starts meanwhile may inherit the old value: looked for until there is none.
  int lowered = 0;
  while ((lowered = lower(served, to)) > 0) continue;
  if (lowered < 0)
    spdlog::warn(
        "the system does not let threads step back ({}); refusals may come late when processors "
        "are short. Set worker-niceness to 0 to do without",
        std::strerror(errno));
}

}  // namespace atrium
