#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "sagas/definition.hpp"

/// What each step of each saga makes of each answer: the engine's behaviour as a table. The engine
/// is held against it step by step (tests/sagas/behaviour_test.cpp), and docs/sagas.md is printed
/// from it.
namespace atrium {

/// What a step may hear.
enum class saga_news : std::uint8_t {
  ok,
  rejected,   ///< a final no
  retryable,  ///< nothing was done, and it may help to ask again
  unknown,    ///< it may or may not have been done: a time-out, a cut connection
  late,       ///< an answer to an earlier try
  duplicate,  ///< the same answer once more
};
inline constexpr std::array all_news{saga_news::ok,      saga_news::rejected, saga_news::retryable,
                                     saga_news::unknown, saga_news::late,     saga_news::duplicate};
std::string_view to_string(saga_news n);

/// Where it leads.
enum class saga_reaction : std::uint8_t {
  goes_on,
  ends,                      ///< successfully, with its answer
  refuses,                   ///< nothing was done: the refusal is journalled, then answered
  compensates,               ///< undoes what was done, newest first, then refuses
  retries_then_compensates,  ///< as often as the step allows
  retries_then_parks,        ///< past the pivot: stubbornly, then a person has to look
  parks,
  asks_ledger,    ///< the provider's ledger says what happened; until then nothing else is done
  reads_journal,  ///< what is durable counts; the saga goes on from there
  sends_again,    ///< the due clock, until the entry is gone
  passes_over,
};
std::string_view in_words(saga_reaction r);

saga_reaction reaction_to(const saga_definition& def, std::size_t step, saga_news news);

/// The text of docs/sagas.md.
std::string sagas_page();

}  // namespace atrium
