#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

#include "domain/events.hpp"
#include "domain/failure.hpp"

namespace atrium {

namespace cmd {
struct create_account {
  ev::account_facts facts;
};
struct change_account {
  ev::account_facts facts;
  std::uint64_t if_version = 0;
};
struct delete_account {};
struct create_key {
  api_key_id id;
  std::string name;
  std::vector<std::string> scopes;
  std::string secret_hash;
  std::optional<instant> expires_at;
};
struct revoke_key {
  api_key_id id;
};
struct register_webhook {
  webhook_id id;
  ev::webhook_facts facts;
};
struct change_webhook {
  webhook_id id;
  ev::webhook_facts facts;
  std::uint64_t if_version = 0;
};
struct rotate_webhook_secret {
  webhook_id id;
  milliseconds overlap{};  ///< how long the former secret signs, too; at most 7 days
};
/// From the delivery engine.
struct disable_webhook {
  webhook_id id;
  std::string reason;
};
struct delete_webhook {
  webhook_id id;
};
}  // namespace cmd

using account_command =
    std::variant<cmd::create_account, cmd::change_account, cmd::delete_account, cmd::create_key,
                 cmd::revoke_key, cmd::register_webhook, cmd::change_webhook,
                 cmd::rotate_webhook_secret, cmd::disable_webhook, cmd::delete_webhook>;

/// Bounds: name 1..200, e-mail plausible and <= 254, locale "en" or "ko"; at most 50 live keys.
std::vector<violation> validate(const ev::account_facts& facts);

/// Bounds: an absolute http or https URL of 12..2000 printable ASCII characters without user and
/// fragment; at most 50 types of 1..100 characters; description 0..200.
std::vector<violation> validate(const ev::webhook_facts& facts);

/// The host of such a URL, without brackets and port, in lower case; "" when it is none.
std::string webhook_host(std::string_view url);

/// A person (or program), its API keys and its web hooks (at most 20). `version` is the stream
/// number of the last change of the facts (the ETag of the account resource); keys do not change
/// it. A deleted account's id is never used again. A 51st key takes the place of expired ones,
/// which are revoked with it, or is refused.
class account {
 public:
  using events = std::vector<event>;
  explicit account(account_id id = {}) : id_(std::move(id)) {}
  result<events> decide(const account_command& command, instant now) const;
  void apply(const event& e, instant at, std::uint64_t seq);
  bool exists() const noexcept { return version_ > 0 && !deleted_; }
  const ev::account_facts& facts() const noexcept { return facts_; }
  std::uint64_t version() const noexcept { return version_; }

 private:
  struct decider;
  void apply_webhook(const event& e, std::uint64_t seq);

  account_id id_;
  ev::account_facts facts_;
  bool deleted_ = false;
  std::uint64_t version_ = 0;
  std::unordered_map<std::string, ev::api_key_created> keys_;
  struct webhook {
    ev::webhook_facts facts;
    int generation = 1;
    std::uint64_t version = 0;  ///< stream number of its last change
  };
  std::unordered_map<std::string, webhook> webhooks_;
};

}  // namespace atrium
