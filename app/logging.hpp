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
/// Convention: a message that belongs to a request ends with ` correlation=<trace id>`; in JSON it
/// becomes a field of that name. No message ever holds a key, a token or a customer's text.
void start_logging(const std::string& level, const std::string& format);

/// One JSON object a line: {"at","level","logger","message"[,"correlation"]}.
std::unique_ptr<spdlog::formatter> make_json_formatter();

}  // namespace atrium
