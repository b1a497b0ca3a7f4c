#pragma once

#include "cluster-config/settings.hpp"

namespace atrium {

/// Serves until SIGTERM or SIGINT; the process's exit status. Texts for people go to standard
/// output when the server is ready, and to standard error when it cannot start.
int serve(const settings& s);

}  // namespace atrium
