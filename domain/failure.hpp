#pragma once

#include <boost/system/result.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "domain/ids.hpp"
#include "domain/time.hpp"

namespace atrium {

/// Why something was refused, independent of protocol. When several apply, the first in this list
/// wins. http/ maps each to exactly one status and problem type; no other place knows statuses.
enum class ec : std::uint8_t {
  malformed,               ///< not parseable at all (400)
  unauthenticated,         ///< no or wrong credentials (401)
  forbidden,               ///< known caller, not allowed (403)
  not_found,               ///< no such thing, or not visible to the caller (404)
  idempotency_conflict,    ///< same Idempotency-Key, another body (422)
  validation,              ///< a field is missing, unknown or out of bounds (422)
  precondition_required,   ///< If-Match missing (428)
  precondition_failed,     ///< If-Match is stale (412)
  rule_violation,          ///< a rule of the room refuses the slot (422)
  slot_taken,              ///< another booking, hold or blackout has the slot (409)
  hold_expired,            ///< the hold named by the request has ended (410)
  room_has_bookings,       ///< a room with future bookings is not deleted (409)
  illegal_transition,      ///< the state does not allow this step (409)
  already_exists,          ///< e.g. a second review of one booking (409)
  payment_declined,        ///< the provider said no; nothing was charged (402)
  rate_limited,            ///< too many requests of one caller (429, transient)
  overloaded,              ///< queues are full (503, transient)
  dependency_unavailable,  ///< e.g. payment breaker open (503, transient)
  view_behind,             ///< the read model has not reached the asked position (503, transient)
  draining,                ///< shutting down (503, transient)
  storage_full,            ///< the disk is full, nothing was written (507, transient)
  fenced,                  ///< another node owns the shard now (503, transient)
  timeout,  ///< no answer within the deadline; the outcome is unknown (503, transient)
};

/// Stable kebab-case name: the last part of the problem type.
std::string_view to_string(ec code);
/// Inverse of to_string; used by the journal codec. Nothing for an unknown name.
std::optional<ec> parse_ec(std::string_view name);
/// True when repeating the same request later may succeed without changing it.
bool is_transient(ec code);

/// One violated rule: which rule, its limit, what was found, and where in the request (RFC 6901).
struct violation {
  std::string rule;   ///< e.g. "opening-hours", "step", "min-duration", "required", "unknown-field"
  std::string limit;  ///< the bound in words a person understands, e.g. "09:00-22:00 on Mon, Tue"
  std::string actual;   ///< what the request had
  std::string pointer;  ///< JSON pointer, "" when it is about the whole body
  friend bool operator==(const violation&, const violation&) = default;
};

/// A slot that was free when a taken slot was refused.
struct alternative {
  room_id room;
  interval when;
  friend bool operator==(const alternative&, const alternative&) = default;
};

/// A refusal with all a person needs to act on it. `detail` is English; other languages are made
/// from `code` and the typed members at the edge.
struct failure {
  ec code = ec::validation;
  std::string detail;
  std::vector<violation> violations;
  std::vector<alternative> alternatives;
  std::vector<std::string>
      conflicting;                  ///< e.g. reservation ids that keep a room from being deleted
  std::int64_t retry_after_ms = 0;  ///< only for transient codes
  std::string reason;               ///< machine-readable extra, e.g. the provider's decline code
  friend bool operator==(const failure&, const failure&) = default;
};

template <class T>
using result = boost::system::result<T, failure>;

/// boost::system::result needs a way to throw on value() of an error: a bug, so std::logic_error.
[[noreturn]] void throw_exception_from_error(const failure& f, const boost::source_location& loc);

}  // namespace atrium
