#pragma once

#include <functional>
#include <string>

#include "http/routes_common.hpp"

namespace atrium::http {

/// One request that books or moves money: a saga named by (caller, Idempotency-Key).
struct saga_call {
  std::string key;        ///< the Idempotency-Key
  std::string operation;  ///< what is asked, alike for alias paths; part of the fingerprint
  std::string canonical;  ///< canonical body
  ev::saga_input input;
  /// Made from the stored result alone, so that a repeated request gets the same bytes.
  std::function<response(const saga_answer&)> done;
  std::function<response()> running;  ///< 202: where to look later
  std::optional<failure> if_new{};    ///< what a request that is no repetition is refused with
  /// 202: the customer has to act first. Empty: as running.
  std::function<response(const customer_action&)> acting = {};
};

/// Submits and answers: Atrium-Position, Atrium-Replayed for a duplicate, the stored refusal
/// otherwise.
void call_saga(api_context& c, const request_ptr& r, const responder_ptr& out, saga_call call);

/// 202 with the address of the status and a hint when to look again.
response accepted(std::string location, std::string body);

/// A refusal without the trace id, so that its repetition has the same bytes.
response stored_problem(const failure& f, const request& r);

}  // namespace atrium::http
