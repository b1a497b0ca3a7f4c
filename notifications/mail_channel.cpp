#include "notifications/mail_channel.hpp"

#include <algorithm>
#include <array>

#include "notifications/cloud_event.hpp"
#include "notifications/message_id.hpp"
#include "notifications/templates.hpp"
#include "notifications/transfer_outcome.hpp"

namespace atrium {
namespace {

/// Events that the projection of the views may answer with a message in the inbox.
constexpr std::array<std::string_view, 11> telling{
    "reservation.released.v1",    "reservation.confirmed.v1",
    "reservation.changed.v1",     "reservation.change_released.v1",
    "reservation.cancelled.v1",   "reservation.no_show.v1",
    "payment.action_required.v1", "payment.declined.v1",
    "payment.refunded.v1",        "hold.released.v1",
    "webhook.disabled.v1"};

constexpr const char* reminder_type = "reservation.reminder";
constexpr const char* reminder_destination = "mail/reminder";

bool is_wanted(const ev::account_facts& facts, std::string_view type) {
  if (facts.email.empty() || facts.mail == ev::mail_choice::none) return false;
  return facts.mail == ev::mail_choice::all || !is_optional(type);
}

std::string inbox_id(std::uint64_t position) {
  return "ntf_" + std::to_string(position);
}

/// Whose inbox an event's message is in.
account_id reader_of(const stored_event& e, const views& read) {
  constexpr std::string_view account_stream = "account/";
  if (e.stream.starts_with(account_stream))
    return account_id(e.stream.substr(account_stream.size()));
  // Told to the customer, though it is no public event.
  if (const auto* kept = std::get_if<ev::reservation_change_released>(&e.what))
    return kept->customer;
  const auto shown = make_public(e, read);
  return shown ? shown->owner : account_id{};
}

/// A first invitation is number 0; what comes later counts up with the journal.
std::uint32_t sequence_of(const stored_event& e, std::string_view type) {
  constexpr std::uint64_t most = 2'147'483'647;
  return type == "reservation.confirmed"
             ? 0
             : static_cast<std::uint32_t>(std::max<std::uint64_t>(1, e.position % most));
}

}  // namespace

bool mail_channel::wants(std::string_view type) const {
  return std::find(telling.begin(), telling.end(), type) != telling.end();
}

delivery_channel::routed mail_channel::route(const stored_event& e) {
  const auto reader = reader_of(e, world_.read);
  if (reader.empty()) return {};
  const auto news = world_.read.notification(reader, inbox_id(e.position));
  const auto account = world_.read.account(reader);
  if (!news || !account || !is_wanted(account->facts, news->type)) return {};
  delivery d;
  d.destination = name();
  d.receiver = reader.str();
  d.type = news->type;
  routed out;
  out.messages.push_back(d);
  const auto remind_at = news->when.start - relay_.remind_before;
  const bool is_booked =
      news->type == "reservation.confirmed" || news->type == "reservation.changed";
  const bool has_reminder = is_booked && relay_.remind_before > milliseconds(0) && remind_at > e.at;
  if (has_reminder && is_wanted(account->facts, reminder_type)) {
    d.destination = reminder_destination;
    d.type = reminder_type;
    d.due = remind_at;
    out.messages.push_back(std::move(d));
  }
  return out;
}

/// A booking that still stands as the news told it, and has not begun. One that was moved has a
/// reminder of its own.
bool mail_channel::is_ahead(const mail_facts& f) const {
  return f.booking && f.booking->booked.status == reservation_status::confirmed &&
         f.booking->booked.when == f.news.when && f.booking->booked.room == f.news.room &&
         f.booking->booked.when.start > world_.clock.now();
}

result<std::string> mail_channel::write(const delivery& d) const {
  const account_id reader(d.receiver);
  const auto e = event_at(world_.log, d.position);
  const auto news = world_.read.notification(reader, inbox_id(d.position));
  const auto account = world_.read.account(reader);
  if (!e || !news || !account || !is_wanted(account->facts, d.type))
    return failure{ec::not_found, "the account is gone or does not want this mail any more"};
  const bool is_reminder = d.destination == reminder_destination;
  mail_facts f;
  f.message_id = message_id_of(*e) + (is_reminder ? "-reminder" : "");
  f.news = *news;
  f.news.type = d.type;
  if (is_reminder) f.news.created_at = d.created;
  f.reader = *account;
  if (!news->reservation.empty()) f.booking = world_.read.reservation(news->reservation);
  if (const auto room = world_.read.room(news->room)) f.site = room->facts.site;
  if (is_reminder && !is_ahead(f))
    return failure{ec::not_found, "the booking does not stand any more, or has begun"};
  f.sequence = sequence_of(*e, news->type);
  if (is_optional(d.type) && world_.unsubscribe_link)
    f.unsubscribe = world_.unsubscribe_link(reader);
  return write_mail(f, sender_);
}

bool mail_channel::send(const delivery& d, done on_done) {
  using kind = delivery_outcome::kind;
  const auto text = write(d);
  if (!text) {
    const bool is_gone = text.error().code == ec::not_found;
    on_done({is_gone ? kind::dropped : kind::refused, 0, text.error().detail, {}});
    return true;
  }
  outbound::mail_request m;
  m.host = relay_.host;
  m.port = relay_.port;
  m.secured = relay_.secured;
  m.ca_file = relay_.ca_file;
  m.user = relay_.user;
  m.password = relay_.password;
  m.from = sender_.address;
  m.to = world_.read.account(account_id(d.receiver)).value_or(account_doc{}).facts.email;
  m.message = *text;
  m.answer_within = relay_.answer_within;
  return world_.out.send(std::move(m), [on_done = std::move(on_done)](outbound::answer a) {
    on_done(outcome_of_mail(a));
  });
}

delivery_outcome outcome_of_mail(const outbound::answer& a) {
  using kind = delivery_outcome::kind;
  // "Service not available" and refused credentials say nothing about the message.
  constexpr std::array<int, 6> of_the_relay{421, 454, 530, 534, 535, 538};
  auto out = outcome_of_transfer(a);
  if (a.how != outbound::answer::end::answered || a.status < 400) return out;
  if (std::find(of_the_relay.begin(), of_the_relay.end(), a.status) != of_the_relay.end())
    out.is = kind::unreachable;
  else
    out.is = a.status >= 500 ? kind::refused : kind::failed;
  return out;
}

}  // namespace atrium
