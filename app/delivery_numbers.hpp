#pragma once

#include <vector>

#include "http/api_context.hpp"
#include "notifications/delivery_desk.hpp"

namespace atrium {

/// What /metrics says about each channel.
std::vector<http::metric_sample> delivery_numbers(const delivery_desk& desk);

}  // namespace atrium
