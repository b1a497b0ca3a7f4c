#pragma once

#include <string>
#include <string_view>
#include <vector>

/// A frozen journal is a folder tests/persistence/frozen/<version>/ with records.hex (a journal
/// record a line) and expected.jsonl (what to_json_line() makes of it, a line each).
namespace atrium::tests {

std::string to_hex(std::string_view bytes);
/// Throws std::invalid_argument on text that is no hex.
std::string from_hex(std::string_view hex);
std::vector<std::string> lines_of(const std::string& file);

}  // namespace atrium::tests
