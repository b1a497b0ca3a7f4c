#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace atrium::psp {

/// Decoded fields of a form body or a query, in order.
using fields = std::vector<std::pair<std::string, std::string>>;
std::optional<std::string> find(const fields& all, std::string_view name);

enum class intent_status : std::uint8_t {
  requires_payment_method,  ///< declined, or never confirmed
  requires_action,          ///< the customer has to prove who they are (3-D Secure)
  requires_capture,
  succeeded,
  canceled,
};
std::string_view to_string(intent_status s);

/// A PaymentIntent and its one charge. Amounts are in the currency's minor unit.
struct intent {
  std::string id;
  intent_status status = intent_status::requires_payment_method;
  std::int64_t amount = 0;
  std::int64_t captured = 0;
  std::int64_t refunded = 0;
  std::string currency;  ///< lower case
  std::string payment_method;
  std::string description;
  fields metadata;
  std::int64_t created_s = 0;  ///< seconds since 1970
  std::int64_t canceled_s = 0;
  std::string charge;        ///< id; "" while nothing was tried
  std::string error_code;    ///< of the last decline; "" for none
  std::string decline_code;  ///< may be empty although error_code is not
  std::string action_url;  ///< of our page where the customer acts; "" when there is no return_url
  std::string return_url;  ///< where that page sends them back to
};

struct refund {
  std::string id;
  std::string intent;
  std::string charge;
  std::string currency;
  std::int64_t amount = 0;
  std::int64_t created_s = 0;
  fields metadata;
};

/// What a call was answered: kept under its Idempotency-Key.
struct stored_answer {
  int status = 200;
  std::string body;  ///< one JSON object
};

/// Everything one call changed, written as one line so that no crash separates effect and answer.
struct change {
  std::optional<psp::intent> intent;
  std::optional<psp::refund> refund;
  std::string key;  ///< Idempotency-Key; "" for none
  std::uint64_t fingerprint = 0;
  stored_answer answer;
};
/// One line of JSON, without the line's end.
std::string to_line(const change& c);
/// Nothing when the text is not what to_line() makes.
std::optional<change> parse_line(std::string_view line);

}  // namespace atrium::psp
