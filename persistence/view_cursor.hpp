#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "domain/failure.hpp"

namespace atrium::view {

/// Which list a cursor belongs to: a cursor of one list is refused by another.
enum class list : char {
  rooms = 'r',
  board = 'b',
  by_position = 'p',  ///< reservations, payments, reviews, messages: newest first
  by_start = 's',     ///< the reservations of one room: latest start first
  accounts = 'a',
};

/// Where a page ended, as text that is safe in a URL (base64url of the list and its last key
/// without the part that the query gives again, so that a cursor opens nothing that the query does
/// not).
std::string make_cursor(list of, std::string_view last_key);
/// Nothing for text that make_cursor(of, ...) did not make.
std::optional<std::string> parse_cursor(list of, std::string_view text);

/// For lists whose keys end with a position: the cursor is its 8 bytes.
std::string position_cursor(std::string_view last_key);
std::optional<std::string> parse_position_cursor(std::string_view text);

/// The refusal of a cursor: validation, pointer "?cursor".
failure bad_cursor(std::string_view text);

}  // namespace atrium::view
