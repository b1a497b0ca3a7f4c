#pragma once

namespace atrium {

/// How many processors this process may use: those of its affinity mask (taskset, cpusets of
/// containers), which may be fewer than the machine has. At least 1.
int usable_processors() noexcept;

}  // namespace atrium
