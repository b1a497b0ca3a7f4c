#pragma once

#include <string>

#include "domain/ids.hpp"
#include "domain/money.hpp"

/// Refunds that operators give by hand: the events in the stream of the booking's room, and the
/// input and the result of their saga.
namespace atrium::ev {

/// An operator gives money back beyond what a cancellation pays, e.g. for a broken projector. Its
/// room decides, so that no two of them give back more than was paid.
struct refund_granted {
  saga_id id;  ///< of the saga that pays it; the refund's id
  reservation_id reservation;
  payment_id payment;
  money amount;
  money left;  ///< what of the payment could still be given back afterwards
  account_id by;
  std::string reason;
  friend bool operator==(const refund_granted&, const refund_granted&) = default;
};
/// A granted refund that was not paid will not be paid any more.
struct refund_withdrawn {
  saga_id id;
  reservation_id reservation;
  payment_id payment;
  money amount;
  money left;
  friend bool operator==(const refund_withdrawn&, const refund_withdrawn&) = default;
};

/// What the operator asked for; the input of the refund saga.
struct refund_request {
  reservation_id reservation;
  room_id room;
  payment_id payment;
  money amount;  ///< 0: all that is left
  money left;    ///< what the read model says could be given back
  std::string reason;
  friend bool operator==(const refund_request&, const refund_request&) = default;
};
struct refund_result {
  saga_id id;
  reservation_id reservation;
  payment_id payment;
  money amount;
  std::string reason;
  friend bool operator==(const refund_result&, const refund_result&) = default;
};

}  // namespace atrium::ev
