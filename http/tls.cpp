#include "http/tls.hpp"

#include <boost/asio/ssl/context.hpp>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <string_view>
#include <time.h>

namespace atrium::http {
namespace {

namespace ssl = boost::asio::ssl;

constexpr const char* tls12_ciphers = "ECDHE+AESGCM:ECDHE+CHACHA20";

failure wrong(std::string detail) {
  ::ERR_clear_error();
  return failure{.code = ec::validation, .detail = std::move(detail)};
}

/// The reason OpenSSL gives, for the end of a sentence.
std::string openssl_reason() {
  const auto code = ::ERR_peek_last_error();
  const char* text = ::ERR_reason_error_string(code);
  return text == nullptr ? std::string() : std::string(" (") + text + ")";
}

/// Nobody is there to type a passphrase.
int no_passphrase(char*, int, int, void*) {
  return -1;
}

/// Picks "http/1.1" from the client's list; a client that offers only others is told so
/// (RFC 7301, 3.2).
int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* chosen_size,
                    const unsigned char* offered, unsigned int offered_size, void*) {
  static constexpr unsigned char ours[] = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
  unsigned char* picked = nullptr;
  if (::SSL_select_next_proto(&picked, chosen_size, ours, sizeof ours, offered, offered_size) !=
      OPENSSL_NPN_NEGOTIATED)
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  *chosen = picked;
  return SSL_TLSEXT_ERR_OK;
}

bool harden(SSL_CTX* c) {
  ::SSL_CTX_set_options(c, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
  ::SSL_CTX_set_mode(c, SSL_MODE_RELEASE_BUFFERS);
  ::SSL_CTX_set_default_passwd_cb(c, no_passphrase);
  ::SSL_CTX_set_alpn_select_cb(c, choose_protocol, nullptr);
  static constexpr unsigned char name[] = "atrium";
  return ::SSL_CTX_set_min_proto_version(c, TLS1_2_VERSION) == 1 &&
         ::SSL_CTX_set_cipher_list(c, tls12_ciphers) == 1 &&
         ::SSL_CTX_set_session_id_context(c, name, sizeof name - 1) == 1;
}

std::optional<failure> unreadable(const std::filesystem::path& file, const char* what) {
  errno = 0;
  const std::ifstream in(file);
  if (in && !std::filesystem::is_directory(file)) return {};
  return wrong(std::string(what) + ": " + file.string() +
               " cannot be read: " + std::strerror(errno == 0 ? EISDIR : errno));
}

instant instant_of(const ASN1_TIME* t) {
  tm utc{};
  if (::ASN1_TIME_to_tm(t, &utc) != 1) return {};
  return instant(std::chrono::seconds(::timegm(&utc)));
}

}  // namespace

tls_credentials::tls_credentials(std::filesystem::path certificate, std::filesystem::path key)
    : certificate_(std::move(certificate)), key_(std::move(key)) {}

tls_credentials::stamps tls_credentials::look() const {
  std::error_code missing;
  return {std::filesystem::last_write_time(certificate_, missing),
          std::filesystem::last_write_time(key_, missing)};
}

bool tls_credentials::files_changed() const {
  return look() != seen_;
}

result<void> tls_credentials::load(instant now) {
  seen_ = look();
  if (auto why = unreadable(certificate_, "tls-certificate")) return *why;
  if (auto why = unreadable(key_, "tls-key")) return *why;
  auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
  auto* c = context->native_handle();
  ::ERR_clear_error();
  if (!harden(c)) return wrong("OpenSSL refuses the settings of TLS" + openssl_reason());
  if (::SSL_CTX_use_certificate_chain_file(c, certificate_.c_str()) != 1)
    return wrong("tls-certificate: " + certificate_.string() +
                 " holds no certificate in PEM form that can be used" + openssl_reason());
  if (::SSL_CTX_use_PrivateKey_file(c, key_.c_str(), SSL_FILETYPE_PEM) != 1) {
    const bool other = ERR_GET_LIB(::ERR_peek_last_error()) == ERR_LIB_X509;
    return wrong(other ? "tls-key: " + key_.string() + " is not the key of the certificate in " +
                             certificate_.string()
                       : "tls-key: " + key_.string() +
                             " holds no private key in PEM form without a passphrase" +
                             openssl_reason());
  }
  if (::SSL_CTX_check_private_key(c) != 1)
    return wrong("tls-key: " + key_.string() + " is not the key of the certificate in " +
                 certificate_.string());
  const auto* leaf = ::SSL_CTX_get0_certificate(c);
  const auto from = instant_of(::X509_get0_notBefore(leaf));
  const auto until = instant_of(::X509_get0_notAfter(leaf));
  if (now >= until)
    return wrong("tls-certificate: the certificate in " + certificate_.string() + " expired at " +
                 format_instant(until) + "; get a new one");
  if (now < from)
    return wrong("tls-certificate: the certificate in " + certificate_.string() +
                 " is not valid before " + format_instant(from) + "; check this machine's clock");
  expires_at_ = until;
  const std::lock_guard lock(mutex_);
  current_ = std::move(context);
  return {};
}

std::shared_ptr<ssl::context> tls_credentials::current() const {
  const std::lock_guard lock(mutex_);
  return current_;
}

}  // namespace atrium::http
