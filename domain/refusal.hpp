#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "domain/failure.hpp"
#include "domain/room.hpp"
#include "domain/time.hpp"

namespace atrium {

/// "2026-11-22 09:00 to 10:00 (Asia/Seoul)"; the second date only when it differs.
std::string slot_text(const interval& when, std::string_view zone);

/// rule_violation for a slot that check_slot() refused: the detail says in words which rules, their
/// limits, what was asked, and what to do. Requires violations not to be empty.
failure rule_refusal(const room_facts& room, const interval& when,
                     std::vector<violation> violations);

/// A failure that is only a code and a text.
failure refusal(ec code, std::string detail);

}  // namespace atrium
