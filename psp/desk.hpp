#pragma once

#include <optional>
#include <string>
#include <vector>

#include "psp/model.hpp"
#include "psp/render.hpp"
#include "psp/store.hpp"

namespace atrium::psp {

/// What a call decided: its answer, what changes, and the events that tell of it.
struct decision {
  stored_answer answer;
  change changed;                   ///< intent and refund only; empty when nothing changes
  std::vector<std::string> events;  ///< types of webhooks about changed.intent or changed.refund
};

/// The payment API's rules, without network, faults and Idempotency-Keys. Every function decides
/// against the store and changes nothing; unknown parameters are refused as Stripe does.
/// `now_s`: seconds since 1970.
/// `here`: where this simulator is reached, for the page where customers act.
decision create_intent(const store& s, const fields& form, std::int64_t now_s,
                       const std::string& here = {});
decision capture_intent(const store& s, const std::string& id, const fields& form);
decision cancel_intent(const store& s, const std::string& id, const fields& form,
                       std::int64_t now_s);
decision create_refund(const store& s, const fields& form, std::int64_t now_s);
/// The customer did what requires_action asked for, or failed.
decision authenticate_intent(const store& s, const std::string& id, bool succeeded);

/// The page where a customer acts; nothing when there is no such intent, or `secret` is not its
/// own.
std::optional<std::string> action_page(const store& s, const std::string& id,
                                       const std::string& secret);

stored_answer get_intent(const store& s, const std::string& id, const fields& query);
stored_answer get_refund(const store& s, const std::string& id);
/// created[gt|gte|lt|lte], limit (1..100), starting_after.
stored_answer list_intents(const store& s, const fields& query);
/// The same, and payment_intent.
stored_answer list_refunds(const store& s, const fields& query);
/// query=metadata['name']:'value'; no other query is understood. Payments made after `before_s` are
/// not found: Stripe's search lags behind.
stored_answer search_intents(const store& s, const fields& query, std::int64_t before_s);

}  // namespace atrium::psp
