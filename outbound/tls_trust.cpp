#include "outbound/tls_trust.hpp"

#include <openssl/ssl.h>
#include <stdexcept>

namespace atrium::outbound {

std::unique_ptr<boost::asio::ssl::context> trusting(const std::string& ca_file) {
  namespace ssl = boost::asio::ssl;
  auto context = std::make_unique<ssl::context>(ssl::context::tls_client);
  auto* c = context->native_handle();
  static constexpr unsigned char protocol[] = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
  if (::SSL_CTX_set_min_proto_version(c, TLS1_2_VERSION) != 1 ||
      ::SSL_CTX_set_alpn_protos(c, protocol, sizeof protocol) != 0)
    throw std::invalid_argument("OpenSSL refuses the settings of TLS");
  boost::system::error_code e;
  if (ca_file.empty())
    context->set_default_verify_paths(e);
  else
    context->load_verify_file(ca_file, e);
  if (e)
    throw std::invalid_argument(
        (ca_file.empty() ? "the system's certificates" : "the certificates in " + ca_file) +
        " cannot be read: " + e.message());
  return context;
}

}  // namespace atrium::outbound
