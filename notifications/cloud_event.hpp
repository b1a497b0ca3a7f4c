#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "domain/ids.hpp"
#include "persistence/codec.hpp"
#include "persistence/views.hpp"

namespace atrium {

/// A journal event as the public may see it.
struct public_event {
  /// Who may see it: room.*, blackout.* and review.* everyone signed in; reservation.*, payment.*
  /// and hold.* their owner and operators.
  enum class audience : std::uint8_t { everyone, owner } who = audience::owner;
  std::uint64_t position = 0;  ///< the SSE id to resume from
  std::string type;            ///< "reservation.confirmed"
  std::string json;            ///< the whole CloudEvent
  /// Empty when the event does not carry it: the caller then looks it up in the views, by
  /// `reservation` (views::reservation) or `hold` (views::hold). So a stream follows the position
  /// of the views, not of the journal.
  account_id owner;
  reservation_id reservation;
  hold_id hold;
  room_id room;  ///< empty for payments: the reservation knows it
};

/// {"specversion","id","source","type","time","subject","datacontenttype","data"}
/// (CloudEvents 1.0). The id is the journal position in decimal: unique with the source, the same
/// after a restart, so that a consumer can tell duplicates. `data` has the field names of the HTTP
/// API, not of the journal. Nothing for events that stay inside: sagas, accounts, keys, inboxes,
/// the audit. Pure; thread-safe.
std::optional<public_event> to_cloud_event(const stored_event& e);

/// The same with its owner looked up. `read` must have reached the event's position: it knows whose
/// reservation it is.
std::optional<public_event> make_public(const stored_event& e, const views& read);

/// The types that to_cloud_event() makes: "hold.placed", ... in order.
const std::vector<std::string>& public_event_types();

}  // namespace atrium
