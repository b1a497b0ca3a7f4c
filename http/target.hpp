#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Request targets and percent-encoding (RFC 3986). Pure functions.
namespace atrium::http {

/// Path and query of a target in origin-form or absolute-form (http, https); "/" when an absolute
/// URI has no path. Empty when it is neither.
std::string_view origin_form(std::string_view target);

/// True when every % is followed by two hex digits and none of them encodes NUL, nor (before the
/// query) another control character.
bool well_encoded(std::string_view path_and_query);

/// The part before and after the first "?"; the second is empty when there is none.
std::pair<std::string_view, std::string_view> split_query(std::string_view path_and_query);

/// Replaces %XX by the byte it stands for; malformed escapes stay as they are.
void percent_decode(std::string_view text, bool plus_is_space, std::string& out);

/// `a=1&b` as pairs, decoded, in order; empty pieces are skipped.
void parse_query(std::string_view query, std::vector<std::pair<std::string, std::string>>& out);

}  // namespace atrium::http
