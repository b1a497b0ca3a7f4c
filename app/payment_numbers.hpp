#pragma once

#include <vector>

#include "http/api_context.hpp"
#include "payments/call_probe.hpp"

namespace atrium {

/// The calls of the payment provider for /metrics: how many by operation and outcome, and how long
/// they took. Operations that were never called are left out.
std::vector<http::metric_sample> payment_numbers(const call_probe& calls);

}  // namespace atrium
