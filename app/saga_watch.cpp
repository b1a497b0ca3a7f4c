#include "app/saga_watch.hpp"

#include <spdlog/spdlog.h>

#include <utility>

#include "domain/time.hpp"

namespace atrium {

void saga_watch::look(const command_port& desk) {
  if (stuck_.empty() && desk.census().stuck == 0) return;
  constexpr std::size_t most = 1'000;
  std::set<std::string> now;
  for (const auto& s : desk.sagas(most)) {
    if (!s.is_stuck) continue;
    now.insert(s.id.str());
    if (stuck_.contains(s.id.str())) continue;
    spdlog::warn("saga {} ({}) is stuck at {} since {}: it waits for {}", s.id.str(), s.definition,
                 s.step, format_instant(s.since), s.waiting_for);
  }
  for (const auto& id : stuck_)
    if (!now.contains(id)) spdlog::info("saga {} is not stuck any more", id);
  stuck_ = std::move(now);
}

}  // namespace atrium
