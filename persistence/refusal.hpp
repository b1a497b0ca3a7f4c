#pragma once

#include <string>
#include <utility>

#include "domain/failure.hpp"

namespace atrium {

/// A failure that is only a code and a text.
inline failure refusal(ec code, std::string detail) {
  failure f;
  f.code = code;
  f.detail = std::move(detail);
  return f;
}

}  // namespace atrium
