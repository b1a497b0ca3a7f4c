#include "persistence/batch_thread.hpp"

#include <sched.h>

namespace atrium {

void schedule_in_batches() noexcept {
  const sched_param no_priority{};
  // 0 is the calling thread. A system without the policy schedules as before.
  static_cast<void>(::sched_setscheduler(0, SCHED_BATCH, &no_priority));
}

}  // namespace atrium
