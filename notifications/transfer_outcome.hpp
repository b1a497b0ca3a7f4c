#pragma once

#include "notifications/delivery_channel.hpp"
#include "outbound/client.hpp"

namespace atrium {

/// What the end of a transfer means for its message, as far as every channel agrees. A transfer
/// that was answered counts as delivered here: what its status says is the channel's to judge.
delivery_outcome outcome_of_transfer(const outbound::answer& a);

}  // namespace atrium
