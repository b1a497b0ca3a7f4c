#pragma once

#include <array>
#include <cjose/cjose.h>
#include <memory>
#include <string>
#include <string_view>

#include "domain/time.hpp"

namespace atrium::test {

/// Base64url without padding.
std::string base64url(std::string_view bytes);

/// An issuer with an Ed25519 key: signs any bytes as header and claims, however wrong they are.
class ed25519_issuer {
 public:
  explicit ed25519_issuer(std::string kid);
  /// Member of a JWK set.
  std::string jwk() const;
  std::string sign(std::string_view header, std::string_view claims) const;
  /// With {"alg":"EdDSA","kid":...}.
  std::string sign(std::string_view claims) const;
  std::string header(std::string_view more = "") const;

 private:
  std::string kid_;
  std::array<unsigned char, 32> public_{};
  std::array<unsigned char, 64> secret_{};
};

/// An issuer with an RSA key of 2048 bits or an EC key, by cjose.
class cjose_issuer {
 public:
  explicit cjose_issuer(std::string_view kid, const char* curve_or_rsa);
  std::string jwk() const;
  std::string sign(const char* alg, std::string_view claims) const;

 private:
  std::string kid_;
  std::shared_ptr<cjose_jwk_t> key_;
};

/// {"keys":[...]}
std::string key_set(const std::string& keys);

/// Good claims at `now` for an hour, of issuer "https://id.example", audience "atrium" and subject
/// "mina", with `more` members, e.g. ",\"roles\":[\"atrium-operator\"]".
std::string good_claims(instant now, std::string_view more = "");

}  // namespace atrium::test
