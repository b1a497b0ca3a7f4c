#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "http/message.hpp"

namespace atrium::http {

/// The text of http/openapi.yaml, compiled in.
std::string_view openapi_text();

/// One operation as openapi.yaml lists it.
struct documented_operation {
  std::string method;  ///< "get"
  std::string path;    ///< "/v1/rooms/{id}"
  std::string tag;
  std::string summary;
  std::string role;   ///< x-atrium-role: anonymous, signed_in, operators, admins
  std::string scope;  ///< x-atrium-scope, may be empty
  std::vector<std::string> statuses;
};
/// Reads the document line by line: it knows the layout of our file (two-space steps, one key a
/// line), not YAML in general. Alias paths (a path with only a $ref) repeat the operations they
/// refer to.
std::vector<documented_operation> read_operations(std::string_view yaml);

/// GET /docs: a page without scripts made from openapi.yaml, with the strictest policy that shows
/// it.
response docs_page();

}  // namespace atrium::http
