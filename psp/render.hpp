#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "psp/model.hpp"

/// Stripe's JSON, as far as its documents say what is in it.
namespace atrium::psp {

/// The API version whose shapes are spoken; any other Stripe-Version is refused.
inline constexpr std::string_view api_version = "2024-06-20";

/// `expand_charge`: latest_charge is the whole charge instead of its id.
std::string render(const intent& i, bool expand_charge);
std::string render_charge(const intent& i);
std::string render(const refund& r);
/// {"object":"list","data":[...],"has_more":...,"url":...}; `object` is "list" or "search_result".
std::string render_list(const std::vector<std::string>& items, bool has_more, std::string_view url,
                        std::string_view object = "list");

/// What Stripe's error objects hold.
struct api_error {
  int status = 400;
  std::string type = "invalid_request_error";
  std::string code;
  std::string message;
  std::string decline_code;
  std::string param;
  const intent* about = nullptr;  ///< the PaymentIntent as it is now
};
stored_answer render(const api_error& e);
/// What the browser of a customer needs to act for them.
std::string client_secret(const intent& i);
/// HTML with a button to confirm the payment and one to fail to.
std::string render_action_page(const intent& i);

/// The body of a webhook: {"object":"event","type":...,"data":{"object":...}}. `object` is JSON.
std::string render_event(std::string_view id, std::string_view type, std::int64_t created_s,
                         std::string_view object, std::string_view idempotency_key);

}  // namespace atrium::psp
