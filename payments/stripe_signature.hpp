#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "domain/time.hpp"

namespace atrium::stripe {

/// What a Stripe-Signature header is worth.
enum class signature_verdict : std::uint8_t {
  good,
  missing,  ///< no header, or not of the form t=...,v1=...
  wrong,    ///< no v1 signature was made with one of our secrets over this body
  stale,  ///< made with our secret, but too long ago or too far ahead: a replay, or a clock is off
};

/// Checks "t=<unix seconds>,v1=<hex>,..." (docs.stripe.com/webhooks/signature): HMAC-SHA256 over
/// "<t>.<body>". While a secret is rolled the header holds several v1 signatures, and `secrets` may
/// hold several, too: one match is enough. Every comparison takes constant time. At most 8
/// signatures are looked at; a longer header is as good as none.
signature_verdict check_signature(std::string_view header, std::string_view body,
                                  const std::vector<std::string>& secrets, instant now,
                                  milliseconds tolerance);

}  // namespace atrium::stripe
