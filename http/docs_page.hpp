#pragma once

#include "http/message.hpp"

namespace atrium::http {

/// GET /docs: a page without scripts made from openapi.yaml, with the strictest policy that shows
/// it.
response docs_page();

}  // namespace atrium::http
