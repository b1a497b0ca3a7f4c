#pragma once

#include <string>
#include <string_view>
#include <vector>

/// What people read of openapi.yaml: the source of /docs and of the test that routes and contract
/// agree.
namespace atrium::http {

/// The text of http/openapi.yaml, compiled in.
std::string_view openapi_text();

/// A parameter of a request or a field of a body.
struct documented_field {
  std::string name;
  std::string in;      ///< "query", "header", "path"; "" for a field
  std::string type;    ///< in words: "whole number 1..10000", "list of"
  std::string schema;  ///< the component that completes the type, may be empty
  bool required = false;
  std::string description;
};

struct documented_answer {
  std::string status;  ///< "201", "default"
  std::string description;
  std::string schema;  ///< component of the body, may be empty
};

struct documented_operation {
  std::string method;  ///< "get"
  std::string path;    ///< "/v1/rooms/{id}"
  std::string id;      ///< operationId
  std::string tag;
  std::string summary, description;
  std::string role;   ///< x-atrium-role: anonymous, signed_in, operators, admins
  std::string scope;  ///< x-atrium-scope, may be empty
  std::vector<documented_field> parameters;
  std::string body;       ///< component of the request's body, may be empty
  std::string body_type;  ///< its media type
  std::vector<documented_answer> answers;
  std::string alias_of;  ///< the path that a path with only a $ref repeats, else empty
};

struct documented_schema {
  std::string name;
  std::string description;
  std::string type;  ///< in words; of an object "object"
  std::vector<documented_field> fields;
  std::string example;  ///< JSON, one member a line; "" when the contract has none
};

struct documented_tag {
  std::string name, description;
};

struct openapi_document {
  std::string description;
  std::vector<documented_tag> tags;
  std::vector<documented_operation> operations;  ///< in the order of the file, aliases last
  std::vector<documented_schema> schemas;

  const documented_schema* find_schema(std::string_view name) const;
};

/// Throws YAML::Exception when the text is not YAML: it is our own, so that is a bug.
openapi_document read_openapi(std::string_view yaml);

}  // namespace atrium::http
