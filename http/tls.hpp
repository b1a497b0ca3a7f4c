#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <string>

#include "domain/failure.hpp"
#include "domain/time.hpp"

namespace boost::asio::ssl {
class context;
}

namespace atrium::http {

/// The certificate and key that new connections are secured with: TLS 1.2 and 1.3, forward secrecy
/// and authenticated encryption only, ALPN "http/1.1", no renegotiation, no compression.
///
/// Operation: load() reads both files; connections made before keep what they have. Concurrency:
/// current() from any thread, the rest from one. Limitations: one certificate, no client
/// certificates.
class tls_credentials {
 public:
  /// PEM files: the certificate with its chain, leaf first, and its private key without passphrase.
  tls_credentials(std::filesystem::path certificate, std::filesystem::path key);

  /// Reads the files. Fails with what is wrong (unreadable, no PEM, passphrase, not a pair, not in
  /// its time at `now`); what was in use then stays in use.
  result<void> load(instant now);
  /// Whether a file was changed since load() last looked, also when that failed.
  bool files_changed() const;

  /// Null until a first load() succeeded.
  std::shared_ptr<boost::asio::ssl::context> current() const;
  /// End of the certificate in use.
  instant expires_at() const { return expires_at_; }

 private:
  struct stamps {
    std::filesystem::file_time_type certificate{}, key{};
    friend bool operator==(const stamps&, const stamps&) = default;
  };
  stamps look() const;

  const std::filesystem::path certificate_, key_;
  stamps seen_;
  instant expires_at_{};
  mutable std::mutex mutex_;
  std::shared_ptr<boost::asio::ssl::context> current_;
};

}  // namespace atrium::http
