#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cluster-config/options.hpp"

namespace atrium {

/// One option: how it is called, what it means, and how text becomes its value.
struct option_spec {
  std::string name;    ///< "hold-ttl"; on the command line --hold-ttl
  std::string unit;    ///< "ADDR:PORT", "threads", "MiB", "duration", ...
  std::string bounds;  ///< in words, "" when any text will do
  std::string doc;
  bool is_flag = false;
  /// Kept out of `config show` and off the command line, where every user of the machine can see
  /// it.
  bool is_secret = false;
  /// Sets the value, or says what is wrong with the text.
  std::function<std::optional<std::string>(options&, const std::string&)> set;
  std::function<std::string(const options&)> get;
  std::string group = {};  ///< "HTTP and TLS": its heading in --help and in the profile

  /// "ATRIUM_HOLD_TTL"
  std::string environment() const;
};

/// All options, in the order in which an operator needs them; those of one group stand together.
const std::vector<option_spec>& option_table();
const option_spec* find_option(std::string_view name);

}  // namespace atrium
