#pragma once

#include <string>

#include "cluster-config/options.hpp"

namespace atrium {

/// What `atrium drill` asks a running server for.
struct drill_request {
  std::string action;     ///< "stop", "start" or "list"
  std::string subsystem;  ///< "" for list
  std::string url;        ///< of the server; empty: where the settings say it listens
  std::string ca_file;    ///< certificates to trust for https; empty: the system's
};

/// Asks, and prints the answer to standard output; complaints to standard error. The process's exit
/// status: 0, or 1 when it could not be done. Needs the key of an administrator in the settings
/// (ATRIUM_ADMIN_KEY).
int run_drill(const options& o, const drill_request& what);

}  // namespace atrium
