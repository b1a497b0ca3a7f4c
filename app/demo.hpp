#pragma once

#include <string>
#include <utility>
#include <vector>

#include "actors/protocol/command_port.hpp"
#include "app/asking.hpp"
#include "app/data_dir.hpp"

namespace atrium::demo {

struct filled {
  std::vector<std::pair<std::string, std::string>> keys;  ///< customer's name, key
  std::uint64_t position =
      0;  ///< of the last event written by this start; 0: there was nothing to do
  std::size_t rooms = 0, bookings = 0, reviews = 0;
  std::vector<std::string> refused;  ///< what was refused and why; empty when all went well
};

/// Fills the office through the command port, as customers would. The day of the first start and
/// the keys are kept in the file `where.demo` (mode 0600), so that later starts, also after a crash
/// in the middle, bring about the same office and print the same keys.
result<filled> fill(command_port& port, const key_hasher& hash, const data_layout& where,
                    const clock_port& clock);

}  // namespace atrium::demo
