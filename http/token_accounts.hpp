#pragma once

#include "http/api_context.hpp"

namespace atrium::http {

/// Wraps a handler so that who signed in by token has an account before it runs: the first request
/// makes it from the token's claims, and one whose token says another role than the account changes
/// that. A deleted account is not made again: 401. For all other callers the handler runs at once.
handler with_account(api_context& c, handler inner);

}  // namespace atrium::http
