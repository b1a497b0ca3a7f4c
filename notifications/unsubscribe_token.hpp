#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "domain/ids.hpp"
#include "notifications/webhook_secret.hpp"

namespace atrium {

/// What a link in a mail says instead of credentials: whose optional mails it ends. Account id and
/// a keyed BLAKE2b of it (16 bytes), both in base64url, with a dot between them. It is good for as
/// long as the server keeps its pepper; all it allows can be undone in the account's settings.
std::string unsubscribe_token(const server_pepper& pepper, const account_id& who);

/// Nothing when the token is not one of this server's. Compares in constant time.
std::optional<account_id> account_of_token(const server_pepper& pepper, std::string_view token);

}  // namespace atrium
