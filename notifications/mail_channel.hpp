#pragma once

#include <functional>
#include <string>

#include "notifications/delivery_channel.hpp"
#include "notifications/mail_message.hpp"
#include "outbound/client.hpp"
#include "persistence/journal.hpp"
#include "persistence/views.hpp"

namespace atrium {

/// The mail relay, from the options.
struct mail_relay {
  std::string host;
  std::uint16_t port = 587;
  outbound::mail_request::security secured = outbound::mail_request::security::starttls;
  std::string ca_file, user, password;
  milliseconds answer_within{60'000};
  milliseconds remind_before{0};  ///< so long before its start a booking is reminded of; 0: never
};

/// Mails to people about what their inbox shows, and reminders of their bookings. One relay, two
/// destinations: "mail" and "mail/reminder".
///
/// Operation: an event that left a message in somebody's inbox leaves a mail, unless the account
/// has no address or does not want it. The text is made when it is sent, from the views, in the
/// reader's language of that moment.
class mail_channel final : public delivery_channel {
 public:
  struct world {
    const journal& log;
    const views& read;
    outbound::client& out;
    const clock_port& clock;
    /// The link that ends an account's optional mails; may be empty, or return "".
    std::function<std::string(const account_id&)> unsubscribe_link;
  };
  mail_channel(world w, mail_relay relay, mail_sender sender)
      : world_(std::move(w)), relay_(std::move(relay)), sender_(std::move(sender)) {}

  std::string_view name() const override { return "mail"; }
  bool is_in_use() const override { return true; }
  std::uint64_t begins_after() override { return 0; }
  bool wants(std::string_view type) const override;
  routed route(const stored_event& e) override;
  bool send(const delivery& d, done on_done) override;
  void failing(const std::string&, instant) override {}
  std::uint64_t most_waiting() const override { return 1'000'000; }
  std::string reached_by(const std::string&) const override { return "mail"; }
  bool has_endpoint(const std::string& endpoint) const override { return endpoint == "mail"; }

 private:
  /// Fails with not_found when nobody wants it any more, with validation when it cannot be mailed.
  result<std::string> write(const delivery& d) const;
  bool is_ahead(const mail_facts& f) const;

  world world_;
  mail_relay relay_;
  mail_sender sender_;
};

/// What a relay's answer means for a message.
delivery_outcome outcome_of_mail(const outbound::answer& a);

}  // namespace atrium
