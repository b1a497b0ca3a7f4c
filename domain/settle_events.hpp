#pragma once

#include <string>

#include "domain/ids.hpp"
#include "domain/money.hpp"

/// Input and result of the saga that makes the payment provider's ledger say what the journal says.
namespace atrium::ev {

struct settle_request {
  payment_id payment;
  reservation_id reservation;  ///< empty: the journal knows of none
  room_id room;
  std::string difference;  ///< "void-owed", "capture-owed", "refund-owed"; else an operator decides
  money amount;
  std::string reference;  ///< the provider's
  friend bool operator==(const settle_request&, const settle_request&) = default;
};
struct settle_result {
  payment_id payment;
  std::string difference;
  money amount;
  friend bool operator==(const settle_result&, const settle_result&) = default;
};

}  // namespace atrium::ev
