#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "domain/failure.hpp"

namespace atrium {

/// Number of characters (code points) of a UTF-8 text; nothing when it is not well-formed UTF-8.
std::optional<std::size_t> utf8_length(std::string_view text);

/// Bounds of a text field.
struct text_bounds {
  std::size_t min = 0;
  std::size_t max = 0;
  bool lines = false;  ///< line feeds and tabs are allowed, other control characters never
};

/// Adds a violation when the text is missing ("required"), too long ("max-length"), or holds
/// control characters or bytes that are not UTF-8 ("characters").
void check_text(std::vector<violation>& out, std::string_view text, text_bounds bounds,
                std::string pointer);

/// Adds a "range" violation when value lies outside [low, high].
void check_range(std::vector<violation>& out, std::int64_t value, std::int64_t low,
                 std::int64_t high, std::string pointer);

/// "N things" or "1 thing".
std::string counted(std::int64_t n, std::string_view thing);

/// A validation failure whose detail reads all its violations: what was found, what is allowed.
failure invalid(std::string_view what, std::vector<violation> violations);

}  // namespace atrium
