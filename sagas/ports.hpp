#pragma once

#include <cstdint>
#include <variant>
#include <vector>

#include "actors/protocol/saga.hpp"

namespace atrium {

/// A call to the payment provider.
struct payment_call {
  enum class kind : std::uint8_t { authorize, capture, void_payment, refund } is = kind::authorize;
  authorize_request authorize;  ///< for authorize
  payment_operation operation;  ///< for the others
};

/// Everything a saga can do to the world. Each effect is answered by exactly one message to
/// saga_runner::on(...) that repeats the saga's id and turn; answers may come late, twice (after a
/// crash) or never, which the saga's timers cover.
class saga_ports {
 public:
  virtual ~saga_ports() = default;
  virtual instant now() const = 0;
  /// Answered by saga_room_reply; the implementation fills request.done.
  virtual void to_room(const saga_id& id, std::uint64_t turn, room_request&& request) = 0;
  /// Appends to the shard of the saga's room; answered by saga_append_reply. Appends and room
  /// requests of one saga take effect in the order of the calls.
  virtual void append(const saga_id& id, std::uint64_t turn, const room_id& room,
                      journal::batch records) = 0;
  /// Answered by saga_payment_reply, saga_lookup_reply.
  virtual void pay(const saga_id& id, std::uint64_t turn, payment_call call) = 0;
  /// `reference`: the provider's, "" when it is not known.
  virtual void look_up(const saga_id& id, std::uint64_t turn, const payment_id& payment,
                       const std::string& reference) = 0;
  /// How long the provider would refuse a call without being asked; zero when it would not.
  virtual milliseconds payments_refused_for() const = 0;
  /// Whether a call to the provider may be repeated now; false: wait and ask again.
  virtual bool may_repeat_payment_call() { return true; }
  /// Reads the saga's stream as it is durable; answered by saga_resumption.
  virtual void reload(const saga_id& id, const room_id& room) = 0;
  /// What the read model says was given back of the payment so far, minor units.
  virtual std::int64_t refunded_of(const payment_id& payment) const = 0;
  /// Other rooms that are free for the slot, for the refusal of a taken one.
  virtual std::vector<alternative> other_rooms(const room_id& not_this, const interval& when,
                                               int party, std::size_t most) = 0;
};

}  // namespace atrium
