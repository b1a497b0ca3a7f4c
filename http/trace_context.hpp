#pragma once

#include <string>
#include <string_view>

/// Correlation of one request with what happened before it (W3C Trace Context level 1).
namespace atrium::http {

/// Takes the trace id from `traceparent` when it is valid, else makes a new random one.
/// `flags` gets its two hex digits ("01" for a new trace).
void trace_id_of(std::string_view traceparent, std::string& trace_id, std::string& flags);

/// Appends `00-<trace id>-<new span id>-<flags>`: each hop names itself.
void append_traceparent(std::string_view trace_id, std::string_view flags, std::string& out);

/// True for 1 to 128 visible ASCII characters: what is echoed as X-Request-Id.
bool presentable_request_id(std::string_view id);

}  // namespace atrium::http
