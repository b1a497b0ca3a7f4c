#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "actors/protocol/command_port.hpp"
#include "actors/protocol/entity.hpp"
#include "payments/provider.hpp"
#include "persistence/codec.hpp"
#include "persistence/journal.hpp"

/// Messages of saga hosts. Plain data, no CAF.
namespace atrium {

/// Called at most once, on the host's thread; must not block.
using saga_done = std::function<void(result<saga_answer>)>;

struct saga_submission {
  start_saga request;
  command_context ctx;
  saga_done done;
};

struct saga_instructed {
  saga_instruction what;
  command_context ctx;
  std::function<void(result<saga_info>)> done;
};

/// An open saga's stream, read from the journal.
struct saga_resumption {
  saga_id id;
  std::vector<stored_event> events;
};

/// Every effect of a saga carries its `turn`; an answer to an earlier turn is late and ignored.
struct saga_room_reply {
  saga_id id;
  std::uint64_t turn = 0;
  result<entity_reply> outcome;
  std::chrono::steady_clock::time_point asked{};  ///< when the room was asked
};
struct saga_append_reply {
  saga_id id;
  std::uint64_t turn = 0;
  append_result outcome;
};
struct saga_payment_reply {
  saga_id id;
  std::uint64_t turn = 0;
  payment_answer answer;
};
/// Goes to every host; the one with a saga that waits for the payment acts on it.
struct saga_notice {
  payment_notice what;
};
struct saga_lookup_reply {
  saga_id id;
  std::uint64_t turn = 0;
  payment_lookup found;
};

}  // namespace atrium
