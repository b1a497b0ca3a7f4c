#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "http/message.hpp"

/// A strict reading of the raw bytes of one request head, before any tolerant parser sees them.
/// Everything two HTTP implementations could understand differently is refused here (RFC 9112,
/// sections 2.2, 3, 5.1, 5.2, 6.1, 6.3 and 11.2). Pure: no state, no allocation, safe on any bytes.
namespace atrium::http {

struct head_limits {
  std::size_t head_bytes = 8 * 1024;  ///< request line and fields, blank line included; beyond: 431
  std::size_t target_bytes = 4 * 1024;  ///< request target; beyond: 414
  std::size_t fields = 100;             ///< header fields; beyond: 431
};

/// What the head says about itself. Views point into the bytes scanned.
struct head_facts {
  std::size_t start = 0;  ///< bytes of one empty line before the request line, which is skipped
  verb method = verb::get;
  std::string_view target;
  int minor_version = 1;  ///< of HTTP/1.x
  bool keep_alive = true;
  bool chunked = false;
  bool expect_continue = false;
  std::optional<std::uint64_t> content_length;  ///< saturated when it does not fit
  /// Values of the first such field; empty when there is none.
  std::string_view authorization, accept_language, traceparent, request_id;
};

struct head_verdict {
  enum class kind : std::uint8_t { need_more, complete, refuse };
  kind what = kind::need_more;
  std::size_t length =
      0;                  ///< complete: bytes up to and with the blank line, never beyond the input
  head_facts facts;       ///< complete only
  int status = 0;         ///< refuse: 400, 414, 417, 431, 501 or 505
  std::string_view type;  ///< refuse: bare problem name
  std::string_view detail;  ///< refuse: what to change, in English
};

/// Reads as much of a head as `bytes` holds. A refusal comes as early as the bytes allow, so that a
/// client that waits after a malformed line is answered at once.
head_verdict scan_head(std::string_view bytes, const head_limits& limits = {});

}  // namespace atrium::http
