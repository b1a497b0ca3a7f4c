#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "persistence/documents.hpp"

namespace atrium::http {

/// Writes one JSON object, member by member.
class json_object {
 public:
  json_object& number(std::string_view name, std::uint64_t value) {
    return raw(name, std::to_string(value));
  }
  json_object& text(std::string_view name, std::string_view value) {
    return raw(name, atrium::quoted(value));
  }
  json_object& flag(std::string_view name, bool value) {
    return raw(name, value ? "true" : "false");
  }
  json_object& raw(std::string_view name, std::string_view json) {
    out_ += out_.empty() ? '{' : ',';
    out_ += atrium::quoted(name);
    out_ += ':';
    out_ += json;
    return *this;
  }
  std::string done() { return out_.empty() ? "{}" : out_ + "}"; }

 private:
  std::string out_;
};

}  // namespace atrium::http
