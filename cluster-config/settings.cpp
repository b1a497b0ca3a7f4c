#include "cluster-config/settings.hpp"

#include <algorithm>
#include <cstring>
#include <set>
#include <unistd.h>

#include "cluster-config/ini.hpp"
#include "cluster-config/option_table.hpp"
#include "cluster-config/values.hpp"

namespace atrium {
namespace {

/// Variables that are ours although they are no options.
const std::set<std::string> other_variables = {"ATRIUM_CONFIG"};

class resolver {
 public:
  void file(const setting_layers& layers) {
    auto entries = parse_ini(layers.file_text);
    if (!entries) {
      for (auto v : entries.error().violations) {
        v.pointer = layers.file_name + ", " + v.pointer;
        wrong_.push_back(std::move(v));
      }
      return;
    }
    std::set<std::string> seen;
    for (const auto& e : *entries) {
      const auto where = layers.file_name + ", line " + std::to_string(e.line);
      const auto* spec = find_option(e.name);
      if (spec == nullptr) {
        wrong_.push_back(
            {"unknown", "no option has this name; see atrium config show", e.name, where});
      } else if (!seen.insert(e.name).second) {
        wrong_.push_back({"twice", "an option is set once", e.name, where});
      } else {
        set(*spec, e.value, where);
      }
    }
  }

  void environment(const std::map<std::string, std::string>& variables) {
    std::set<std::string> known = other_variables;
    for (const auto& spec : option_table()) {
      known.insert(spec.environment());
      const auto found = variables.find(spec.environment());
      if (found != variables.end()) set(spec, found->second, found->first);
    }
    for (const auto& [name, value] : variables)
      if (!known.contains(name)) out_.warnings.push_back(name + " is set but is no option");
  }

  void command_line(const std::map<std::string, std::string>& given) {
    for (const auto& [name, text] : given) {
      if (const auto* spec = find_option(name)) set(*spec, text, "--" + name);
    }
  }

  result<settings> finish() {
    if (wrong_.empty()) wrong_ = validate(out_.values);
    if (!wrong_.empty())
      return failure{ec::validation, "the options are not valid", std::move(wrong_), {}, {}, 0, {}};
    return std::move(out_);
  }

 private:
  void set(const option_spec& spec, const std::string& text, const std::string& where) {
    if (auto why = spec.set(out_.values, text))
      wrong_.push_back({spec.name, *why, spec.is_secret ? "(secret)" : text, where});
    else
      out_.sources[spec.name] = where;
  }

  settings out_;
  std::vector<violation> wrong_;
};

std::string quoted_if_needed(const std::string& value) {
  const bool is_plain = !value.empty() && value.find_first_of("#; \t") == std::string::npos;
  return is_plain ? value : '"' + value + '"';
}

}  // namespace

result<settings> resolve(const setting_layers& layers) {
  resolver r;
  if (!layers.file_name.empty()) r.file(layers);
  r.environment(layers.environment);
  r.command_line(layers.command_line);
  return r.finish();
}

namespace {

/// What comes over the network in the clear could be anybody's, and be read by anybody.
bool is_safe_url(std::string_view url) {
  if (url.starts_with("https://")) return true;
  if (!url.starts_with("http://")) return false;
  url.remove_prefix(7);
  const auto host = url.substr(0, url.find_first_of("/?#"));
  if (host.find('@') != std::string_view::npos) return false;
  for (const std::string_view here : {"localhost", "127.0.0.1", "[::1]"})
    if (host == here || (host.starts_with(here) && host[here.size()] == ':')) return true;
  return false;
}

bool is_safe_source(std::string_view source) {
  return source.find("://") == std::string_view::npos || is_safe_url(source);
}

void validate_tokens(const options& o, std::vector<violation>& wrong) {
  const bool any = !o.jwt_issuer.empty() || !o.jwt_audience.empty() || !o.jwt_keys.empty();
  if (!any) return;
  const auto needs = [&](const char* name, const std::string& value) {
    if (value.empty())
      wrong.push_back({name, "jwt-issuer, jwt-audience and jwt-keys are set together", "", name});
  };
  needs("jwt-issuer", o.jwt_issuer);
  needs("jwt-audience", o.jwt_audience);
  needs("jwt-keys", o.jwt_keys);
  if (!is_safe_source(o.jwt_keys))
    wrong.push_back({"jwt-keys",
                     "https://, a file, or http:// on this machine: whoever changes the keys on "
                     "their way signs in as anybody",
                     o.jwt_keys, "jwt-keys"});
  if (o.jwt_roles_claim.empty())
    wrong.push_back({"jwt-roles-claim", "the name of a claim", "", "jwt-roles-claim"});
}

void validate_payments(const options& o, std::vector<violation>& wrong) {
  if (!o.stripe_webhook_secret.empty() && !o.stripe_webhook_secret_file.empty())
    wrong.push_back({"stripe-webhook-secret-file",
                     "only one of ATRIUM_STRIPE_WEBHOOK_SECRET and stripe-webhook-secret-file",
                     o.stripe_webhook_secret_file.string(), "stripe-webhook-secret-file"});
  if (o.payment_provider != "stripe") return;
  if (!is_safe_url(o.stripe_base_url) || o.stripe_base_url.ends_with('/'))
    wrong.push_back({"stripe-base-url",
                     "https://, or http:// on this machine, without a slash at its end: the secret "
                     "key goes there",
                     o.stripe_base_url, "stripe-base-url"});
  if (o.stripe_key.empty() == o.stripe_key_file.empty())
    wrong.push_back({"stripe-key-file", "either ATRIUM_STRIPE_KEY or stripe-key-file, not both",
                     o.stripe_key_file.string(), "stripe-key-file"});
  if (!o.stripe_return_url.empty() && !is_safe_url(o.stripe_return_url))
    wrong.push_back({"stripe-return-url", "https://, or http:// on this machine",
                     o.stripe_return_url, "stripe-return-url"});
  if (o.stripe_connect_timeout > o.stripe_timeout)
    wrong.push_back({"stripe-connect-timeout",
                     "at most stripe-timeout, " + format_duration(o.stripe_timeout),
                     format_duration(o.stripe_connect_timeout), "stripe-connect-timeout"});
}

}  // namespace

std::vector<violation> validate(const options& o) {
  std::vector<violation> wrong;
  if (o.tls_certificate.empty() != o.tls_key.empty()) {
    const auto* missing = o.tls_key.empty() ? "tls-key" : "tls-certificate";
    wrong.push_back({missing, "tls-certificate and tls-key are set together", "", missing});
  }
  validate_tokens(o, wrong);
  validate_payments(o, wrong);
  if (o.header_timeout > o.idle_timeout)
    wrong.push_back({"header-timeout", "at most idle-timeout, " + format_duration(o.idle_timeout),
                     format_duration(o.header_timeout), "header-timeout"});
  if (!o.smtp_host.empty() && o.mail_from.find('@') == std::string::npos)
    wrong.push_back({"mail-from", "an address such as bookings@example.com, since smtp-host is set",
                     o.mail_from, "mail-from"});
  if (!o.smtp_password.empty() && !o.smtp_password_file.empty())
    wrong.push_back({"smtp-password-file", "only one of smtp-password and smtp-password-file",
                     o.smtp_password_file.string(), "smtp-password-file"});
  if (!o.public_url.empty() && !o.public_url.starts_with("https://") &&
      !o.public_url.starts_with("http://"))
    wrong.push_back(
        {"public-url", "a URL such as https://rooms.example.com", o.public_url, "public-url"});
  if (o.reconcile_every.count() > 0 && o.reconcile_every < std::chrono::seconds(1))
    wrong.push_back({"reconcile-every", "0ms or at least 1s", format_duration(o.reconcile_every),
                     "reconcile-every"});
  if (o.delivery_first_retry > o.delivery_last_retry)
    wrong.push_back({"delivery-first-retry",
                     "at most delivery-last-retry, " + format_duration(o.delivery_last_retry),
                     format_duration(o.delivery_first_retry), "delivery-first-retry"});
  return wrong;
}

std::optional<failure> check_exposure(const options& o, bool has_administrator) {
  const auto where = parse_endpoint(o.listen);
  if (!where) return failure{ec::validation, "listen: " + o.listen + " is not ADDR:PORT"};
  if (is_loopback(*where) || has_administrator || !o.admin_key.empty()) return std::nullopt;
  return failure{ec::forbidden,
                 "refusing to listen on " + o.listen +
                     ": other machines could reach a server nobody holds the key of. Set "
                     "ATRIUM_ADMIN_KEY (24 characters or more), or start once on 127.0.0.1 and "
                     "keep the key it prints."};
}

std::string show(const settings& s) {
  std::string out;
  for (const auto& spec : option_table()) {
    const auto value = spec.get(s.values);
    const auto source = s.sources.find(spec.name);
    // A masked secret must not come back as a value when the output is used as a file.
    if (spec.is_secret) out += "# ";
    out += spec.name + " = " +
           (spec.is_secret && !value.empty() ? "********" : quoted_if_needed(value));
    const auto column =
        out.size() - (out.rfind('\n') == std::string::npos ? 0 : out.rfind('\n') + 1);
    if (column < 40) out.append(40 - column, ' ');
    out += " # " + (source == s.sources.end() ? std::string("default") : source->second) + '\n';
  }
  return out;
}

std::map<std::string, std::string> atrium_environment() {
  std::map<std::string, std::string> found;
  for (char** one = ::environ; one != nullptr && *one != nullptr; ++one) {
    const char* equals = std::strchr(*one, '=');
    if (equals == nullptr || std::strncmp(*one, "ATRIUM_", 7) != 0) continue;
    found.emplace(std::string(static_cast<const char*>(*one), equals), equals + 1);
  }
  return found;
}

std::string to_text(const failure& f) {
  std::string out = f.detail;
  for (const auto& v : f.violations)
    out += "\n  " + v.pointer + ": " + v.rule + " = " + v.actual + ": " + v.limit;
  return out;
}

}  // namespace atrium
