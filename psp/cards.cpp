#include "psp/cards.hpp"

#include <algorithm>
#include <array>

namespace atrium::psp {
namespace {

using kind = card_behaviour::kind;

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

struct decline {
  std::string_view name, code, decline_code;
};
constexpr std::array<decline, 9> declining = {{
    {"", "card_declined", "generic_decline"},
    {"InsufficientFunds", "card_declined", "insufficient_funds"},
    {"LostCard", "card_declined", "lost_card"},
    {"StolenCard", "card_declined", "stolen_card"},
    {"Fraudulent", "card_declined", "fraudulent"},
    {"VelocityLimitExceeded", "card_declined", "card_velocity_exceeded"},
    {"ExpiredCard", "expired_card", ""},
    {"IncorrectCvc", "incorrect_cvc", ""},
    {"ProcessingError", "processing_error", ""},
}};

}  // namespace

std::optional<card_behaviour> card_of(std::string_view name) {
  if (name == "pm_atrium_captureDeclined")
    return card_behaviour{kind::decline_capture, "card_declined", "capture_declined"};
  constexpr std::string_view prefix = "pm_card_", refusing = "chargeDeclined";
  if (!name.starts_with(prefix)) return std::nullopt;
  name.remove_prefix(prefix.size());
  if (std::find(approving.begin(), approving.end(), name) != approving.end())
    return card_behaviour{kind::approve, "", ""};
  if (name == "authenticationRequired" || name == "threeDSecure2Required")
    return card_behaviour{kind::authenticate, "authentication_required", "authentication_required"};
  if (name == "chargeCustomerFail") name = refusing;
  if (name.starts_with("visa_")) name.remove_prefix(5);
  if (!name.starts_with(refusing)) return std::nullopt;
  name.remove_prefix(refusing.size());
  for (const auto& d : declining)
    if (d.name == name)
      return card_behaviour{kind::decline, std::string(d.code), std::string(d.decline_code)};
  return std::nullopt;
}

}  // namespace atrium::psp
