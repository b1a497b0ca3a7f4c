#include "cluster-config/option_table.hpp"

#include <algorithm>
#include <cctype>
#include <utility>

#include "cluster-config/option_forms.hpp"
#include "cluster-config/values.hpp"

namespace atrium {
namespace {

using namespace option_forms;
using o = options;
using ms = options::ms;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

option_spec listen_option() {
  option_spec spec{"listen",
                   "ADDR:PORT",
                   "a literal address or localhost, port 0..65535",
                   "where to serve HTTP; other machines can reach it only when this is not a "
                   "loopback address, and that is refused without credentials",
                   false,
                   false,
                   {},
                   {}};
  spec.set = [](options& o, const std::string& text) -> std::optional<std::string> {
    if (!parse_endpoint(text))
      return std::string("must be ADDR:PORT such as 127.0.0.1:8080, [::1]:8080 or 0.0.0.0:80");
    o.listen = text;
    return std::nullopt;
  };
  spec.get = [](const options& o) { return o.listen; };
  return spec;
}

option_spec secret(std::string name, std::string options::*member, std::size_t least,
                   std::string doc) {
  constexpr std::size_t most = 200;
  const auto bounds = std::to_string(least) + ".." + std::to_string(most);
  option_spec spec{std::move(name),
                   "text",
                   bounds + " printable characters without spaces",
                   std::move(doc),
                   false,
                   true,
                   {},
                   {}};
  spec.set = [=](options& o, const std::string& text) -> std::optional<std::string> {
    const bool is_printable =
        std::all_of(text.begin(), text.end(), [](unsigned char c) { return c > ' ' && c < 127; });
    if (text.size() < least || text.size() > most || !is_printable)
      return "must have " + bounds + " printable ASCII characters and no spaces";
    o.*member = text;
    return std::nullopt;
  };
  spec.get = [=](const options& o) { return o.*member; };
  return spec;
}

std::vector<option_spec> storage_options() {
  return {
      folder("data-dir", &o::data_dir, "where everything is kept; made when missing"),
      flag("demo", &o::demo, "fill an empty data directory with an office to look at"),
      whole("shards", &o::shards, 1, 1024, "shards",
            "parts the journal is addressed by; only used when the data directory is made"),
      whole("journal-map-mb", &o::journal_map_mb, 16, 1 << 20, "MiB",
            "first size of the journal's map; it grows by itself"),
      whole("views-map-mb", &o::views_map_mb, 16, 1 << 20, "MiB",
            "first size of the read model's and the index's maps; they grow by themselves"),
  };
}

std::vector<option_spec> http_options() {
  return {
      listen_option(),
      optional_file("tls-certificate", &o::tls_certificate,
                    "certificate with its chain in PEM form; with it and tls-key HTTPS is served. "
                    "Read again on SIGHUP and when it changes"),
      optional_file("tls-key", &o::tls_key, "its private key in PEM form, without a passphrase"),
      whole("max-connections", &o::max_connections, 1, 1'000'000, "connections",
            "open connections; further ones are closed at once"),
      whole("max-body-kb", &o::max_body_kb, 1, 16384, "KiB", "largest request body"),
      duration("header-timeout", &o::header_timeout, ms(100), minutes(10),
               "a request must have arrived within this"),
      duration("idle-timeout", &o::idle_timeout, ms(100), hours(24),
               "connections without requests are closed after this"),
      whole("max-handshakes", &o::max_handshakes, 1, 100'000, "connections",
            "TLS handshakes at the same time; further connections are closed at once"),
      duration("handshake-timeout", &o::handshake_timeout, ms(100), minutes(1),
               "a TLS handshake must have ended within this"),
  };
}

std::vector<option_spec> sign_in_options() {
  return {
      secret("admin-key", &o::admin_key, 24,
             "the first administrator's key, for scripts and mounted secrets; without it the first "
             "start makes one and prints it once"),
      optional_text("jwt-issuer", &o::jwt_issuer, 500, "URL",
                    "whose JSON Web Tokens sign people in: their \"iss\", compared exactly; empty: "
                    "API keys only"),
      optional_text("jwt-audience", &o::jwt_audience, 500, "text",
                    "what the \"aud\" of a token must contain: the name of this server there"),
      optional_text("jwt-keys", &o::jwt_keys, 1000, "URL|FILE",
                    "the issuer's public keys as a JWK set: https:// (http:// on this machine "
                    "only), or a file"),
      optional_file("jwt-keys-ca", &o::jwt_keys_ca,
                    "certificates to trust for that address instead of the system's"),
      duration("jwt-keys-refresh", &o::jwt_keys_refresh, seconds(10), hours(24),
               "the issuer's keys are fetched again after this, and when a token names a new one"),
      choices("jwt-algorithms", &o::jwt_algorithms,
              {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512",
               "EdDSA"},
              "signature algorithms that are accepted"),
      duration("jwt-clock-skew", &o::jwt_clock_skew, ms(0), minutes(5),
               "how far the issuer's clock may be off"),
      optional_text("jwt-roles-claim", &o::jwt_roles_claim, 200, "claim",
                    "claim with the roles of the caller, a text or a list; with a leading / an RFC "
                    "6901 pointer such as /realm_access/roles"),
      optional_text("jwt-admin-role", &o::jwt_admin_role, 200, "text",
                    "role that makes an admin; empty: none does"),
      optional_text("jwt-operator-role", &o::jwt_operator_role, 200, "text",
                    "role that makes an operator; empty: none does"),
      optional_text("jwt-customer-role", &o::jwt_customer_role, 200, "text",
                    "role that makes a customer; empty: whoever has a token is one"),
  };
}

std::vector<option_spec> bookings_options() {
  return {
      duration("hold-ttl", &o::hold_ttl, minutes(1), hours(1),
               "how long a hold lasts when its request does not say"),
      optional_text("receipt-issuer", &o::receipt_issuer, 500, "text",
                    "who gives receipts: name, address and tax number of the office"),
  };
}

std::vector<option_spec> payments_options() {
  return {
      choice("payment-provider", &o::payment_provider, {"sandbox", "stripe"},
             "who moves the money; the sandbox moves none"),
      duration(
          "payment-action-ttl", &o::payment_action_ttl, seconds(1), hours(24),
          "how long a slot is kept for a customer who has to confirm the payment (3-D Secure)"),
      whole("payment-breaker-percent", &o::payment_breaker_percent, 1, 100, "percent",
            "calls to the payment provider that fail within ten seconds (of at least 20) before no "
            "more are sent for a while"),
      duration("payment-breaker-pause", &o::payment_breaker_pause, ms(100), minutes(10),
               "how long; then one call tries whether the provider is back"),
      whole("payment-retry-percent", &o::payment_retry_percent, 0, 1000, "percent",
            "repeated calls to the payment provider, of the first calls of ten seconds; besides, "
            "50 a second are always allowed"),
      duration("reconcile-every", &o::reconcile_every, ms(0), hours(24 * 7),
               "so often the journal is held against the payment provider's ledger; 0ms: never"),
      duration("reconcile-grace", &o::reconcile_grace, ms(1'000), hours(24),
               "payments that changed within this are left for the next time"),
  };
}

std::vector<option_spec> stripe_options() {
  return {
      secret("stripe-key", &o::stripe_key, 8,
             "Stripe's secret key (sk_...); or name a file with stripe-key-file"),
      optional_file("stripe-key-file", &o::stripe_key_file,
                    "a file that holds Stripe's secret key and nothing else"),
      secret(
          "stripe-webhook-secret", &o::stripe_webhook_secret, 8,
          "signing secret (whsec_...) of the events that Stripe sends to us; or name a file with "
          "stripe-webhook-secret-file"),
      optional_file("stripe-webhook-secret-file", &o::stripe_webhook_secret_file,
                    "a file with up to four signing secrets, one a line; read again on SIGHUP"),
      optional_text(
          "stripe-return-url", &o::stripe_return_url, 500, "URL",
          "where Stripe sends a customer back to after 3-D Secure; without it the customer "
          "acts in a page of yours, with the client secret"),
      optional_text("stripe-base-url", &o::stripe_base_url, 500, "URL",
                    "where Stripe's API is: https:// (http:// on this machine only)"),
      optional_file("stripe-ca-file", &o::stripe_ca_file,
                    "certificates to trust for that address instead of the system's"),
      duration("stripe-connect-timeout", &o::stripe_connect_timeout, ms(50), seconds(10),
               "a connection must stand within this; later is as if nothing had been sent"),
      duration("stripe-timeout", &o::stripe_timeout, ms(100), seconds(10),
               "an answer must have come within this, else the outcome is unknown and looked up"),
      whole("stripe-max-in-flight", &o::stripe_max_in_flight, 1, 1024, "connections",
            "connections to Stripe; eight calls for each may be under way or wait"),
  };
}

std::vector<option_spec> mails_options() {
  return {
      optional_text("public-url", &o::public_url, 254, "URL",
                    "where people reach this server, for links in mails; empty: no links"),
      optional_text("smtp-host", &o::smtp_host, 254, "NAME",
                    "the relay that takes mails; empty: no mails are sent"),
      whole("smtp-port", &o::smtp_port, 1, 65535, "port", "of the relay"),
      choice("smtp-security", &o::smtp_security, {"starttls", "tls", "none"},
             "starttls: encrypted after STARTTLS or not at all; tls: from the first byte; none: "
             "for a relay on this machine"),
      optional_text("smtp-user", &o::smtp_user, 254, "text",
                    "signs in at the relay; empty: no AUTH"),
      hidden(optional_text("smtp-password", &o::smtp_password, 200, "text", "of smtp-user")),
      optional_file("smtp-password-file", &o::smtp_password_file,
                    "a file with the password of smtp-user, for mounted secrets"),
      optional_file("smtp-ca-file", &o::smtp_ca_file,
                    "certificates to trust for the relay instead of the system's"),
      optional_text("mail-from", &o::mail_from, 254, "ADDRESS",
                    "sender of mails; required with smtp-host"),
      optional_text("mail-from-name", &o::mail_from_name, 200, "text", "name of the sender"),
      duration("reminder-before", &o::reminder_before, ms(0), hours(24 * 7),
               "so long before its start people are mailed a reminder of a booking; 0ms: never"),
  };
}

std::vector<option_spec> web_hooks_options() {
  return {
      optional_text(
          "webhook-allow-networks", &o::webhook_allow_networks, 200, "networks",
          "networks such as 10.1.0.0/16, with spaces between them, that web hooks may reach "
          "although they are private; without it public addresses only"),
      flag("webhook-plain-http", &o::webhook_plain_http,
           "let web hooks have http:// URLs, which anybody on the way can read"),
      duration("webhook-disable-after", &o::webhook_disable_after, minutes(1), hours(24 * 30),
               "a web hook that takes nothing for so long is turned off, and its owner is told"),
  };
}

std::vector<option_spec> delivery_options() {
  return {
      duration("delivery-first-retry", &o::delivery_first_retry, ms(10), hours(1),
               "a message that could not be delivered is tried again after this, then after four "
               "times as long each time"),
      duration("delivery-last-retry", &o::delivery_last_retry, ms(10), hours(24),
               "longest wait between two attempts"),
      duration("delivery-give-up", &o::delivery_give_up, minutes(1), hours(24 * 7),
               "a message older than this is set aside"),
      duration("delivery-timeout", &o::delivery_timeout, ms(100), minutes(5),
               "one attempt has this long"),
  };
}

std::vector<option_spec> limits_options() {
  return {
      whole("max-in-flight", &o::max_in_flight, 1, 1'000'000, "commands",
            "most commands being worked on; further ones are answered 503 with Retry-After"),
      duration("admission-target", &o::admission_target, ms(1), minutes(1),
               "when steps of work take longer than this on average, fewer commands are let in (at "
               "least 256, or max-in-flight)"),
      whole("rate-limit", &o::rate_limit_per_s, 0, 1'000'000, "requests/s",
            "requests of one account per second, whichever of its keys and tokens; 0: no limit"),
      whole("rate-limit-burst", &o::rate_limit_burst, 0, 10'000'000, "requests",
            "that an account may send at once after a pause; 0: twice rate-limit"),
      whole("anonymous-rate-limit", &o::anonymous_rate_limit_per_s, 0, 1'000'000, "requests/s",
            "requests without valid credentials per second and address (an IPv6 /64 is one); 0: no "
            "limit"),
      whole("anonymous-rate-limit-burst", &o::anonymous_rate_limit_burst, 0, 10'000'000, "requests",
            "of them that may come at once after a pause; 0: twice anonymous-rate-limit"),
  };
}

std::vector<option_spec> threads_options() {
  return {
      whole("http-threads", &o::http_threads, 0, 64, "threads",
            "threads that serve connections; 0: one for every two processors it may use"),
      whole("actor-threads", &o::actor_threads, 0, 64, "threads",
            "threads that run actors; 0: as many as processors it may use"),
      whole(
          "worker-niceness", &o::worker_niceness, 0, 19, "nice",
          "how far all other threads step back behind those that serve connections: under overload "
          "refusals come sooner and fewer bookings are made; 0: not"),
      whole("saga-hosts", &o::saga_hosts, 1, 64, "actors",
            "actors that run the sagas, each of them many"),
  };
}

std::vector<option_spec> logs_options() {
  return {
      choice("log-level", &o::log_level, {"trace", "debug", "info", "warn", "error", "off"},
             "least severe log line to write"),
      choice("log-format", &o::log_format, {"auto", "text", "json"},
             "auto: readable text on a terminal, JSON lines otherwise"),
      duration("drain-limit", &o::drain_limit, ms(100), minutes(10),
               "after SIGTERM requests in flight have this long to end"),
  };
}

std::vector<option_spec> test_options() {
  return {
      optional_file("clock-file", &o::clock_file,
                    "for tests: a file with milliseconds to add to the system clock"),
      duration("sandbox-lost-answer", &o::sandbox_lost_answer, ms(1), minutes(5),
               "when the sandbox's lost answers become unknown"),
      duration("sandbox-late", &o::sandbox_late, ms(1), minutes(5),
               "when the sandbox's late authorisations take effect"),
  };
}

/// In the order in which an operator needs them.
std::vector<option_spec> make_table() {
  const std::pair<std::string, std::vector<option_spec>> groups[] = {
      {"Storage", storage_options()},
      {"HTTP and TLS", http_options()},
      {"Sign-in", sign_in_options()},
      {"Bookings", bookings_options()},
      {"Payments", payments_options()},
      {"Stripe", stripe_options()},
      {"Mails", mails_options()},
      {"Web hooks", web_hooks_options()},
      {"Delivery of mails and web hooks", delivery_options()},
      {"Admission and limits", limits_options()},
      {"Threads and actors", threads_options()},
      {"Logs and stopping", logs_options()},
      {"Tests and the sandbox", test_options()},
  };
  std::vector<option_spec> all;
  for (const auto& [title, of_group] : groups)
    for (auto spec : of_group) {
      spec.group = title;
      all.push_back(std::move(spec));
    }
  return all;
}

}  // namespace

std::string option_spec::environment() const {
  std::string out = "ATRIUM_";
  for (const unsigned char c : name) out += c == '-' ? '_' : static_cast<char>(std::toupper(c));
  return out;
}

const std::vector<option_spec>& option_table() {
  static const auto table = make_table();
  return table;
}

const option_spec* find_option(std::string_view name) {
  for (const auto& spec : option_table())
    if (spec.name == name) return &spec;
  return nullptr;
}

}  // namespace atrium
