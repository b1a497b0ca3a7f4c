#include "app/listening.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "app/processors.hpp"
#include "cluster-config/values.hpp"
#include "http/access_log.hpp"

namespace atrium {

http::server_options server_options_of(const options& o) {
  const auto where = parse_endpoint(o.listen);
  const auto limit = [](int per_second, int burst) {
    const auto rate = static_cast<std::uint32_t>(per_second);
    return http::rate_limit{rate, burst > 0 ? static_cast<std::uint32_t>(burst) : 2 * rate};
  };
  http::server_options s;
  s.address = where->host == "localhost" ? "127.0.0.1" : where->host;
  s.port = where->port;
  s.io_threads = static_cast<unsigned>(
      o.http_threads > 0 ? o.http_threads : std::clamp(usable_processors() / 2, 1, 64));
  s.max_connections = static_cast<std::size_t>(o.max_connections);
  s.body_bytes = static_cast<std::uint64_t>(o.max_body_kb) * 1024;
  s.max_handshakes = static_cast<std::size_t>(o.max_handshakes);
  s.handshake_deadline = o.handshake_timeout;
  // Browsers remember it for the whole host: a nuisance on localhost.
  s.strict_transport = !is_loopback(*where);
  s.head_deadline = o.header_timeout;
  s.idle_deadline = o.idle_timeout;
  s.rates.account = limit(o.rate_limit_per_s, o.rate_limit_burst);
  s.rates.address = limit(o.anonymous_rate_limit_per_s, o.anonymous_rate_limit_burst);
  const bool is_chatty = o.log_level == "trace" || o.log_level == "debug";
  s.log = http::spdlog_access_log(is_chatty ? http::access_log_level::all
                                            : http::access_log_level::failures);
  return s;
}

result<std::shared_ptr<http::tls_credentials>> open_tls(const options& o, const clock_port& clock) {
  if (o.tls_certificate.empty()) return std::shared_ptr<http::tls_credentials>();
  auto tls = std::make_shared<http::tls_credentials>(o.tls_certificate, o.tls_key);
  if (const auto done = tls->load(clock.now()); !done) return done.error();
  std::error_code unknown;
  const auto mode = std::filesystem::status(o.tls_key, unknown).permissions();
  if (!unknown && (mode & std::filesystem::perms::others_read) != std::filesystem::perms::none)
    spdlog::warn("tls-key: every user of this machine can read {}; chmod o-r it",
                 o.tls_key.string());
  return tls;
}

void reload_tls(http::tls_credentials& tls, const clock_port& clock) {
  if (const auto done = tls.load(clock.now()); !done)
    spdlog::error("{}; the certificate that was in use stays", done.error().detail);
  else
    spdlog::info("new connections get the certificate that ends at {}",
                 format_instant(tls.expires_at()));
}

}  // namespace atrium
