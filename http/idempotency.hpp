#pragma once

#include <string>
#include <string_view>

#include "domain/failure.hpp"
#include "http/json.hpp"
#include "http/message.hpp"

namespace atrium::http {

/// The Idempotency-Key of a request: 1..255 visible ASCII characters, else malformed (400) naming
/// the header.
result<std::string> idempotency_key(const request& r);

/// "atr" and 26 base32 characters: 128 bits of BLAKE2b over (principal, key). Reservations, holds
/// and cancellations share this form without the endpoint, so that one key used at two endpoints
/// meets its own record and is refused by the fingerprint. Never change it: ids of stored records
/// derive from it.
saga_id saga_id_of(const account_id& principal, std::string_view key);

/// Hash of what was asked: the operation with what its path names, e.g. "cancel/atr...", and the
/// canonical body ("" for none). An alias path is the same operation.
std::string fingerprint_of(std::string_view operation, std::string_view canonical_body);

/// Lower-case RFC 4648 base32 without padding.
std::string base32(std::string_view bytes);

/// 26 base32 characters: 128 bits of BLAKE2b over three texts, of which the first says what it is
/// for.
std::string derived_id(std::string_view purpose, std::string_view a, std::string_view b);

/// `prefix` and 26 base32 characters of 128 random bits, e.g. "rm_...".
std::string random_id(std::string_view prefix);

}  // namespace atrium::http
