#pragma once

#include <string>

#include "actors/protocol/command_port.hpp"
#include "app/asking.hpp"
#include "persistence/views.hpp"

namespace atrium {

/// True when some account has the role admin. Looks at the first 10,000 accounts.
bool has_administrator(const views& read);

/// Makes the first administrator's account and a key for it. The key's text is the answer: it is
/// stored only as a hash and cannot be shown again.
result<std::string> make_administrator(command_port& port, const key_hasher& hash,
                                       const clock_port& clock);

}  // namespace atrium
