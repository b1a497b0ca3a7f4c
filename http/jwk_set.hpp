#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "domain/failure.hpp"
#include "http/json.hpp"

struct _cjose_jwk_int;

namespace atrium::http {

/// Signature algorithms of RFC 7518 and RFC 8037 that a token may have; asymmetric only, so that
/// nobody who can check a token can make one.
enum class jws_algorithm : std::uint8_t {
  rs256,
  rs384,
  rs512,
  ps256,
  ps384,
  ps512,
  es256,
  es384,
  es512,
  eddsa  ///< with Ed25519
};
/// "RS256", ...; names are compared exactly.
std::string_view to_string(jws_algorithm a);
std::optional<jws_algorithm> parse_jws_algorithm(std::string_view name);

/// The public keys of a token issuer (RFC 7517), parsed once. RSA and EC signatures are checked by
/// cjose, Ed25519 by libsodium. Concurrency: immutable once made; every member from any thread.
class jwk_set {
 public:
  static constexpr std::size_t most_bytes = 256 * 1024;
  static constexpr std::size_t most_keys = 100;

  /// Fails with malformed when the text is no JWK set, is too large, or holds no key that may check
  /// signatures. Keys that cannot be used (other purpose, unknown type, RSA below 2048 or above
  /// 8192 bits, private or symmetric) are left out; skipped() says why.
  static result<jwk_set> parse(std::string_view json);
  jwk_set(jwk_set&&) noexcept;
  ~jwk_set();

  std::size_t size() const { return keys_.size(); }
  const std::vector<std::string>& skipped() const { return skipped_; }

  enum class verdict : std::uint8_t {
    good,
    bad,          ///< a key was found, and the signature is not its
    unknown_key,  ///< no key has this id and fits the algorithm
    ambiguous     ///< the token names no key, and several would fit
  };
  /// Checks a compact JWS. Its header must already be known to name `alg` and, when it has one,
  /// `kid`.
  verdict check(std::string_view token, jws_algorithm alg,
                const std::optional<std::string>& kid) const;

 private:
  struct release {
    void operator()(_cjose_jwk_int* k) const;
  };
  struct key {
    std::string kid;
    std::vector<jws_algorithm> fits;
    std::unique_ptr<_cjose_jwk_int, release> cjose;  ///< RSA and EC
    std::array<unsigned char, 32> ed25519{};         ///< when there is no cjose
  };
  jwk_set() = default;
  /// Why the key is left out, or nothing when it was added.
  std::optional<std::string> add(json_value jwk);
  static bool is_signed_by(const key& k, std::string_view token, jws_algorithm alg);

  std::vector<key> keys_;
  std::vector<std::string> skipped_;
};

/// Base64url without padding, as JOSE has it; nothing when a character, the length or left-over
/// bits are wrong.
std::optional<std::string> decode_base64url(std::string_view text);

}  // namespace atrium::http
