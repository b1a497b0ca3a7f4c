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
#include "actors/recovery.hpp"

/// Typed interfaces of Atrium's actors. All messages stay inside one process (they carry
/// completions), so none is serialisable; between nodes only versioned envelopes travel.
namespace atrium {

/// Sent to an entity by itself once its stream was read.
struct entity_loaded {
  recovered_stream from;
};
/// Sent by a region to an entity that was idle: tell your home and stop.
struct passivate {};

template <class Request>
using entity_actor = caf::typed_actor<
    // Decides, journals and answers one command (through request.done).
    typename caf::reacts_to<Request>, typename caf::reacts_to<entity_loaded>,
    typename caf::reacts_to<passivate>>;

/// The regions' clock: look for idle entities.
struct idle_tick {};
using idle_clock_actor = caf::typed_actor<caf::reacts_to<idle_tick>>;

/// Something waits in the host's inlet.
struct host_wake {};
/// A saga host's own clock: serve what is due.
struct host_tick {};
using saga_host_actor = caf::typed_actor<caf::reacts_to<host_wake>, caf::reacts_to<host_tick>>;

/// The due clock's own tick.
struct due_tick {};
using due_clock_actor = caf::typed_actor<caf::reacts_to<due_tick>>;

}  // namespace atrium

CAF_BEGIN_TYPE_ID_BLOCK(atrium, caf::first_custom_type_id)
CAF_ADD_TYPE_ID(atrium, (atrium::room_request))
CAF_ADD_TYPE_ID(atrium, (atrium::account_request))
CAF_ADD_TYPE_ID(atrium, (atrium::review_request))
CAF_ADD_TYPE_ID(atrium, (atrium::inbox_request))
CAF_ADD_TYPE_ID(atrium, (atrium::audit_request))
CAF_ADD_TYPE_ID(atrium, (atrium::entity_loaded))
CAF_ADD_TYPE_ID(atrium, (atrium::passivate))
CAF_ADD_TYPE_ID(atrium, (atrium::idle_tick))
CAF_ADD_TYPE_ID(atrium, (atrium::host_wake))
CAF_ADD_TYPE_ID(atrium, (atrium::host_tick))
CAF_ADD_TYPE_ID(atrium, (atrium::due_tick))
CAF_END_TYPE_ID_BLOCK(atrium)

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(atrium::room_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(atrium::account_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(atrium::review_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(atrium::inbox_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(atrium::audit_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(atrium::entity_loaded)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(atrium::passivate)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(atrium::idle_tick)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(atrium::host_wake)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(atrium::host_tick)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(atrium::due_tick)
