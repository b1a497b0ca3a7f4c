#pragma once

#include <string>
#include <string_view>

namespace atrium::http {

/// Appends `text` as a JSON string with its quotes. Bytes that are not UTF-8 become U+FFFD, so that
/// the answer is valid whatever a client sent.
void append_json_string(std::string_view text, std::string& out);

}  // namespace atrium::http
