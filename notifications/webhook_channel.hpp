#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "notifications/delivery_channel.hpp"
#include "notifications/webhook_secret.hpp"
#include "outbound/client.hpp"
#include "persistence/journal.hpp"
#include "persistence/views.hpp"

namespace atrium {

/// Events to the endpoints that people have registered, signed as Standard Webhooks 1.0 says. Each
/// endpoint is a destination: "webhook/<id>".
///
/// Operation: an endpoint hears of the public events of its types that its owner may see (the rules
/// of /v1/events), from its registration on. The body is the CloudEvent. Redirects are failures.
class webhook_channel final : public delivery_channel {
 public:
  struct world {
    const journal& log;
    const views& read;
    outbound::client& out;
    const clock_port& clock;
    /// Turns an endpoint off and tells its owner; must not block.
    std::function<void(const account_id&, const webhook_id&, std::string reason)> disable;
  };
  struct options {
    server_pepper pepper{};
    milliseconds answer_within{15'000};
    milliseconds disable_after{std::chrono::hours(120)};
  };
  webhook_channel(world w, options o) : world_(std::move(w)), options_(o) {}

  static std::string destination_of(const webhook_id& id) { return "webhook/" + id.str(); }

  std::string_view name() const override { return "webhook"; }
  bool is_in_use() const override { return world_.read.webhooks_changed() != 0; }
  std::uint64_t begins_after() override;
  bool wants(std::string_view type) const override;
  routed route(const stored_event& e) override;
  bool send(const delivery& d, done on_done) override;
  void failing(const std::string& destination, instant since) override;
  bool has_endpoint(const std::string& endpoint) const override;

 private:
  void refresh();
  bool may_see(const webhook_doc& hook, const account_id& owner, bool is_for_everyone) const;
  outbound::http_request request_for(const webhook_doc& hook, const stored_event& e,
                                     std::string body) const;

  world world_;
  options options_;
  // What the views said when they last changed; the engine's thread only.
  std::uint64_t seen_ = 0;
  std::vector<webhook_doc> hooks_;  ///< those turned on
  std::set<std::string> types_;     ///< that any of them wants
  bool wants_all_ = false;
  std::uint64_t first_ = 0;
};

/// What an endpoint's answer means for a message.
delivery_outcome outcome_of_webhook(const outbound::answer& a);

}  // namespace atrium
