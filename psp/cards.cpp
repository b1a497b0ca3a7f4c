#include "psp/cards.hpp"

#include <array>

#include "payments/test_cards.hpp"

namespace atrium::psp {
namespace {

using kind = card_behaviour::kind;

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
  if (is_approving_card(name)) return card_behaviour{kind::approve, "", ""};
  if (is_authenticating_card(name))
    return card_behaviour{kind::authenticate, "authentication_required", "authentication_required"};
  std::string_view reason;
  if (!declining_card(name, reason)) return std::nullopt;
  for (const auto& d : declining)
    if (d.name == reason)
      return card_behaviour{kind::decline, std::string(d.code), std::string(d.decline_code)};
  return std::nullopt;
}

}  // namespace atrium::psp
