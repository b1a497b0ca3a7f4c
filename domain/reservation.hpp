#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "domain/ids.hpp"
#include "domain/money.hpp"
#include "domain/room.hpp"
#include "domain/time.hpp"

namespace atrium {

/// Life of a reservation. `held` and `awaiting_payment` lock the slot for a running saga;
/// `confirmed` is only ever journalled together with the captured payment.
enum class reservation_status : std::uint8_t {
  held,
  awaiting_payment,
  confirmed,
  checked_in,
  completed,
  // Ends without a stay:
  expired,
  payment_failed,
  rejected,
  cancelled,
  no_show,
};
std::string_view to_string(reservation_status s);
std::optional<reservation_status> parse_reservation_status(std::string_view s);
/// True for the states that keep the slot (held, awaiting_payment, confirmed, checked_in).
bool occupies_slot(reservation_status s);

/// State of the money of one payment; lives on the payment, not on the reservation.
enum class payment_status : std::uint8_t {
  pending,  ///< nothing is known to have happened yet
  authorized,
  captured,
  declined,
  voided,
  refund_pending,
  partially_refunded,
  refunded,
  unknown,          ///< the provider's answer is being found out
  requires_action,  ///< the customer has to act first
};
std::string_view to_string(payment_status s);
std::optional<payment_status> parse_payment_status(std::string_view s);

/// What the customer pays with. The token is the provider's reference, never a card number.
struct payment_method {
  std::string method = "card";
  std::string token;
  friend bool operator==(const payment_method&, const payment_method&) = default;
};

/// What a change of a booking charged on a payment of its own, less what was given back since.
struct charge {
  payment_id payment;
  money kept;
  friend bool operator==(const charge&, const charge&) = default;
};

/// What a customer has to do before the provider takes the money (3-D Secure).
struct customer_action {
  /// "redirect": open `url`. "stripe_sdk": hand `client_secret` to Stripe's library. "sandbox":
  /// post to `url`, a path of this server.
  std::string type;
  std::string url;            ///< may be empty
  std::string client_secret;  ///< may be empty; whoever has it may act: never journalled or logged
  instant expires_at{};       ///< after it the booking is given up
  friend bool operator==(const customer_action&, const customer_action&) = default;
};

/// A reservation as its room knows it; the customer-facing view adds the payment.
struct reservation {
  reservation_id id;
  room_id room;
  account_id customer;
  interval when;
  std::string time_zone;
  int party_size = 1;
  std::string title;
  money price;
  cancellation_policy policy;  ///< frozen at booking time
  reservation_status status = reservation_status::held;
  payment_id payment;
  instant created_at{};
  /// Oldest first; what they do not make up of the price lies on `payment`.
  std::vector<charge> charges{};
  int tax_rate_bp = 0;  ///< of the room when the price was set; the price includes it
  friend bool operator==(const reservation&, const reservation&) = default;
};

}  // namespace atrium
