#include "tests/http/token_maker.hpp"

#include <sodium.h>

#include <stdexcept>
#include <stdlib.h>

namespace atrium::test {

std::string base64url(std::string_view bytes) {
  constexpr auto variant = sodium_base64_VARIANT_URLSAFE_NO_PADDING;
  std::string out(sodium_base64_encoded_len(bytes.size(), variant), '\0');
  sodium_bin2base64(out.data(), out.size(), reinterpret_cast<const unsigned char*>(bytes.data()),
                    bytes.size(), variant);
  out.resize(out.find('\0'));
  return out;
}

ed25519_issuer::ed25519_issuer(std::string kid) : kid_(std::move(kid)) {
  if (sodium_init() < 0) throw std::runtime_error("libsodium does not start");
  crypto_sign_keypair(public_.data(), secret_.data());
}

std::string ed25519_issuer::jwk() const {
  return R"({"kty":"OKP","crv":"Ed25519","kid":")" + kid_ + R"(","x":")" +
         base64url({reinterpret_cast<const char*>(public_.data()), public_.size()}) + "\"}";
}

std::string ed25519_issuer::sign(std::string_view header, std::string_view claims) const {
  auto token = base64url(header) + "." + base64url(claims);
  std::array<unsigned char, crypto_sign_BYTES> signature;
  crypto_sign_detached(signature.data(), nullptr,
                       reinterpret_cast<const unsigned char*>(token.data()), token.size(),
                       secret_.data());
  return token + "." +
         base64url({reinterpret_cast<const char*>(signature.data()), signature.size()});
}

std::string ed25519_issuer::header(std::string_view more) const {
  return R"({"alg":"EdDSA","kid":")" + kid_ + "\"" + std::string(more) + "}";
}

std::string ed25519_issuer::sign(std::string_view claims) const {
  return sign(header(), claims);
}

cjose_issuer::cjose_issuer(std::string_view kid, const char* curve_or_rsa) : kid_(kid) {
  const std::string kind = curve_or_rsa;
  const auto make = [&]() -> cjose_jwk_t* {
    if (kind == "RSA")
      return cjose_jwk_create_RSA_random(2048, reinterpret_cast<const uint8_t*>("\x01\x00\x01"), 3,
                                         nullptr);
    const auto curve = kind == "P-256"   ? CJOSE_JWK_EC_P_256
                       : kind == "P-384" ? CJOSE_JWK_EC_P_384
                                         : CJOSE_JWK_EC_P_521;
    return cjose_jwk_create_EC_random(curve, nullptr);
  };
  key_ = {make(), cjose_jwk_release};
  if (!key_ || !cjose_jwk_set_kid(key_.get(), kid_.data(), kid_.size(), nullptr))
    throw std::runtime_error("cjose makes no key");
}

std::string cjose_issuer::jwk() const {
  char* text = cjose_jwk_to_json(key_.get(), false, nullptr);
  std::string out(text);
  ::free(text);
  return out;
}

std::string cjose_issuer::sign(const char* alg, std::string_view claims) const {
  const std::unique_ptr<cjose_header_t, void (*)(cjose_header_t*)> header(cjose_header_new(nullptr),
                                                                          cjose_header_release);
  cjose_header_set(header.get(), CJOSE_HDR_ALG, alg, nullptr);
  cjose_header_set(header.get(), CJOSE_HDR_KID, kid_.c_str(), nullptr);
  const std::unique_ptr<cjose_jws_t, void (*)(cjose_jws_t*)> jws(
      cjose_jws_sign(key_.get(), header.get(), reinterpret_cast<const uint8_t*>(claims.data()),
                     claims.size(), nullptr),
      cjose_jws_release);
  const char* text = nullptr;
  if (!jws || !cjose_jws_export(jws.get(), &text, nullptr))
    throw std::runtime_error("cjose signs nothing");
  return text;
}

std::string key_set(const std::string& keys) {
  return "{\"keys\":[" + keys + "]}";
}

std::string good_claims(instant now, std::string_view more) {
  const auto second = [&](int later) {
    return std::to_string(now.time_since_epoch().count() / 1000 + later);
  };
  return R"({"iss":"https://id.example","aud":"atrium","sub":"mina","iat":)" + second(0) +
         ",\"exp\":" + second(3600) + std::string(more) + "}";
}

}  // namespace atrium::test
