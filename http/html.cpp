#include "http/html.hpp"

#include <sodium.h>

#include <array>

namespace atrium::http {
namespace {

std::string policy_for(std::string_view style) {
  std::array<unsigned char, crypto_hash_sha256_BYTES> digest;
  crypto_hash_sha256(digest.data(), reinterpret_cast<const unsigned char*>(style.data()),
                     style.size());
  std::array<char,
             sodium_base64_ENCODED_LEN(crypto_hash_sha256_BYTES, sodium_base64_VARIANT_ORIGINAL)>
      text;
  sodium_bin2base64(text.data(), text.size(), digest.data(), digest.size(),
                    sodium_base64_VARIANT_ORIGINAL);
  return "default-src 'none'; style-src 'sha256-" + std::string(text.data()) +
         "'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
}

}  // namespace

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '&':
        out += "&amp;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

response html_answer(std::string page, std::string_view style) {
  response r;
  r.content_type = "text/html; charset=utf-8";
  r.body = std::move(page);
  // The transport adds nosniff to every answer.
  r.headers = {{"Content-Security-Policy", policy_for(style)}, {"Referrer-Policy", "no-referrer"}};
  return r;
}

}  // namespace atrium::http
