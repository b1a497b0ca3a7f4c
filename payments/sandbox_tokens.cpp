#include "payments/sandbox_tokens.hpp"

#include <array>
#include <utility>

#include "payments/test_cards.hpp"

namespace atrium {
namespace {

using how = sandbox_behaviour;

constexpr std::array<std::pair<std::string_view, std::string_view>, 9> declining = {{
    {"", "card_declined"},
    {"InsufficientFunds", "insufficient_funds"},
    {"ExpiredCard", "expired_card"},
    {"IncorrectCvc", "incorrect_cvc"},
    {"LostCard", "lost_card"},
    {"StolenCard", "stolen_card"},
    {"ProcessingError", "processing_error"},
    {"Fraudulent", "fraudulent"},
    {"VelocityLimitExceeded", "card_velocity_exceeded"},
}};

constexpr std::array<std::pair<std::string_view, how>, 11> own = {{
    {"pm_atrium_timeoutBeforeEffect", how::timeout_before_effect},
    {"pm_atrium_timeoutAfterEffect", how::timeout_after_effect},
    {"pm_atrium_lateSuccess", how::late_success},
    {"pm_atrium_transient", how::transient},
    {"pm_atrium_captureTimeoutBeforeEffect", how::capture_timeout_before_effect},
    {"pm_atrium_captureTimeoutAfterEffect", how::capture_timeout_after_effect},
    {"pm_atrium_captureDeclined", how::capture_declined},
    {"pm_atrium_refundTransient", how::refund_transient},
    {"pm_atrium_refundTimeoutAfterEffect", how::refund_timeout_after_effect},
    {"pm_atrium_down", how::down},
    {"pm_atrium_refundRefused", how::refund_refused},
}};

}  // namespace

token_meaning meaning_of(std::string_view token) {
  if (is_approving_card(token)) return {how::approve, {}};
  if (is_authenticating_card(token)) return {how::authenticate, {}};
  std::string_view reason;
  if (declining_card(token, reason)) {
    for (const auto& [name, code] : declining)
      if (reason == name) return {how::decline, std::string(code)};
    return {how::decline, "no_such_payment_method"};
  }
  // The short form means the nastier of the two.
  if (token == "pm_atrium_captureTimeout") return {how::capture_timeout_after_effect, {}};
  for (const auto& [name, behaviour] : own)
    if (token == name) return {behaviour, {}};
  return {how::decline, "no_such_payment_method"};
}

const std::vector<token_help>& sandbox_tokens() {
  static const std::vector<token_help> all = {
      {"pm_card_visa", "approves"},
      {"pm_card_mastercard", "approves"},
      {"pm_card_threeDSecure2Required", "approves once the customer has acted"},
      {"pm_card_chargeDeclined", "declines: card_declined"},
      {"pm_card_chargeDeclinedInsufficientFunds", "declines: insufficient_funds"},
      {"pm_card_chargeDeclinedExpiredCard", "declines: expired_card"},
      {"pm_card_chargeDeclinedIncorrectCvc", "declines: incorrect_cvc"},
      {"pm_card_visa_chargeDeclinedLostCard", "declines: lost_card"},
      {"pm_card_visa_chargeDeclinedStolenCard", "declines: stolen_card"},
      {"pm_card_chargeDeclinedProcessingError", "declines: processing_error"},
      {"pm_atrium_timeoutBeforeEffect", "the first authorisation is lost, its answer unknown"},
      {"pm_atrium_timeoutAfterEffect", "authorised, but the answer is lost"},
      {"pm_atrium_lateSuccess", "authorised and answered only after a while"},
      {"pm_atrium_transient", "two authorisations fail, the third succeeds"},
      {"pm_atrium_captureTimeoutBeforeEffect", "the first capture is lost, its answer unknown"},
      {"pm_atrium_captureTimeoutAfterEffect", "captured, but the answer is lost"},
      {"pm_atrium_captureDeclined", "authorised, but the capture is refused"},
      {"pm_atrium_refundTransient", "two refunds fail, the third succeeds"},
      {"pm_atrium_refundTimeoutAfterEffect", "refunded, but the answer is lost"},
      {"pm_atrium_refundRefused", "the first refund is refused for good, another one succeeds"},
      {"pm_atrium_down", "the provider never answers an authorisation properly"},
  };
  return all;
}

}  // namespace atrium
