#pragma once

#include <spdlog/formatter.h>

#include <memory>
#include <string>

namespace atrium {

/// Sets up spdlog for the process: one named logger per folder ("http", "sagas", ...) and "app" as
/// the default, all writing to standard error. `format`: "text", "json", or "auto", which is text
/// when standard error is a terminal. `level`: as in the option log-level. Call once, before
/// threads start.
///
/// Convention: `name=value` words at the end of a message become fields in JSON (those without a
/// value are left out); one that belongs to a request has ` correlation=<trace id>` among them. No
/// message ever holds a key, a token or a customer's text.
void start_logging(const std::string& level, const std::string& format);

/// One JSON object a line: {"at","level","logger","message"[, fields]}.
std::unique_ptr<spdlog::formatter> make_json_formatter();

}  // namespace atrium
