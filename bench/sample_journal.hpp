#pragma once

#include <cstdint>

#include "persistence/journal.hpp"

namespace atrium::bench {

/// Fills a journal with `rooms` rooms and `bookings` confirmed bookings, as serving would have: six
/// events a booking. Returns the number of events. Blocks until all are durable.
std::uint64_t fill_journal(journal& log, std::size_t rooms, std::size_t bookings);

}  // namespace atrium::bench
