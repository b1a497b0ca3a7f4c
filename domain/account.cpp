#include "domain/account.hpp"

#include <algorithm>

#include "domain/text.hpp"

namespace atrium {

namespace {

constexpr std::size_t most_keys = 50;
constexpr std::size_t most_scopes = 20;

using events = account::events;

failure not_found(const account_id& id) {
  return {ec::not_found, "There is no account \"" + id.str() + "\".", {}, {}, {}, 0, {}};
}

/// Plausible, not proven: one @ with a local part before and a dotted or single-label domain after
/// it, no white space, quotes or angle brackets.
bool plausible_email(std::string_view text) {
  const auto at = text.find('@');
  if (at == std::string_view::npos || at == 0 || at > 64 ||
      text.find('@', at + 1) != std::string_view::npos) {
    return false;
  }
  if (text.find_first_of(" \t\r\n\"<>(),;:\\[]") != std::string_view::npos) return false;
  const auto domain = text.substr(at + 1);
  return !domain.empty() && domain.front() != '.' && domain.back() != '.' &&
         domain.find("..") == std::string_view::npos;
}

std::vector<violation> validate(const cmd::create_key& c, instant now) {
  std::vector<violation> out;
  if (c.id.empty()) out.push_back({"required", "an id", "nothing", ""});
  if (c.secret_hash.empty()) out.push_back({"required", "the hash of the secret", "nothing", ""});
  check_text(out, c.name, {1, 100}, "/name");
  if (c.scopes.size() > most_scopes) {
    out.push_back({"max-items", "at most " + counted(most_scopes, "scope"),
                   counted(static_cast<std::int64_t>(c.scopes.size()), "scope"), "/scopes"});
  } else {
    for (std::size_t i = 0; i < c.scopes.size(); ++i) {
      check_text(out, c.scopes[i], {1, 50}, "/scopes/" + std::to_string(i));
    }
  }
  if (c.expires_at && *c.expires_at <= now) {
    out.push_back({"past", "later than now, " + format_instant(now), format_instant(*c.expires_at),
                   "/expiresAt"});
  }
  return out;
}

}  // namespace

std::vector<violation> validate(const ev::account_facts& facts) {
  std::vector<violation> out;
  check_text(out, facts.name, {1, 200}, "/name");
  check_text(out, facts.email, {1, 254}, "/email");
  if (out.empty() || out.back().pointer != "/email") {
    if (!plausible_email(facts.email)) {
      out.push_back(
          {"email", "an address such as name@example.com", "\"" + facts.email + "\"", "/email"});
    }
  }
  if (facts.locale != "en" && facts.locale != "ko") {
    out.push_back({"one-of", "\"en\" or \"ko\"", "\"" + facts.locale + "\"", "/locale"});
  }
  return out;
}

std::vector<violation> validate(const ev::webhook_facts& facts) {
  constexpr std::size_t shortest = 12, longest = 2'000, most_types = 50;
  std::vector<violation> out;
  const auto& url = facts.url;
  const bool is_plain =
      std::all_of(url.begin(), url.end(), [](unsigned char c) { return c > 0x20 && c < 0x7f; });
  if (url.size() < shortest || url.size() > longest || !is_plain || webhook_host(url).empty())
    out.push_back({"url",
                   "an absolute http or https URL of 12 to 2000 ASCII characters without user and "
                   "fragment",
                   "\"" + url.substr(0, 80) + "\"", "/url"});
  check_text(out, facts.description, {0, 200}, "/description");
  if (facts.types.size() > most_types)
    out.push_back({"max-items", "at most " + counted(most_types, "type"),
                   counted(static_cast<std::int64_t>(facts.types.size()), "type"), "/types"});
  else
    for (std::size_t i = 0; i < facts.types.size(); ++i)
      check_text(out, facts.types[i], {1, 100}, "/types/" + std::to_string(i));
  return out;
}

std::string webhook_host(std::string_view url) {
  for (const std::string_view scheme : {"https://", "http://"})
    if (url.starts_with(scheme)) {
      auto rest = url.substr(scheme.size());
      if (rest.find('#') != std::string_view::npos) return {};
      rest = rest.substr(0, rest.find_first_of("/?\\"));
      if (rest.find('@') != std::string_view::npos) return {};
      const bool is_literal = rest.starts_with('[');
      const auto end = is_literal ? rest.find(']') : rest.find(':');
      if (is_literal && end == std::string_view::npos) return {};
      std::string host(rest.substr(is_literal ? 1 : 0, is_literal ? end - 1 : end));
      for (auto& c : host) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
      return host;
    }
  return {};
}

/// One overload per command; a nested class so that it may read the state.
struct account::decider {
  const account& self;
  instant now;

  result<events> operator()(const cmd::create_account& c) const {
    if (self.version_ > 0) {
      if (!self.deleted_ && self.facts_ == c.facts) return events{};
      return failure{ec::already_exists,
                     "The account \"" + self.id_.str() + "\" exists" +
                         (self.deleted_ ? " no more; its id is not used again. Choose another id."
                                        : " already. Change it instead, or choose another id."),
                     {},
                     {},
                     {},
                     0,
                     self.deleted_ ? "deleted" : ""};
    }
    if (auto bad = validate(c.facts); !bad.empty()) return invalid("The account", std::move(bad));
    return events{ev::account_created{c.facts}};
  }

  result<events> operator()(const cmd::change_account& c) const {
    if (!self.exists()) return not_found(self.id_);
    if (auto bad = validate(c.facts); !bad.empty()) return invalid("The account", std::move(bad));
    if (c.if_version != 0 && c.if_version != self.version_) {
      return failure{ec::precondition_failed,
                     "The account was changed by somebody else since you read it. Read it again "
                     "and repeat your change on the new version.",
                     {},
                     {},
                     {},
                     0,
                     {}};
    }
    if (c.facts == self.facts_) return events{};
    return events{ev::account_changed{c.facts}};
  }

  /// Keys are revoked one by one, so that whoever indexes them sees each end.
  result<events> operator()(const cmd::delete_account&) const {
    if (!self.exists()) return not_found(self.id_);
    events out = revocations([](const ev::api_key_created&) { return true; });
    std::vector<std::string> hooks;
    for (const auto& [id, hook] : self.webhooks_) hooks.push_back(id);
    std::sort(hooks.begin(), hooks.end());
    for (auto& id : hooks) out.emplace_back(ev::webhook_deleted{webhook_id{std::move(id)}});
    out.emplace_back(ev::account_deleted{});
    return out;
  }

  result<events> operator()(const cmd::register_webhook& c) const {
    constexpr std::size_t most_webhooks = 20;
    if (!self.exists()) return not_found(self.id_);
    if (self.webhooks_.contains(c.id.str())) return events{};
    if (auto bad = validate(c.facts); !bad.empty()) return invalid("The web hook", std::move(bad));
    if (self.webhooks_.size() >= most_webhooks)
      return failure{
          ec::validation,
          "An account has at most 20 web hooks. Delete one that is not used any more, then "
          "register "
          "the new one.",
          {{"max-items", "at most 20 web hooks", std::to_string(self.webhooks_.size()), ""}}};
    return events{ev::webhook_registered{c.id, c.facts}};
  }

  result<events> operator()(const cmd::change_webhook& c) const {
    const auto* hook = find(c.id);
    if (hook == nullptr) return no_webhook(c.id);
    if (auto bad = validate(c.facts); !bad.empty()) return invalid("The web hook", std::move(bad));
    if (c.if_version != 0 && c.if_version != hook->version)
      return failure{ec::precondition_failed,
                     "The web hook was changed since you read it. Read it again and repeat your "
                     "change on the new version."};
    if (c.facts == hook->facts) return events{};
    return events{ev::webhook_changed{c.id, c.facts}};
  }

  result<events> operator()(const cmd::rotate_webhook_secret& c) const {
    constexpr milliseconds longest = std::chrono::hours(24 * 7);
    const auto* hook = find(c.id);
    if (hook == nullptr) return no_webhook(c.id);
    const auto overlap = std::clamp(c.overlap, milliseconds(0), longest);
    return events{ev::webhook_secret_rotated{c.id, hook->generation + 1, now + overlap}};
  }

  result<events> operator()(const cmd::disable_webhook& c) const {
    const auto* hook = find(c.id);
    if (hook == nullptr) return no_webhook(c.id);
    if (!hook->facts.enabled) return events{};
    return events{ev::webhook_disabled{c.id, hook->facts.url, c.reason}};
  }

  result<events> operator()(const cmd::delete_webhook& c) const {
    if (find(c.id) == nullptr) return no_webhook(c.id);
    return events{ev::webhook_deleted{c.id}};
  }

  const account::webhook* find(const webhook_id& id) const {
    const auto it = self.webhooks_.find(id.str());
    return self.exists() && it != self.webhooks_.end() ? &it->second : nullptr;
  }
  failure no_webhook(const webhook_id& id) const {
    return {ec::not_found, "There is no web hook \"" + id.str() + "\"; it may have been deleted."};
  }

  result<events> operator()(const cmd::create_key& c) const {
    if (!self.exists()) return not_found(self.id_);
    if (self.keys_.contains(c.id.str())) return events{};
    if (auto bad = validate(c, now); !bad.empty()) return invalid("The API key", std::move(bad));
    events out;
    if (self.keys_.size() >= most_keys) {
      out = revocations(
          [this](const ev::api_key_created& k) { return k.expires_at && *k.expires_at <= now; });
      if (out.empty()) {
        return failure{
            ec::validation,
            "An account has at most " + std::to_string(most_keys) +
                " API keys. Revoke one that is not used any more, then make the new one.",
            {{"max-items", "at most " + std::to_string(most_keys) + " keys",
              std::to_string(self.keys_.size()) + " keys", ""}},
            {},
            {},
            0,
            {}};
      }
    }
    out.emplace_back(ev::api_key_created{c.id, c.name, c.scopes, c.secret_hash, c.expires_at});
    return out;
  }

  result<events> operator()(const cmd::revoke_key& c) const {
    const auto it = self.keys_.find(c.id.str());
    if (!self.exists() || it == self.keys_.end()) {
      return failure{
          ec::not_found,
          "The account has no API key \"" + c.id.str() + "\"; it may have been revoked already.",
          {},
          {},
          {},
          0,
          {}};
    }
    return events{ev::api_key_revoked{c.id, it->second.secret_hash}};
  }

  template <class Pick>
  events revocations(Pick pick) const {
    std::vector<const ev::api_key_created*> picked;
    for (const auto& [id, key] : self.keys_) {
      if (pick(key)) picked.push_back(&key);
    }
    std::sort(picked.begin(), picked.end(), [](auto* a, auto* b) { return a->id < b->id; });
    events out;
    for (const auto* key : picked) out.emplace_back(ev::api_key_revoked{key->id, key->secret_hash});
    return out;
  }
};

result<events> account::decide(const account_command& command, instant now) const {
  return std::visit(decider{*this, now}, command);
}

void account::apply(const event& e, instant /*at*/, std::uint64_t seq) {
  if (const auto* created = std::get_if<ev::account_created>(&e)) {
    facts_ = created->facts;
    version_ = seq;
  } else if (const auto* changed = std::get_if<ev::account_changed>(&e)) {
    facts_ = changed->facts;
    version_ = seq;
  } else if (std::holds_alternative<ev::account_deleted>(e)) {
    deleted_ = true;
    version_ = seq;
    keys_.clear();
    webhooks_.clear();
  } else if (const auto* key = std::get_if<ev::api_key_created>(&e)) {
    keys_.insert_or_assign(key->id.str(), *key);
  } else if (const auto* revoked = std::get_if<ev::api_key_revoked>(&e)) {
    keys_.erase(revoked->id.str());
  } else {
    apply_webhook(e, seq);
  }
}

void account::apply_webhook(const event& e, std::uint64_t seq) {
  if (const auto* made = std::get_if<ev::webhook_registered>(&e)) {
    webhooks_.insert_or_assign(made->id.str(), webhook{made->facts, 1, seq});
  } else if (const auto* changed = std::get_if<ev::webhook_changed>(&e)) {
    auto& hook = webhooks_[changed->id.str()];
    hook.facts = changed->facts;
    hook.version = seq;
  } else if (const auto* rotated = std::get_if<ev::webhook_secret_rotated>(&e)) {
    auto& hook = webhooks_[rotated->id.str()];
    hook.generation = rotated->generation;
    hook.version = seq;
  } else if (const auto* disabled = std::get_if<ev::webhook_disabled>(&e)) {
    auto& hook = webhooks_[disabled->id.str()];
    hook.facts.enabled = false;
    hook.version = seq;
  } else if (const auto* deleted = std::get_if<ev::webhook_deleted>(&e)) {
    webhooks_.erase(deleted->id.str());
  }
}

}  // namespace atrium
