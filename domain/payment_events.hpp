#pragma once

#include <string>
#include <string_view>

#include "domain/ids.hpp"
#include "domain/money.hpp"
#include "domain/time.hpp"

/// What is journalled of a payment, in the stream of the saga that takes or gives back the money.
/// See docs/events.md.
namespace atrium::ev {

struct payment_authorized {
  payment_id id;
  reservation_id reservation;
  account_id customer;
  money amount;
  std::string method;
  std::string provider;
  std::string reference;
  friend bool operator==(const payment_authorized&, const payment_authorized&) = default;
};
/// The provider wants the customer to act first (3-D Secure). Always in one batch with
/// reservation_awaiting_payment.
struct payment_action_required {
  payment_id id;
  reservation_id reservation;
  account_id customer;
  money amount;
  std::string method;
  std::string provider;
  std::string reference;
  /// Where the customer acts; empty when that takes a secret, which is no event's.
  std::string url;
  instant expires_at{};
  friend bool operator==(const payment_action_required&, const payment_action_required&) = default;
};
/// The code of payment_declined when the customer did not act in time.
inline constexpr std::string_view authentication_expired = "authentication_expired";
/// The same, when the customer would have to act for a payment that cannot wait for them.
inline constexpr std::string_view authentication_required = "authentication_required";
struct payment_declined {
  payment_id id;
  reservation_id reservation;
  account_id customer;
  money amount;
  std::string method;
  std::string provider;
  std::string code;
  friend bool operator==(const payment_declined&, const payment_declined&) = default;
};
/// The money moved. Who paid and how are told by payment_authorized when that became durable on its
/// own, else here.
struct payment_captured {
  payment_id id;
  reservation_id reservation;
  money amount;
  account_id customer;
  std::string method;
  std::string provider;
  std::string reference;
  friend bool operator==(const payment_captured&, const payment_captured&) = default;
};
struct payment_voided {
  payment_id id;
  reservation_id reservation;
  friend bool operator==(const payment_voided&, const payment_voided&) = default;
};
/// The provider did not say what happened; `operation` is authorize, capture, void or refund.
struct payment_unknown {
  payment_id id;
  reservation_id reservation;
  std::string operation;
  friend bool operator==(const payment_unknown&, const payment_unknown&) = default;
};
struct refund_requested {
  payment_id id;
  reservation_id reservation;
  money amount;
  friend bool operator==(const refund_requested&, const refund_requested&) = default;
};
struct payment_refunded {
  payment_id id;
  reservation_id reservation;
  money amount;
  friend bool operator==(const payment_refunded&, const payment_refunded&) = default;
};

}  // namespace atrium::ev
