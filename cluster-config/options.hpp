#pragma once

#include <chrono>
#include <filesystem>
#include <string>

/// Everything an operator may set. Meaning, unit, default and bounds of each are in
/// option_table.cpp, the one place where command line, environment, file and `atrium config show`
/// get them from.
namespace atrium {

struct options {
  using ms = std::chrono::milliseconds;

  // Where things are.
  std::filesystem::path data_dir = "data";
  std::string listen = "127.0.0.1:8080";

  std::filesystem::path tls_certificate;
  std::filesystem::path tls_key;

  // How much machine is used.
  int http_threads = 0;
  int actor_threads = 0;
  int worker_niceness = 7;
  int saga_hosts = 4;
  int shards = 12;
  int journal_map_mb = 1024;
  int views_map_mb = 1024;

  // How much is taken on.
  int max_connections = 4096;
  int max_handshakes = 512;
  int max_in_flight = 2048;
  ms admission_target{50};
  int max_body_kb = 1024;
  ms handshake_timeout{5'000};
  ms header_timeout{10'000};
  ms idle_timeout{60'000};
  int rate_limit_per_s = 0;
  int rate_limit_burst = 0;
  int anonymous_rate_limit_per_s = 1000;
  int anonymous_rate_limit_burst = 0;

  // Bookings.
  ms hold_ttl{600'000};
  ms reconcile_every{0};
  ms reconcile_grace{300'000};
  std::string receipt_issuer = "Atrium";

  // Messages.
  std::string public_url;
  std::string smtp_host;
  int smtp_port = 587;
  std::string smtp_security = "starttls";
  std::string smtp_user;
  std::string smtp_password;
  std::filesystem::path smtp_password_file;
  std::filesystem::path smtp_ca_file;
  std::string mail_from;
  std::string mail_from_name = "Atrium";
  ms reminder_before{24 * 3'600'000};
  ms delivery_first_retry{5'000};
  ms delivery_last_retry{4 * 3'600'000};
  ms delivery_give_up{72 * 3'600'000};
  ms delivery_timeout{15'000};
  std::string webhook_allow_networks;
  bool webhook_plain_http = false;
  ms webhook_disable_after{5 * 24 * 3'600'000LL};

  // Start and stop.
  ms drain_limit{20'000};
  bool demo = false;
  std::filesystem::path clock_file;
  std::string admin_key;

  // Signing in by JSON Web Token.
  std::string jwt_issuer;
  std::string jwt_audience;
  std::string jwt_keys;
  std::filesystem::path jwt_keys_ca;
  ms jwt_keys_refresh{600'000};
  std::string jwt_algorithms = "RS256,PS256,ES256,EdDSA";
  ms jwt_clock_skew{60'000};
  std::string jwt_roles_claim = "roles";
  std::string jwt_admin_role = "atrium-admin";
  std::string jwt_operator_role = "atrium-operator";
  std::string jwt_customer_role;

  // Logs.
  std::string log_level = "info";
  std::string log_format = "auto";

  // Who moves the money.
  std::string payment_provider = "sandbox";
  std::string stripe_base_url = "https://api.stripe.com";
  std::string stripe_key;
  std::filesystem::path stripe_key_file;
  std::filesystem::path stripe_ca_file;
  std::string stripe_return_url;
  std::string stripe_webhook_secret;
  std::filesystem::path stripe_webhook_secret_file;
  ms stripe_connect_timeout{1'000};
  ms stripe_timeout{2'500};
  int stripe_max_in_flight = 128;
  ms payment_action_ttl{900'000};
  int payment_breaker_percent = 50;
  int payment_retry_percent = 50;
  ms payment_breaker_pause{5'000};

  // The payment sandbox.
  ms sandbox_lost_answer{1'500};
  ms sandbox_late{3'000};
};

}  // namespace atrium
