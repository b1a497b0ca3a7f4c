#pragma once

#include <string>

#include "outbound/origin.hpp"
#include "outbound/origin_client.hpp"

/// Private to this folder.
namespace atrium::outbound {

/// Requests to one server as HTTP/1.1 text; what all have in common is rendered once.
class request_text {
 public:
  request_text(const origin& where, const origin_client::options& rules);

  /// "" when the method, the path or a field holds what HTTP forbids there.
  std::string of(const origin_call& call) const;

 private:
  const std::string base_path_;
  std::string common_;
};

}  // namespace atrium::outbound
