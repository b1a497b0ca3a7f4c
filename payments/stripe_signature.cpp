#include "payments/stripe_signature.hpp"

#include <sodium.h>

#include <array>
#include <charconv>
#include <optional>

namespace atrium::stripe {
namespace {

using mac = std::array<unsigned char, crypto_auth_hmacsha256_BYTES>;

constexpr std::size_t longest_header = 1024;
constexpr std::size_t most_signatures = 8;

struct signed_at {
  std::string_view time;  ///< as sent: it is what was signed
  std::int64_t seconds = 0;
  std::vector<mac> signatures;
};

const unsigned char* bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

std::optional<mac> mac_of(std::string_view hex) {
  mac m;
  std::size_t length = 0;
  const char* end = nullptr;
  if (hex.size() != 2 * m.size() ||
      ::sodium_hex2bin(m.data(), m.size(), hex.data(), hex.size(), nullptr, &length, &end) != 0 ||
      length != m.size())
    return std::nullopt;
  return m;
}

/// Other schemes (v0) and signatures that are no SHA-256 are passed over, as Stripe asks.
std::optional<signed_at> read(std::string_view header) {
  if (header.size() > longest_header) return std::nullopt;
  signed_at s;
  while (!header.empty()) {
    const auto part = header.substr(0, header.find(','));
    header.remove_prefix(std::min(header.size(), part.size() + 1));
    if (part.starts_with("t=")) {
      s.time = part.substr(2);
    } else if (part.starts_with("v1=") && s.signatures.size() < most_signatures) {
      if (const auto m = mac_of(part.substr(3))) s.signatures.push_back(*m);
    }
  }
  const auto last = s.time.data() + s.time.size();
  const auto [at, e] = std::from_chars(s.time.data(), last, s.seconds);
  constexpr std::int64_t latest = 253'402'300'799;  // the end of year 9999
  const bool is_time =
      !s.time.empty() && e == std::errc{} && at == last && s.seconds >= 0 && s.seconds <= latest;
  if (!is_time || s.signatures.empty()) return std::nullopt;
  return s;
}

mac sign(std::string_view secret, std::string_view time, std::string_view body) {
  crypto_auth_hmacsha256_state state;
  ::crypto_auth_hmacsha256_init(&state, bytes(secret), secret.size());
  ::crypto_auth_hmacsha256_update(&state, bytes(time), time.size());
  ::crypto_auth_hmacsha256_update(&state, bytes("."), 1);
  ::crypto_auth_hmacsha256_update(&state, bytes(body), body.size());
  mac m;
  ::crypto_auth_hmacsha256_final(&state, m.data());
  ::sodium_memzero(&state, sizeof state);
  return m;
}

}  // namespace

signature_verdict check_signature(std::string_view header, std::string_view body,
                                  const std::vector<std::string>& secrets, instant now,
                                  milliseconds tolerance) {
  const auto s = read(header);
  if (!s) return signature_verdict::missing;
  bool matches = false;
  for (const auto& secret : secrets) {
    const auto ours = sign(secret, s->time, body);
    for (const auto& theirs : s->signatures)
      matches |= ::sodium_memcmp(ours.data(), theirs.data(), ours.size()) == 0;
  }
  if (!matches) return signature_verdict::wrong;
  const instant made{std::chrono::seconds{s->seconds}};
  const bool is_fresh = made >= now - tolerance && made <= now + tolerance;
  return is_fresh ? signature_verdict::good : signature_verdict::stale;
}

}  // namespace atrium::stripe
