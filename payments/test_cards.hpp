#pragma once

#include <string_view>

/// Stripe's test cards (docs.stripe.com/testing) that the sandbox and `atrium-psp` treat alike.
/// What a declining one declines with is each one's own: the sandbox tells Atrium's codes, the
/// simulator Stripe's two-part ones.
namespace atrium {

/// "pm_card_visa" and the like: whatever is asked is approved.
bool is_approving_card(std::string_view payment_method);
/// "pm_card_threeDSecure2Required" and the like: approved once the customer has acted.
bool is_authenticating_card(std::string_view payment_method);

/// What stands behind "pm_card_chargeDeclined" (also "pm_card_visa_chargeDeclined...",
/// "pm_card_chargeCustomerFail"): "" or "InsufficientFunds" and the like. False for other names.
bool declining_card(std::string_view payment_method, std::string_view& reason);

}  // namespace atrium
