#pragma once

#include <string_view>

#include "http/server.hpp"

namespace atrium::http {

enum class access_log_level : std::uint8_t { off, failures, all };

/// Writes to the spdlog logger "http" (the default logger when there is none): `failures` only
/// answers of 500 and above (those of a busy desk as one line a second), `all` every answer at
/// level info. Paths of routes with a {token} are not written, nor are queries: they carry secrets.
access_log spdlog_access_log(access_log_level level);

/// A handler threw or let go of its responder: a bug, logged as error.
void log_handler_bug(std::string_view route, std::string_view what, std::string_view trace_id);

}  // namespace atrium::http
