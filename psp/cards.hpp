#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace atrium::psp {

/// What a test payment method does (docs.stripe.com/testing), plus pm_atrium_captureDeclined, whose
/// authorisation succeeds and whose capture is declined.
struct card_behaviour {
  enum class kind : std::uint8_t { approve, decline, authenticate, decline_capture } is;
  std::string code;          ///< of the error when it declines
  std::string decline_code;  ///< may be empty
};
/// Nothing for a payment method that does not exist.
std::optional<card_behaviour> card_of(std::string_view payment_method);

}  // namespace atrium::psp
