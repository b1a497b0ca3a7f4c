#include "http/idempotency.hpp"

#include <sodium.h>

#include <algorithm>
#include <array>

namespace atrium::http {
namespace {

constexpr std::string_view base32_digits = "abcdefghijklmnopqrstuvwxyz234567";

using digest = std::array<unsigned char, 16>;

/// Length-prefixed parts, so that ("ab","c") and ("a","bc") differ.
template <class... Parts>
digest hash_of(Parts... parts) {
  crypto_generichash_state state;
  digest out;
  crypto_generichash_init(&state, nullptr, 0, out.size());
  const auto add = [&state](std::string_view part) {
    const std::uint64_t size = part.size();
    crypto_generichash_update(&state, reinterpret_cast<const unsigned char*>(&size), sizeof size);
    crypto_generichash_update(&state, reinterpret_cast<const unsigned char*>(part.data()),
                              part.size());
  };
  (add(parts), ...);
  crypto_generichash_final(&state, out.data(), out.size());
  return out;
}

std::string_view as_text(const digest& d) {
  return {reinterpret_cast<const char*>(d.data()), d.size()};
}

}  // namespace

std::string base32(std::string_view bytes) {
  std::string out;
  out.reserve((bytes.size() * 8 + 4) / 5);
  std::uint32_t pending = 0;
  int bits = 0;
  for (const char c : bytes) {
    pending = (pending << 8) | static_cast<unsigned char>(c);
    for (bits += 8; bits >= 5; bits -= 5) out += base32_digits[(pending >> (bits - 5)) & 31];
  }
  if (bits > 0) out += base32_digits[(pending << (5 - bits)) & 31];
  return out;
}

std::string derived_id(std::string_view purpose, std::string_view a, std::string_view b) {
  return base32(as_text(hash_of(purpose, a, b)));
}

std::string random_id(std::string_view prefix) {
  std::array<unsigned char, 16> bytes;
  randombytes_buf(bytes.data(), bytes.size());
  return std::string(prefix) + base32(as_text(bytes));
}

result<std::string> idempotency_key(const request& r) {
  const auto key = r.header("idempotency-key");
  const auto visible = [](char c) { return c > 0x20 && c < 0x7F; };
  if (!key.empty() && key.size() <= 255 && std::all_of(key.begin(), key.end(), visible))
    return std::string(key);
  return failure{
      .code = ec::malformed,
      .detail =
          key.empty()
              ? "The header Idempotency-Key is missing. Send one with a value of your own for each "
                "booking (a UUID is fine), and repeat the same value when you retry."
              : "The header Idempotency-Key must be 1 to 255 visible ASCII characters without "
                "spaces; a UUID is fine."};
}

saga_id saga_id_of(const account_id& principal, std::string_view key) {
  return saga_id("atr" + base32(as_text(hash_of(principal.view(), key))));
}

std::string fingerprint_of(std::string_view operation, std::string_view canonical_body) {
  return base32(as_text(hash_of(operation, canonical_body)));
}

}  // namespace atrium::http
