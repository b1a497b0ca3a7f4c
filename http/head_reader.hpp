#pragma once

#include <string>
#include <string_view>

#include "http/head_scanner.hpp"
#include "http/message.hpp"

namespace atrium::http {

/// Reads a head that scan_head() found complete into `r` with Beast's parser, reusing the memory of
/// the request before. False when Beast reads the head differently than the scanner did: two
/// readings of one request are what smuggling is made of, so the caller refuses it.
bool read_request_head(std::string_view head, const head_facts& facts, request& r);

}  // namespace atrium::http
