#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "http/message.hpp"

namespace atrium::http {

/// What a response head needs besides the response.
struct head_context {
  std::string_view date_line;  ///< "Date: ...\r\n"
  std::string_view trace_id;   ///< "" before there is a request
  std::string_view trace_flags;
  std::string_view request_id;
  std::string_view rate_headers;  ///< whole lines
  bool close = false;
  bool strict_transport = false;  ///< tell browsers to come back by TLS only
  bool say_keep_alive = false;    ///< HTTP/1.0 clients want to read it
  bool stream = false;            ///< the body has no length and ends with the connection
};

/// Appends the head of `r`. Fields a handler set win over the defaults for Cache-Control and
/// Content-Security-Policy; control characters in handler values become spaces, so that no value
/// can start a field of its own.
void append_response_head(const response& r, const head_context& context, std::string& out);

/// The two parts of it: the fields that follow from the answer and the date, and those of one
/// request with the blank line.
void append_response_start(const response& r, const head_context& context, std::string& out);
void append_response_end(const head_context& context, std::string& out);

/// "Not Found"; "Unknown" for a status nobody here sends.
std::string_view reason_phrase(int status);

}  // namespace atrium::http
