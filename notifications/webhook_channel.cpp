#include "notifications/webhook_channel.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "notifications/cloud_event.hpp"
#include "notifications/message_id.hpp"
#include "notifications/transfer_outcome.hpp"

namespace atrium {
namespace {

constexpr std::string_view deleted_type = "webhook.deleted.v1";
constexpr int gone = 410;

std::string_view without_version(std::string_view type) {
  const auto at = type.rfind(".v");
  return at == std::string_view::npos ? type : type.substr(0, at);
}

/// Beginnings of the names of public events; the rest is told apart once it is decoded.
bool may_be_public(std::string_view type) {
  constexpr std::array<std::string_view, 6> public_prefixes{"room.",        "blackout.", "hold.",
                                                            "reservation.", "payment.",  "review."};
  return std::any_of(public_prefixes.begin(), public_prefixes.end(),
                     [&](std::string_view p) { return type.starts_with(p); });
}

bool hears(const webhook_doc& hook, const std::string& type) {
  const auto& types = hook.facts.types;
  return types.empty() || std::find(types.begin(), types.end(), type) != types.end();
}

/// "Retry-After" in seconds; its other form, a date, is rare among web hooks and passed over.
std::optional<milliseconds> seconds_in(std::string_view text) {
  std::uint32_t seconds = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (text.empty() || read.ec != std::errc{} || read.ptr != text.data() + text.size())
    return std::nullopt;
  return std::chrono::seconds(seconds);
}

}  // namespace

void webhook_channel::refresh() {
  const auto changed = world_.read.webhooks_changed();
  if (changed == seen_) return;
  seen_ = changed;
  hooks_ = world_.read.all_webhooks();
  std::erase_if(hooks_, [](const webhook_doc& h) { return !h.facts.enabled; });
  types_.clear();
  wants_all_ = false;
  first_ = changed;
  for (const auto& h : hooks_) {
    types_.insert(h.facts.types.begin(), h.facts.types.end());
    wants_all_ = wants_all_ || h.facts.types.empty();
    first_ = std::min(first_, h.registered);
  }
}

std::uint64_t webhook_channel::begins_after() {
  refresh();
  return hooks_.empty() ? 0 : first_;
}

bool webhook_channel::wants(std::string_view type) const {
  if (type == deleted_type) return true;
  if (wants_all_ && may_be_public(type)) return true;
  return types_.contains(std::string(without_version(type)));
}

bool webhook_channel::may_see(const webhook_doc& hook, const account_id& owner,
                              bool is_for_everyone) const {
  if (is_for_everyone || (!owner.empty() && owner == hook.account)) return true;
  const auto account = world_.read.account(hook.account);
  return account && account->facts.as != ev::role::customer;
}

delivery_channel::routed webhook_channel::route(const stored_event& e) {
  routed out;
  if (const auto* deleted = std::get_if<ev::webhook_deleted>(&e.what)) {
    out.gone.push_back(destination_of(deleted->id));
    return out;
  }
  refresh();
  const auto shown = make_public(e, world_.read);
  if (!shown) return out;
  for (const auto& hook : hooks_) {
    if (hook.registered >= e.position || !hears(hook, shown->type)) continue;
    if (!may_see(hook, shown->owner, shown->who == public_event::audience::everyone)) continue;
    delivery d;
    d.destination = destination_of(hook.id);
    d.receiver = hook.account.str();
    d.type = shown->type;
    out.messages.push_back(std::move(d));
  }
  return out;
}

outbound::http_request webhook_channel::request_for(const webhook_doc& hook, const stored_event& e,
                                                    std::string body) const {
  const auto now = world_.clock.now();
  std::vector keys{webhook_key(options_.pepper, hook.id, hook.generation)};
  if (hook.previous_until && now < *hook.previous_until)
    keys.push_back(webhook_key(options_.pepper, hook.id, hook.generation - 1));
  const auto id = "msg_" + message_id_of(e);
  const auto timestamp = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
  outbound::http_request r;
  r.url = hook.facts.url;
  r.headers = {{"Content-Type", "application/cloudevents+json"},
               {"webhook-id", id},
               {"webhook-timestamp", std::to_string(timestamp)},
               {"webhook-signature", webhook_signature(keys, id, timestamp, body)}};
  r.body = std::move(body);
  r.answer_within = options_.answer_within;
  r.connect_within = std::min(r.connect_within, options_.answer_within);
  r.most_answer_bytes = 0;
  return r;
}

bool webhook_channel::send(const delivery& d, done on_done) {
  using kind = delivery_outcome::kind;
  const auto hook =
      world_.read.webhook(webhook_id(d.destination.substr(d.destination.find('/') + 1)));
  const auto e = event_at(world_.log, d.position);
  const auto shown = e ? to_cloud_event(*e) : std::nullopt;
  if (!hook || !hook->facts.enabled || !shown) {
    on_done(
        {kind::dropped, 0, hook ? "the web hook is turned off" : "the web hook was deleted", {}});
    return true;
  }
  return world_.out.send(request_for(*hook, *e, shown->json),
                         [on_done = std::move(on_done), disable = world_.disable,
                          account = hook->account, id = hook->id](outbound::answer a) {
                           if (a.how == outbound::answer::end::answered && a.status == gone)
                             disable(account, id, "the endpoint answered 410 Gone");
                           on_done(outcome_of_webhook(a));
                         });
}

bool webhook_channel::has_endpoint(const std::string& endpoint) const {
  const auto prefix = destination_of(webhook_id(""));
  return endpoint.starts_with(prefix) && endpoint.size() > prefix.size() &&
         world_.read.webhook(webhook_id(endpoint.substr(prefix.size()))).has_value();
}

void webhook_channel::failing(const std::string& destination, instant since) {
  const auto hook = world_.read.webhook(webhook_id(destination.substr(destination.find('/') + 1)));
  if (!hook || !hook->facts.enabled) return;
  // Whoever changed it, or turned it on again, gets the whole time anew.
  if (world_.clock.now() - std::max(since, hook->changed_at) < options_.disable_after) return;
  world_.disable(hook->account, hook->id,
                 "no message was taken since " + format_instant(std::max(since, hook->changed_at)));
}

delivery_outcome outcome_of_webhook(const outbound::answer& a) {
  using kind = delivery_outcome::kind;
  auto out = outcome_of_transfer(a);
  if (a.how != outbound::answer::end::answered || (a.status >= 200 && a.status < 300)) return out;
  out.is = a.status == gone ? kind::refused : kind::failed;
  out.detail = "answered " + std::to_string(a.status);
  if (a.status == 429 || a.status == 503) out.retry_after = seconds_in(a.retry_after);
  return out;
}

}  // namespace atrium
