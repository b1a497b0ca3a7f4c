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
  must_act,   ///< the provider: the customer has to act first (3-D Secure)
  retryable,  ///< nothing was done, and it may help to ask again
  unknown,    ///< it may or may not have been done: a time-out, a cut connection
  late,       ///< an answer to an earlier try
  duplicate,  ///< the same answer once more
};
inline constexpr std::array all_news{saga_news::ok,        saga_news::rejected, saga_news::must_act,
                                     saga_news::retryable, saga_news::unknown,  saga_news::late,
                                     saga_news::duplicate};
std::string_view to_string(saga_news n);

/// What a saga may hear that awaits its customer.
enum class waiting_news : std::uint8_t {
  confirmed,
  failed,            ///< the customer tried and could not
  nothing_new,       ///< a notice or look-up that finds the customer still has to act
  unreachable,       ///< the provider does not answer
  room_was_retired,  ///< and the booking ended with it
  out_of_time,
};
inline constexpr std::array all_waiting_news{
    waiting_news::confirmed,   waiting_news::failed,           waiting_news::nothing_new,
    waiting_news::unreachable, waiting_news::room_was_retired, waiting_news::out_of_time};
std::string_view to_string(waiting_news n);

/// Where it leads.
enum class saga_reaction : std::uint8_t {
  goes_on,
  ends,                      ///< successfully, with its answer
  refuses,                   ///< nothing was done: the refusal is journalled, then answered
  compensates,               ///< undoes what was done, newest first, then refuses
  retries_then_compensates,  ///< as often as the step allows
  retries_then_parks,        ///< past the pivot: stubbornly, then a person has to look
  parks,
  awaits_customer,  ///< its slot locked, until the customer has acted or the time is over
  goes_on_waiting,
  asks_ledger,    ///< the provider's ledger says what happened; until then nothing else is done
  reads_journal,  ///< what is durable counts; the saga goes on from there
  sends_again,    ///< the due clock, until the entry is gone
  passes_over,
  cannot_be,  ///< nobody who is asked answers so
};
std::string_view in_words(saga_reaction r);

saga_reaction reaction_to(const saga_definition& def, std::size_t step, saga_news news);
/// Of a step that awaits the customer, while it does.
saga_reaction reaction_while_waiting(waiting_news news);

/// The text of docs/sagas.md.
std::string sagas_page();

}  // namespace atrium
