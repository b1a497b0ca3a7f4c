#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "http/gate.hpp"
#include "http/message.hpp"
#include "persistence/views.hpp"

namespace atrium::http {

class token_sign_in;

/// Scopes an API key may be limited to; "*" means everything its account may do.
const std::vector<std::string_view>& known_scopes();

/// A new API key: "atr_" + 8 characters that name it + "_" + 43 base62 characters (256 random bits)
/// + 6 base62 characters of CRC-32 over all before, so that a mistyped key is told without a
/// look-up and secret scanners can recognise one.
struct new_api_key {
  std::string secret;  ///< shown once
  api_key_id id;       ///< "key_" + the 8 characters
};
new_api_key make_api_key();

/// Form and checksum only; says nothing about whether the key exists.
bool is_well_formed_key(std::string_view key);

/// Secret key of the key hash, one per data directory, kept in a file of mode 0600 by app/.
using key_pepper = std::array<unsigned char, 32>;

/// Hex of keyed BLAKE2b-256: fast, because the secrets have 256 random bits and need no stretching.
std::string hash_api_key(std::string_view key, const key_pepper& pepper);

/// Equal without telling by its time where two texts differ.
bool equal_in_constant_time(std::string_view a, std::string_view b);

/// Who may come in: API keys from the read model, the administrator's key from the environment,
/// tokens of the issuer that is trusted, and what was revoked a moment ago.
///
/// Concurrency: every member from any thread.
class credentials {
 public:
  /// `admin_key`: arbitrary text of at least 24 characters, or empty for none.
  credentials(const views& read, const clock_port& clock, key_pepper pepper,
              std::string_view admin_key);

  /// Also lets in who has a JSON Web Token; `tokens` must outlive this. Before the first request.
  void accept_tokens(token_sign_in& tokens) { tokens_ = &tokens; }

  /// From the value of the Authorization header; an empty one is the anonymous principal. Fails
  /// with unauthenticated; for tokens also as token_sign_in does. Records the use of keys.
  result<principal> authenticate(std::string_view authorization, const may_cost& costly = {});

  /// Id of the account behind the administrator's key; it lives in no journal.
  static const account_id& admin_account();

  std::string hash(std::string_view key) const { return hash_api_key(key, pepper_); }

  /// Refuses the key (by hash) or the whole account from now on, until the read model, at
  /// `position`, knows it too. At most 10,000 are remembered; beyond that the oldest is forgotten.
  void refuse_key(std::string_view secret_hash, std::uint64_t position);
  void refuse_account(const account_id& account, std::uint64_t position);

  /// When a key was used since the start of this process; the table holds the last 10,000 keys.
  std::optional<instant> last_used(const api_key_id& key) const;

 private:
  struct refusal {
    std::string what;
    std::uint64_t position;
  };
  result<principal> authenticate_token(std::string_view token, const may_cost& costly) const;
  void refuse(std::string what, std::uint64_t position);
  bool is_refused(std::string_view key_hash, const account_id& account) const;
  void note_use(const api_key_id& key, instant now);

  const views& read_;
  const clock_port& clock_;
  key_pepper pepper_;
  std::string admin_hash_;
  token_sign_in* tokens_ = nullptr;

  std::atomic<std::size_t> refusal_count_{0};  ///< lets the ordinary request skip the lock
  mutable std::shared_mutex refusals_mutex_;
  std::deque<refusal> refusals_;

  mutable std::shared_mutex uses_mutex_;
  std::unordered_map<std::string, std::atomic<std::int64_t>>
      uses_;  ///< key id -> ms since the epoch
};

}  // namespace atrium::http
