#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "domain/failure.hpp"

namespace atrium {

/// One `name = value` of a configuration file.
struct ini_entry {
  std::string name;
  std::string value;
  int line = 0;
};

/// Reads lines of `name = value`; `#` and `;` begin comments at the start of a line or after white
/// space; a value in double quotes keeps both. Sections are refused, since there are none. Fails
/// with one violation per bad line, `pointer` being "line 3".
result<std::vector<ini_entry>> parse_ini(std::string_view text);

}  // namespace atrium
