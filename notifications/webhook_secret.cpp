#include "notifications/webhook_secret.hpp"

#include <sodium.h>

namespace atrium {
namespace {

std::string base64(const unsigned char* bytes, std::size_t size) {
  std::string out(sodium_base64_encoded_len(size, sodium_base64_VARIANT_ORIGINAL), '\0');
  sodium_bin2base64(out.data(), out.size(), bytes, size, sodium_base64_VARIANT_ORIGINAL);
  out.pop_back();  // the terminating zero
  return out;
}

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace

std::array<unsigned char, 32> webhook_key(const server_pepper& pepper, const webhook_id& id,
                                          int generation) {
  const auto text = "webhook-secret\n" + id.str() + "\n" + std::to_string(generation);
  std::array<unsigned char, 32> key{};
  crypto_generichash(key.data(), key.size(), bytes_of(text), text.size(), pepper.data(),
                     pepper.size());
  return key;
}

std::string webhook_secret_text(const std::array<unsigned char, 32>& key) {
  return "whsec_" + base64(key.data(), key.size());
}

std::string webhook_signature(const std::vector<std::array<unsigned char, 32>>& keys,
                              std::string_view id, std::int64_t timestamp, std::string_view body) {
  const auto head = std::string(id) + "." + std::to_string(timestamp) + ".";
  std::string out;
  for (const auto& key : keys) {
    crypto_auth_hmacsha256_state state;
    crypto_auth_hmacsha256_init(&state, key.data(), key.size());
    crypto_auth_hmacsha256_update(&state, bytes_of(head), head.size());
    crypto_auth_hmacsha256_update(&state, bytes_of(body), body.size());
    std::array<unsigned char, crypto_auth_hmacsha256_BYTES> mac{};
    crypto_auth_hmacsha256_final(&state, mac.data());
    if (!out.empty()) out += ' ';
    out += "v1," + base64(mac.data(), mac.size());
  }
  return out;
}

}  // namespace atrium
