#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace atrium {

/// How the sandbox treats a payment, chosen by its token. The values are in ledger files: never
/// renumber them.
enum class sandbox_behaviour : std::uint8_t {
  approve = 0,
  decline = 1,
  timeout_before_effect = 2,          ///< the first authorisation is lost, its answer is unknown
  timeout_after_effect = 3,           ///< authorised, but the answer is lost
  late_success = 4,                   ///< authorised after a while, answered then
  transient = 5,                      ///< two authorisations fail retryably, the third succeeds
  capture_timeout_before_effect = 6,  ///< the first capture is lost
  capture_timeout_after_effect = 7,   ///< captured, but the answer is lost
  capture_declined = 8,
  refund_transient = 9,              ///< two refunds fail retryably, the third succeeds
  refund_timeout_after_effect = 10,  ///< refunded, but the answer is lost
  down = 11,                         ///< every authorisation fails retryably
  authenticate = 12,                 ///< authorised once the customer has acted
  refund_refused = 13,               ///< the first refund is refused, and again under its key
};

struct token_meaning {
  sandbox_behaviour how = sandbox_behaviour::decline;
  std::string code;  ///< the decline code when `how` is decline
};

/// What a token stands for: Stripe's test names (docs.stripe.com/testing) and Atrium's own
/// `pm_atrium_...`. Anything else declines with "no_such_payment_method".
token_meaning meaning_of(std::string_view token);

/// Every token with a line of explanation, for people who ask.
struct token_help {
  std::string_view token;
  std::string_view what;
};
const std::vector<token_help>& sandbox_tokens();

}  // namespace atrium
