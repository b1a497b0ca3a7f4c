#include "notifications/unsubscribe_token.hpp"

#include <sodium.h>

#include <array>

namespace atrium {
namespace {

using mac = std::array<unsigned char, crypto_generichash_BYTES_MIN>;
constexpr int variant = sodium_base64_VARIANT_URLSAFE_NO_PADDING;

mac mac_of(const server_pepper& pepper, std::string_view account) {
  const auto text = "unsubscribe\n" + std::string(account);
  mac out{};
  crypto_generichash(out.data(), out.size(), reinterpret_cast<const unsigned char*>(text.data()),
                     text.size(), pepper.data(), pepper.size());
  return out;
}

std::string encoded(const void* bytes, std::size_t size) {
  std::string out(sodium_base64_encoded_len(size, variant), '\0');
  sodium_bin2base64(out.data(), out.size(), static_cast<const unsigned char*>(bytes), size,
                    variant);
  out.pop_back();  // the terminating zero
  return out;
}

std::optional<std::string> decoded(std::string_view text) {
  std::string out(text.size(), '\0');
  std::size_t size = 0;
  if (sodium_base642bin(reinterpret_cast<unsigned char*>(out.data()), out.size(), text.data(),
                        text.size(), nullptr, &size, nullptr, variant) != 0)
    return std::nullopt;
  out.resize(size);
  return out;
}

}  // namespace

std::string unsubscribe_token(const server_pepper& pepper, const account_id& who) {
  const auto m = mac_of(pepper, who.view());
  return encoded(who.view().data(), who.view().size()) + "." + encoded(m.data(), m.size());
}

std::optional<account_id> account_of_token(const server_pepper& pepper, std::string_view token) {
  constexpr std::size_t longest = 512;
  const auto dot = token.find('.');
  if (token.size() > longest || dot == std::string_view::npos) return std::nullopt;
  const auto account = decoded(token.substr(0, dot));
  const auto said = decoded(token.substr(dot + 1));
  if (!account || account->empty() || !said) return std::nullopt;
  const auto right = mac_of(pepper, *account);
  if (said->size() != right.size() || sodium_memcmp(said->data(), right.data(), right.size()) != 0)
    return std::nullopt;
  return account_id(*account);
}

}  // namespace atrium
