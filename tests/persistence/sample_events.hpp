#pragma once

#include <string>
#include <vector>

#include "domain/events.hpp"
#include "persistence/codec.hpp"

namespace atrium::tests {

/// Every event type at least twice: once with every optional field set, once with none.
std::vector<event> sample_events();

/// The samples as a small believable journal: streams, seqs, times and origins of each.
std::vector<new_event> sample_journal();

/// A short event for tests that need any.
new_event any_event(std::string stream, std::uint64_t seq, std::string note = "note");

}  // namespace atrium::tests
