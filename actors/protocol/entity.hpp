#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "actors/protocol/command_port.hpp"
#include "domain/inbox.hpp"

/// Messages of event-sourced entities (rooms, accounts, reviews, inboxes, the audit). Plain data,
/// no CAF.
namespace atrium {

/// An event of another stream (a saga's) that goes into the same atomic batch as the entity's own.
struct attached_event {
  std::string stream;
  std::uint64_t seq = 0;
  event what;
};

/// What an entity answers once everything it decided is durable.
struct entity_reply {
  std::uint64_t position = 0;
  std::uint64_t version = 0;
  std::vector<event> events;          ///< the entity's own, not the attached ones
  std::optional<reservation> booked;  ///< the reservation the command was about, after it
  std::optional<room_book::hold> held;
  std::optional<ev::reservation_change_held> offer;  ///< the change the command was about
};

/// Called exactly once: on the journal's thread when something was written, else on the entity's.
/// Must not block.
using entity_done = std::function<void(result<entity_reply>)>;

/// One command for one entity. `before` and `after` are written around the entity's events, and
/// only when the command is accepted.
template <class Command>
struct entity_request {
  std::string id;  ///< e.g. the room id
  Command command;
  command_context ctx;
  std::string causation;
  std::vector<attached_event> before, after;
  entity_done done;
};

using room_request = entity_request<room_command>;
using account_request = entity_request<account_command>;
using review_request = entity_request<review_command>;
using inbox_request = entity_request<inbox_command>;
using audit_request = entity_request<audit_command>;

}  // namespace atrium
