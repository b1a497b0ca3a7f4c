#pragma once

#include <string_view>
#include <vector>

#include "app/outgoing.hpp"
#include "http/api_context.hpp"
#include "http/drills.hpp"
#include "payments/guarded_provider.hpp"

namespace atrium {

/// What Atrium calls, each behind its circuit breaker, as introspection and metrics show it.
/// Concurrency: any thread.
std::vector<http::dependency_info> dependencies_of(const guarded_provider* payments,
                                                   const outgoing* messages);

/// Trips or resets the breaker of one; false for an unknown name. Logged with who did it.
bool switch_dependency(guarded_provider* payments, outgoing* messages, std::string_view name,
                       bool trip, const account_id& by);

/// Numbers of each breaker for /metrics.
std::vector<http::metric_sample> dependency_numbers(const std::vector<http::dependency_info>& all);
/// Which subsystems are stopped for a drill.
std::vector<http::metric_sample> drill_numbers(const http::drills& d);

}  // namespace atrium
