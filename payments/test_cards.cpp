#include "payments/test_cards.hpp"

#include <algorithm>
#include <array>

namespace atrium {
namespace {

constexpr std::string_view prefix = "pm_card_";

constexpr std::array<std::string_view, 14> approving = {
    "visa",
    "visa_debit",
    "mastercard",
    "mastercard_debit",
    "mastercard_prepaid",
    "amex",
    "discover",
    "diners",
    "jcb",
    "unionpay",
    "kr",
    "de",
    "us",
    "gb",
};
constexpr std::array<std::string_view, 3> authenticating = {
    "authenticationRequired",
    "threeDSecureRequired",
    "threeDSecure2Required",
};

template <std::size_t N>
bool is_in(const std::array<std::string_view, N>& names, std::string_view payment_method) {
  if (!payment_method.starts_with(prefix)) return false;
  payment_method.remove_prefix(prefix.size());
  return std::find(names.begin(), names.end(), payment_method) != names.end();
}

}  // namespace

bool is_approving_card(std::string_view payment_method) {
  return is_in(approving, payment_method);
}

bool is_authenticating_card(std::string_view payment_method) {
  return is_in(authenticating, payment_method);
}

bool declining_card(std::string_view payment_method, std::string_view& reason) {
  constexpr std::string_view declined = "chargeDeclined", brand = "visa_";
  if (!payment_method.starts_with(prefix)) return false;
  payment_method.remove_prefix(prefix.size());
  reason = {};
  if (payment_method == "chargeCustomerFail") return true;
  // Stripe spells some with the brand: pm_card_visa_chargeDeclinedLostCard.
  if (payment_method.starts_with(brand)) payment_method.remove_prefix(brand.size());
  if (!payment_method.starts_with(declined)) return false;
  reason = payment_method.substr(declined.size());
  return true;
}

}  // namespace atrium
