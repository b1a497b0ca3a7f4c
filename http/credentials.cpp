#include "http/credentials.hpp"

#include <sodium.h>

#include <algorithm>
#include <zlib.h>

#include "http/token_sign_in.hpp"

namespace atrium::http {
namespace {

constexpr std::string_view base62_digits =
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
constexpr std::size_t name_length = 8, secret_length = 43, check_length = 6;
constexpr std::size_t key_length = 4 + name_length + 1 + secret_length + check_length;
constexpr std::size_t most_remembered = 10'000;
constexpr std::int64_t use_resolution_ms = 1'000;

/// Big-endian bytes in base 62, padded to `digits`.
std::string base62(std::vector<unsigned char> bytes, std::size_t digits) {
  std::string out(digits, '0');
  for (std::size_t i = digits; i-- > 0;) {
    unsigned remainder = 0;
    for (auto& b : bytes) {
      const unsigned value = remainder * 256 + b;
      b = static_cast<unsigned char>(value / 62);
      remainder = value % 62;
    }
    out[i] = base62_digits[remainder];
  }
  return out;
}

std::vector<unsigned char> random_bytes(std::size_t n) {
  std::vector<unsigned char> bytes(n);
  randombytes_buf(bytes.data(), bytes.size());
  return bytes;
}

std::string checksum(std::string_view text) {
  const auto crc = static_cast<std::uint32_t>(
      ::crc32_z(0, reinterpret_cast<const Bytef*>(text.data()), text.size()));
  return base62({static_cast<unsigned char>(crc >> 24), static_cast<unsigned char>(crc >> 16),
                 static_cast<unsigned char>(crc >> 8), static_cast<unsigned char>(crc)},
                check_length);
}

bool all_base62(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
  });
}

failure wrong_credentials(std::string detail) {
  return failure{.code = ec::unauthenticated, .detail = std::move(detail)};
}

/// "Bearer <token>"; the scheme is case-insensitive (RFC 9110).
std::optional<std::string_view> bearer_token(std::string_view header) {
  constexpr std::string_view scheme = "bearer ";
  if (header.size() <= scheme.size()) return {};
  for (std::size_t i = 0; i < scheme.size(); ++i)
    if ((header[i] | 0x20) != (scheme[i] | 0x20)) return {};
  header.remove_prefix(scheme.size());
  while (!header.empty() && header.front() == ' ') header.remove_prefix(1);
  while (!header.empty() && header.back() == ' ') header.remove_suffix(1);
  if (header.empty()) return {};
  return header;
}

}  // namespace

const std::vector<std::string_view>& known_scopes() {
  static const std::vector<std::string_view> all{"*",
                                                 "rooms:read",
                                                 "rooms:write",
                                                 "reservations:read",
                                                 "reservations:write",
                                                 "payments:read",
                                                 "payments:write",
                                                 "reviews:write",
                                                 "notifications:read",
                                                 "notifications:write",
                                                 "events:read",
                                                 "accounts:read",
                                                 "accounts:write",
                                                 "webhooks:read",
                                                 "webhooks:write",
                                                 "introspection:read",
                                                 "introspection:write"};
  return all;
}

new_api_key make_api_key() {
  const auto name =
      base62(random_bytes(6), 9).substr(1);  // 48 bits: 62^8 is a little less than 2^48
  std::string secret = "atr_" + name + "_" + base62(random_bytes(32), secret_length);
  secret += checksum(secret);
  return {std::move(secret), api_key_id("key_" + name)};
}

bool is_well_formed_key(std::string_view key) {
  if (key.size() != key_length || key.substr(0, 4) != "atr_" || key[4 + name_length] != '_')
    return false;
  if (!all_base62(key.substr(4, name_length)) || !all_base62(key.substr(5 + name_length)))
    return false;
  const auto body = key.substr(0, key_length - check_length);
  return checksum(body) == key.substr(body.size());
}

std::string hash_api_key(std::string_view key, const key_pepper& pepper) {
  std::array<unsigned char, 32> digest;
  crypto_generichash(digest.data(), digest.size(),
                     reinterpret_cast<const unsigned char*>(key.data()), key.size(), pepper.data(),
                     pepper.size());
  std::array<char, 65> hex;
  sodium_bin2hex(hex.data(), hex.size(), digest.data(), digest.size());
  return {hex.data(), 64};
}

bool equal_in_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

credentials::credentials(const views& read, const clock_port& clock, key_pepper pepper,
                         std::string_view admin_key)
    : read_(read), clock_(clock), pepper_(pepper) {
  if (!admin_key.empty()) admin_hash_ = hash(admin_key);
}

const account_id& credentials::admin_account() {
  static const account_id id("acc_admin");
  return id;
}

result<principal> credentials::authenticate(std::string_view authorization,
                                            const may_cost& costly) {
  if (authorization.empty()) return principal{};
  const auto token = bearer_token(authorization);
  if (!token)
    return wrong_credentials("The Authorization header must be \"Bearer <API key or token>\".");
  const auto key_hash = hash(*token);
  if (!admin_hash_.empty() && equal_in_constant_time(key_hash, admin_hash_))
    return principal{admin_account(), ev::role::admin, "Administrator", "en", {"*"}};
  if (tokens_ && looks_like_token(*token)) return authenticate_token(*token, costly);
  auto owner = read_.find_key(key_hash);
  // Looked at only to help: a key that is known needs no checksum.
  if (!owner && !is_well_formed_key(*token))
    return wrong_credentials(
        "This is not an API key of Atrium: its form or checksum is wrong. Check that it was copied "
        "completely.");
  if (!owner || is_refused(key_hash, owner->account))
    return wrong_credentials(
        "This API key is not known here or was revoked. Ask an administrator for a new one.");
  const auto now = clock_.now();
  if (owner->expires_at && *owner->expires_at <= now)
    return wrong_credentials("This API key expired at " + format_instant(*owner->expires_at) +
                             ". Ask an administrator for a new one.");
  note_use(owner->key, now);
  principal who{std::move(owner->account), owner->facts.as, std::move(owner->facts.name),
                std::move(owner->facts.locale), std::move(owner->scopes)};
  if (owner->expires_at) who.valid_for = *owner->expires_at - now;
  return who;
}

/// The token says the role; name and language are the account's own once it is there.
result<principal> credentials::authenticate_token(std::string_view token,
                                                  const may_cost& costly) const {
  auto who = tokens_->identify(token, costly);
  if (!who) return who.error();
  if (is_refused("", who->account))
    return wrong_credentials("This account was deleted. Ask an administrator.");
  principal p{who->account, who->facts.as, who->facts.name, who->facts.locale, {}};
  p.valid_for = std::max(milliseconds(0), who->expires_at - clock_.now());
  const auto known = read_.account(p.account);
  if (known) {
    p.name = known->facts.name;
    p.locale = known->facts.locale;
  }
  if (!known || known->facts.as != p.as)
    p.to_record = std::make_shared<const ev::account_facts>(std::move(who->facts));
  return p;
}

void credentials::refuse(std::string what, std::uint64_t position) {
  const auto reached = read_.position();
  const std::unique_lock lock(refusals_mutex_);
  std::erase_if(refusals_, [&](const refusal& r) { return r.position <= reached; });
  if (refusals_.size() >= most_remembered) refusals_.pop_front();
  refusals_.push_back({std::move(what), position});
  refusal_count_.store(refusals_.size(), std::memory_order_release);
}

void credentials::refuse_key(std::string_view secret_hash, std::uint64_t position) {
  refuse("key/" + std::string(secret_hash), position);
}

void credentials::refuse_account(const account_id& account, std::uint64_t position) {
  refuse("account/" + account.str(), position);
}

bool credentials::is_refused(std::string_view key_hash, const account_id& account) const {
  if (refusal_count_.load(std::memory_order_acquire) == 0) return false;
  const auto key = "key/" + std::string(key_hash);
  const auto whole = "account/" + account.str();
  const std::shared_lock lock(refusals_mutex_);
  return std::any_of(refusals_.begin(), refusals_.end(),
                     [&](const refusal& r) { return r.what == key || r.what == whole; });
}

void credentials::note_use(const api_key_id& key, instant now) {
  const auto ms = now.time_since_epoch().count();
  {
    const std::shared_lock lock(uses_mutex_);
    if (const auto it = uses_.find(key.str()); it != uses_.end()) {
      if (ms - it->second.load(std::memory_order_relaxed) >= use_resolution_ms)
        it->second.store(ms, std::memory_order_relaxed);
      return;
    }
  }
  const std::unique_lock lock(uses_mutex_);
  if (uses_.size() >= most_remembered) uses_.erase(uses_.begin());
  uses_.try_emplace(key.str(), ms);
}

std::optional<instant> credentials::last_used(const api_key_id& key) const {
  const std::shared_lock lock(uses_mutex_);
  const auto it = uses_.find(key.str());
  if (it == uses_.end()) return {};
  return instant(milliseconds(it->second.load(std::memory_order_relaxed)));
}

}  // namespace atrium::http
