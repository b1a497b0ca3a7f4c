#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "outbound/client.hpp"
#include "payments/provider.hpp"
#include "payments/provider_ledger.hpp"

/// Stripe's forms and JSON, as pure functions: what to send and what an answer means.
namespace atrium::stripe {

/// The version whose shapes are read here; sent with every request.
inline constexpr std::string_view api_version = "2024-06-20";
/// The metadata field that holds our payment's id.
inline constexpr std::string_view payment_field = "atrium_payment";

using fields = std::vector<std::pair<std::string, std::string>>;
std::string percent_encoded(std::string_view text);
std::string form_encoded(const fields& all);

/// Of POST /v1/payment_intents. `return_url`: where a customer who has to act comes back to; ""
/// when they act in a page of ours, with the intent's client secret.
fields authorize_form(const authorize_request& r, const std::string& return_url);
/// The same without a payment method: an authorisation that comes later under the same
/// Idempotency-Key is refused by it, and it holds no money.
fields tombstone_form(const payment_operation& op);
fields capture_form(const payment_operation& op);
fields refund_form(const std::string& reference, const payment_operation& op);
/// Query of GET /v1/payment_intents/search.
fields search_query(const payment_id& payment);

/// What an answer says, before anybody looks at which operation it was.
struct reply {
  enum class kind : std::uint8_t {
    ok,         ///< 2xx with a JSON object
    declined,   ///< 402: `code` is the reason
    refused,    ///< other 4xx: `code` says why; repeating does not help
    retryable,  ///< certainly or probably without effect; repeating is safe and may help
    unknown,    ///< sent, but there is no answer that can be read
  } is = kind::unknown;
  std::string body;
  std::string code;
  std::string detail;
  std::string intent_status;  ///< of the PaymentIntent that an error is about
  std::int64_t retry_after_ms = 0;
  bool not_sent = false;          ///< retryable, and the provider was not reached at all
  bool is_misconfigured = false;  ///< 401 or 403: the key is wrong, an operator has to act
};
reply read_reply(outbound::answer a);

/// One PaymentIntent as far as Atrium cares.
struct intent {
  std::string id, status, code;  ///< code: of its last decline
  std::string payment;           ///< ours
  std::int64_t amount = 0, held = 0, captured = 0, refunded = 0;
  std::int64_t created_s = 0;  ///< seconds since 1970
  std::string currency;        ///< upper case, as ours
  bool knows_refunds = true;   ///< false: the charge was not expanded
  customer_action action;      ///< while it requires_action
};
/// Nothing when the text is no PaymentIntent.
std::optional<intent> read_intent(std::string_view json);
/// Query of one page of GET /v1/payment_intents. `after`: id of the last one of the page before.
fields list_query(instant from, const std::string& after);
/// One page of a list or a search; nothing when the text is neither.
std::optional<std::vector<intent>> read_intents(std::string_view json);
/// True when a list says that there is more behind it.
bool has_more(std::string_view json);
provider_entry entry_of(const intent& i);
/// "succeeded", "pending", "failed", ...; "" when the text is no refund.
std::string read_refund_status(std::string_view json);

/// What the provider's ledger holds. `retryable` while it has not made up its mind.
payment_lookup record_of(const intent& i);
/// Of several intents for one payment, the one that says most about the money.
const intent* most_telling(const std::vector<intent>& all);

}  // namespace atrium::stripe
