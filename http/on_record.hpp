#pragma once

#include <functional>
#include <string>

#include "http/routes_common.hpp"

namespace atrium::http {

/// Writes into the audit stream what the caller has just done with the process itself (a drill, a
/// circuit breaker), and answers what `done` makes once that is durable, with its position. The act
/// stands whatever the journal says; the answer does not claim a record that is not there.
void answer_on_record(api_context& c, const request_ptr& r, const responder_ptr& out,
                      std::string action, std::string target, std::function<response()> done);

}  // namespace atrium::http
