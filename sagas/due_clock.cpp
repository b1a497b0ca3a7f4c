#include "sagas/due_clock.hpp"

#include <chrono>

#include "sagas/due_command.hpp"

namespace atrium {

namespace {
using namespace std::chrono_literals;

constexpr auto tick_interval = 250ms;
/// Entries fired in one tick; what is left comes with the next.
constexpr std::size_t most_at_once = 500;

void fire_due(due_clock_state& st, const due_world& world) {
  const auto now = world.clock.now();
  std::map<due_entry, instant> still_due;
  // Those already fired stand first, so look past them.
  for (const auto& entry : world.index.due(now, most_at_once + st.fired.size())) {
    const auto seen = st.fired.find(entry);
    const bool again = seen != st.fired.end() && now - seen->second < pause_of(entry);
    if (!again) world.fire(entry);
    still_due.emplace(entry, again ? seen->second : now);
  }
  st.fired = std::move(still_due);
}
}  // namespace

due_clock_actor::behavior_type due_clock(due_clock_pointer self, due_world* world) {
  self->observe(world->registry, "due-clock", "");
  self->delayed_send(self, tick_interval, due_tick{});
  return {[self, world](due_tick) {
    fire_due(self->state, *world);
    self->delayed_send(self, tick_interval, due_tick{});
  }};
}

}  // namespace atrium
