#pragma once

#include <string>

#include "payments/provider.hpp"

/// Answers of the sandbox that are made of the payment's id alone.
namespace atrium {

inline std::string sandbox_reference(const payment_id& payment) {
  return "sbx_" + payment.str();
}

/// The customer has to act: at a path of this server, since the sandbox has no pages of its own.
inline payment_answer sandbox_asks(const payment_id& payment) {
  payment_answer a{payment_answer::kind::requires_action, sandbox_reference(payment), {}, {}, 0};
  a.action.type = "sandbox";
  a.action.url = "/v1/payments/" + payment.str() + "/authentication";
  return a;
}

}  // namespace atrium
