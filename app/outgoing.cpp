#include "app/outgoing.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <mutex>

#include "domain/account.hpp"
#include "notifications/mail_channel.hpp"
#include "notifications/message_id.hpp"
#include "notifications/mime.hpp"
#include "notifications/unsubscribe_token.hpp"
#include "notifications/webhook_channel.hpp"
#include "outbound/client.hpp"

namespace atrium {
namespace {

delivery_engine::options engine_options_of(const options& o) {
  delivery_engine::options e;
  e.message_back_off = {o.delivery_first_retry, o.delivery_last_retry};
  e.breaker.open_for = std::min(e.breaker.open_for, o.delivery_first_retry);
  e.breaker.most_open_for = std::min(e.breaker.most_open_for, o.delivery_last_retry);
  e.give_up = o.delivery_give_up;
  return e;
}

result<std::string> password_of(const options& o) {
  if (o.smtp_password_file.empty()) return o.smtp_password;
  std::ifstream in(o.smtp_password_file, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(in), {}};
  if (!in.good() && !in.eof())
    return failure{ec::validation,
                   "smtp-password-file: " + o.smtp_password_file.string() + " cannot be read"};
  text.erase(text.find_last_not_of("\r\n") + 1);
  return text;
}

outbound::mail_request::security security_of(const options& o) {
  using security = outbound::mail_request::security;
  if (o.smtp_security == "tls") return security::tls;
  return o.smtp_security == "none" ? security::none : security::starttls;
}

/// Links need an address under which people reach this server.
std::function<std::string(const account_id&)> unsubscribe_links(const options& o,
                                                                const server_pepper& pepper) {
  if (o.public_url.empty()) return {};
  auto base = o.public_url;
  while (base.ends_with('/')) base.pop_back();
  return [base, pepper](const account_id& who) {
    return base + "/v1/unsubscribe/" + unsubscribe_token(pepper, who);
  };
}

/// Mails, when a relay is named. The relay is the operator's choice: any address will do.
struct mail_parts {
  mail_parts(const options& o, storage& s, outbox& box, const clock_port& clock,
             std::string password, const server_pepper& pepper)
      : out({.name = "mail", .public_only = false, .most_at_once = 16}),
        channel({*s.log, *s.read, out, clock, unsubscribe_links(o, pepper)},
                {o.smtp_host, static_cast<std::uint16_t>(o.smtp_port), security_of(o),
                 o.smtp_ca_file.string(), o.smtp_user, std::move(password), o.delivery_timeout,
                 o.reminder_before},
                {o.mail_from, o.mail_from_name, o.public_url}),
        engine({*s.log, *s.read, box, channel, clock}, engine_options_of(o)) {}

  outbound::client out;
  mail_channel channel;
  delivery_engine engine;
};

/// Events to web hooks: only where the operator lets them go.
struct webhook_parts {
  webhook_parts(const options& o, storage& s, outbox& box, const clock_port& clock,
                const server_pepper& pepper, const std::vector<outbound::network>& allowed,
                std::function<void(const account_id&, const webhook_id&, std::string)> disable)
      // Many endpoints may share a host: the engine's bound for each of them is the one that
      // counts.
      : out({.name = "webhooks", .also = allowed, .most_at_once = 256, .most_per_host = 0}),
        channel({*s.log, *s.read, out, clock, std::move(disable)},
                {pepper, o.delivery_timeout, o.webhook_disable_after}),
        engine({*s.log, *s.read, box, channel, clock}, options_of(o)) {}

  static delivery_engine::options options_of(const options& o) {
    auto e = engine_options_of(o);
    e.most_under_way = 256;
    return e;
  }

  outbound::client out;
  webhook_channel channel;
  delivery_engine engine;
};

/// Wakes the engines when the views move, and is safe to call when they are gone.
class waker {
 public:
  void add(delivery_engine& e) {
    const std::scoped_lock lock(mutex_);
    engines_.push_back(&e);
  }
  void clear() {
    const std::scoped_lock lock(mutex_);
    engines_.clear();
  }
  void wake() {
    const std::scoped_lock lock(mutex_);
    for (auto* e : engines_) e->nudge();
  }

 private:
  std::mutex mutex_;
  std::vector<delivery_engine*> engines_;
};

class wired_outgoing final : public outgoing {
 public:
  wired_outgoing(const options& o, storage& s, const clock_port& clock, const server_pepper& pepper,
                 std::unique_ptr<outbox> box, std::string password,
                 std::vector<outbound::network> allowed)
      : log_(*s.log),
        pepper_(pepper),
        plain_http_(o.webhook_plain_http),
        allowed_(std::move(allowed)),
        clock_(clock),
        box_(std::move(box)) {
    if (!o.smtp_host.empty()) {
      mail_ = std::make_unique<mail_parts>(o, s, *box_, clock, std::move(password), pepper);
      waker_->add(mail_->engine);
    }
    hooks_ = std::make_unique<webhook_parts>(
        o, s, *box_, clock, pepper, allowed_,
        [this](const account_id& who, const webhook_id& id, std::string why) {
          disable(who, id, std::move(why));
        });
    waker_->add(hooks_->engine);
    s.read->subscribe([w = waker_](std::uint64_t) { w->wake(); });
  }
  ~wired_outgoing() override { stop(); }

  void set_desk(command_port& desk) override { desk_ = &desk; }

  void start() override {
    if (mail_) mail_->engine.start();
    hooks_->engine.start();
  }

  std::vector<delivery_breakers::status> breakers() const override {
    auto all = hooks_->engine.breakers();
    if (!mail_) return all;
    auto mine = mail_->engine.breakers();
    // The relay is shown although nothing has gone to it yet.
    if (mine.empty()) mine.push_back({"mail", {}, 0});
    all.insert(all.begin(), mine.begin(), mine.end());
    return all;
  }
  bool switch_breaker(const std::string& name, bool trip) override {
    return (mail_ && mail_->engine.switch_breaker(name, trip)) ||
           hooks_->engine.switch_breaker(name, trip);
  }

  void set_paused(bool paused) override {
    if (mail_) mail_->engine.set_paused(paused);
    hooks_->engine.set_paused(paused);
  }

  void stop() override {
    waker_->clear();
    hooks_->engine.stop();
    hooks_->out.stop();
    if (!mail_) return;
    mail_->engine.stop();
    mail_->out.stop();
  }

  std::vector<delivery_engine::status> channels() const override {
    std::vector<delivery_engine::status> all;
    if (mail_) all.push_back(mail_->engine.describe());
    all.push_back(hooks_->engine.describe());
    return all;
  }

  result<page<delivery>> messages(const std::string& destination, std::size_t limit,
                                  const std::string& cursor) const override {
    return box_->list(destination, limit, cursor);
  }

  std::optional<delivery> message(const std::string& destination,
                                  std::uint64_t position) const override {
    return box_->find(destination, position);
  }

  std::string message_id(std::uint64_t position) const override {
    const auto e = event_at(log_, position);
    return e ? message_id_of(*e) : std::string();
  }

  bool retry(const std::string& destination, std::uint64_t position) override {
    if (destination == "mail") return mail_ && mail_->engine.retry(destination, position);
    return hooks_->engine.retry(destination, position);
  }

  std::string webhook_secret(const webhook_id& id, int generation) const override {
    return webhook_secret_text(webhook_key(pepper_, id, generation));
  }

  std::optional<account_id> unsubscribing(std::string_view token) const override {
    return account_of_token(pepper_, token);
  }

  std::optional<std::string> refusal_of(const std::string& url) const override {
    if (!plain_http_ && !url.starts_with("https://"))
      return "an https URL; http is not allowed on this server";
    const auto host = webhook_host(url);
    const auto a = outbound::parse_address(host);
    if (a && !outbound::is_public(*a) && !is_allowed(*a))
      return "an address of the public Internet; this one is private or reserved";
    return std::nullopt;
  }

 private:
  bool is_allowed(const outbound::address& a) const {
    return std::any_of(allowed_.begin(), allowed_.end(),
                       [&](const outbound::network& n) { return n.contains(a); });
  }

  void disable(const account_id& who, const webhook_id& id, std::string why) {
    if (desk_ == nullptr) return;
    spdlog::warn("web hook {} is turned off: {}", id.view(), why);
    const auto deadline = clock_.now() + std::chrono::seconds(30);
    desk_->execute(account_task{who, cmd::disable_webhook{id, std::move(why)}},
                   {account_id("engine"), "", deadline}, [](result<entity_answer> a) {
                     if (!a) spdlog::warn("a web hook was not turned off: {}", a.error().detail);
                   });
  }

  const journal& log_;
  const server_pepper pepper_;
  const bool plain_http_;
  const std::vector<outbound::network> allowed_;
  const clock_port& clock_;
  command_port* desk_ = nullptr;
  std::shared_ptr<waker> waker_ = std::make_shared<waker>();
  std::unique_ptr<outbox> box_;
  std::unique_ptr<mail_parts> mail_;
  std::unique_ptr<webhook_parts> hooks_;
};

}  // namespace

result<std::unique_ptr<outgoing>> outgoing::open(const options& o, storage& s,
                                                 const clock_port& clock,
                                                 const server_pepper& pepper) {
  if (!o.smtp_host.empty() && !mime::is_mailbox(o.mail_from))
    return failure{ec::validation, "mail-from: \"" + o.mail_from +
                                       "\" is no address that mail can be sent from; name one "
                                       "such as bookings@example.com"};
  auto password = password_of(o);
  if (!password) return password.error();
  auto allowed = outbound::parse_networks(o.webhook_allow_networks);
  if (!allowed) return failure{ec::validation, "webhook-allow-networks: " + allowed.error().detail};
  auto box = outbox::open({.dir = s.where.outbox, .journal_id = s.log->id()});
  if (!box) return box.error();
  return std::unique_ptr<outgoing>(std::make_unique<wired_outgoing>(
      o, s, clock, pepper, std::move(*box), std::move(*password), std::move(*allowed)));
}

}  // namespace atrium
