#pragma once

#include <sys/types.h>
#include <vector>

namespace atrium {

/// Lets every thread of this process but `served` step back by `niceness` (nice values, 0..19), so
/// that what serves connections is run first when processors are short. Shares among the others
/// stay as they are; threads made later by those others step back, too. May be called again; 0 does
/// nothing. The log says when the system refuses. Blocks for a few system calls for each thread.
void prefer_threads(const std::vector<pid_t>& served, int niceness);

}  // namespace atrium
