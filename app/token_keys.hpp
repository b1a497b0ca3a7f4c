#pragma once

#include <filesystem>
#include <string>

#include "http/jwks_keeper.hpp"

namespace atrium {

/// Fetches the keys of a token issuer: from an address (https://..., or http:// on this machine)
/// within 10 s, or from a file. What has more than jwk_set::most_bytes is refused when it is
/// parsed. `ca_file`: certificates to trust instead of the system's; empty: the system's.
http::jwks_keeper::fetcher fetch_token_keys(std::string source, std::filesystem::path ca_file);

}  // namespace atrium
