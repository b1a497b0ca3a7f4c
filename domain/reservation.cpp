#include "domain/reservation.hpp"

#include <array>

namespace atrium {

namespace {

// Both in the order of their enumerations.
constexpr std::array<std::string_view, 10> reservation_names{
    "held",    "awaiting_payment", "confirmed", "checked_in", "completed",
    "expired", "payment_failed",   "rejected",  "cancelled",  "no_show",
};
static_assert(reservation_names.size() ==
              static_cast<std::size_t>(reservation_status::no_show) + 1);

constexpr std::array<std::string_view, 10> payment_names{
    "pending",        "authorized",         "captured", "declined", "voided",
    "refund_pending", "partially_refunded", "refunded", "unknown",  "requires_action",
};
static_assert(payment_names.size() ==
              static_cast<std::size_t>(payment_status::requires_action) + 1);

template <class Enum, std::size_t N>
std::optional<Enum> find_name(const std::array<std::string_view, N>& names, std::string_view s) {
  for (std::size_t i = 0; i < N; ++i) {
    if (names[i] == s) return static_cast<Enum>(i);
  }
  return std::nullopt;
}

}  // namespace

std::string_view to_string(reservation_status s) {
  return reservation_names.at(static_cast<std::size_t>(s));
}

std::optional<reservation_status> parse_reservation_status(std::string_view s) {
  return find_name<reservation_status>(reservation_names, s);
}

bool occupies_slot(reservation_status s) {
  switch (s) {
    case reservation_status::held:
    case reservation_status::awaiting_payment:
    case reservation_status::confirmed:
    case reservation_status::checked_in:
      return true;
    default:
      return false;
  }
}

std::string_view to_string(payment_status s) {
  return payment_names.at(static_cast<std::size_t>(s));
}

std::optional<payment_status> parse_payment_status(std::string_view s) {
  return find_name<payment_status>(payment_names, s);
}

}  // namespace atrium
