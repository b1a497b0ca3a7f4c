#pragma once

#include <memory>

#include "cluster-config/options.hpp"
#include "http/server.hpp"
#include "http/tls.hpp"

namespace atrium {

/// What the options say about the listener, TLS apart.
http::server_options server_options_of(const options& o);

/// Null when the options name no certificate.
result<std::shared_ptr<http::tls_credentials>> open_tls(const options& o, const clock_port& clock);

/// Reads certificate and key again and logs what came of it.
void reload_tls(http::tls_credentials& tls, const clock_port& clock);

}  // namespace atrium
