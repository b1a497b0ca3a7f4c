#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "domain/ids.hpp"
#include "domain/time.hpp"

namespace atrium {

/// The server's own secret, from which others are made; 32 bytes, never shown.
using server_pepper = std::array<unsigned char, 32>;

/// The signing key of a web hook's generation: keyed BLAKE2b of its id. Nobody needs to store it.
std::array<unsigned char, 32> webhook_key(const server_pepper& pepper, const webhook_id& id,
                                          int generation);

/// "whsec_" and the key in base64: the form of Standard Webhooks.
std::string webhook_secret_text(const std::array<unsigned char, 32>& key);

/// "v1,<base64 of HMAC-SHA256>" over `id.timestamp.body` (Standard Webhooks 1.0), one for each key,
/// with spaces between them. Timestamp in whole seconds.
std::string webhook_signature(const std::vector<std::array<unsigned char, 32>>& keys,
                              std::string_view id, std::int64_t timestamp, std::string_view body);

}  // namespace atrium
