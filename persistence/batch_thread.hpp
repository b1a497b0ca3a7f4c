#pragma once

namespace atrium {

/// The calling thread keeps its share of the processor, but no longer interrupts a running thread
/// when it is woken (SCHED_BATCH, sched(7)): who woke it goes on, and more has gathered when its
/// turn comes. For threads that compute, not for those that start I/O. Needs no privilege; where
/// the system refuses, nothing changes.
void schedule_in_batches() noexcept;

}  // namespace atrium
