#pragma once

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/fwd.hpp>
#include <caf/type_id.hpp>
#include <caf/typed_actor.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "actors/protocol/entity.hpp"
#include "actors/protocol/saga.hpp"
#include "actors/recovery.hpp"

/// Typed interfaces of Atrium's actors. All messages stay inside one process (they carry
/// completions), so none is serialisable; between nodes only versioned envelopes travel.
namespace atrium {

/// Sent to an entity by itself once its stream was read.
struct entity_loaded {
  recovered_stream from;
};
/// Sent by a region to an entity that was idle: answer with entity_gone and stop.
struct passivate {};
/// Sent by an entity to its region just before it stops.
struct entity_gone {
  std::string id;
};
/// A region's own clock: look for idle entities.
struct region_tick {};

template <class Request>
using entity_actor = caf::typed_actor<
    // Decides, journals and answers one command (through request.done).
    typename caf::reacts_to<Request>, typename caf::reacts_to<entity_loaded>,
    typename caf::reacts_to<passivate>>;

template <class Request>
using region_actor = caf::typed_actor<
    // Forwards to the entity, which is spawned when it is not there; refuses with overloaded when
    // too many messages wait for entities that are still being loaded.
    typename caf::reacts_to<Request>, typename caf::reacts_to<entity_gone>,
    typename caf::reacts_to<region_tick>>;

/// A saga host's own clock: serve what is due.
struct host_tick {};
using saga_host_actor = caf::typed_actor<
    // Starts a saga, attaches to the running one, or answers from the stored result.
    caf::reacts_to<saga_submission>,
    // Continues a saga found open in the journal at start-up.
    caf::reacts_to<saga_resumption>,
    // Answers of rooms, the journal and the payment provider.
    caf::reacts_to<saga_room_reply>, caf::reacts_to<saga_append_reply>,
    caf::reacts_to<saga_payment_reply>, caf::reacts_to<saga_lookup_reply>,
    caf::reacts_to<host_tick>>;

/// The due clock's own tick.
struct due_tick {};
using due_clock_actor = caf::typed_actor<caf::reacts_to<due_tick>>;

}  // namespace atrium

CAF_BEGIN_TYPE_ID_BLOCK(atrium, caf::first_custom_type_id)
CAF_ADD_TYPE_ID(atrium, (atrium::room_request))
CAF_ADD_TYPE_ID(atrium, (atrium::account_request))
CAF_ADD_TYPE_ID(atrium, (atrium::review_request))
CAF_ADD_TYPE_ID(atrium, (atrium::inbox_request))
CAF_ADD_TYPE_ID(atrium, (atrium::entity_loaded))
CAF_ADD_TYPE_ID(atrium, (atrium::passivate))
CAF_ADD_TYPE_ID(atrium, (atrium::entity_gone))
CAF_ADD_TYPE_ID(atrium, (atrium::region_tick))
CAF_ADD_TYPE_ID(atrium, (atrium::saga_submission))
CAF_ADD_TYPE_ID(atrium, (atrium::saga_resumption))
CAF_ADD_TYPE_ID(atrium, (atrium::saga_room_reply))
CAF_ADD_TYPE_ID(atrium, (atrium::saga_append_reply))
CAF_ADD_TYPE_ID(atrium, (atrium::saga_payment_reply))
CAF_ADD_TYPE_ID(atrium, (atrium::saga_lookup_reply))
CAF_ADD_TYPE_ID(atrium, (atrium::host_tick))
CAF_ADD_TYPE_ID(atrium, (atrium::due_tick))
CAF_END_TYPE_ID_BLOCK(atrium)

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(atrium::room_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(atrium::account_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(atrium::review_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(atrium::inbox_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(atrium::entity_loaded)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(atrium::passivate)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(atrium::entity_gone)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(atrium::region_tick)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(atrium::saga_submission)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(atrium::saga_resumption)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(atrium::saga_room_reply)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(atrium::saga_append_reply)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(atrium::saga_payment_reply)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(atrium::saga_lookup_reply)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(atrium::host_tick)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(atrium::due_tick)
