#include "notifications/mail_message.hpp"

#include "notifications/invitation.hpp"
#include "notifications/mime.hpp"
#include "notifications/templates.hpp"

namespace atrium {
namespace {

std::string domain_of(std::string_view address) {
  return std::string(address.substr(address.rfind('@') + 1));
}

language language_of(const mail_facts& f) {
  return parse_language(f.reader.facts.locale);
}

std::string escaped(std::string_view text) {
  std::string out;
  out.reserve(text.size() + 16);
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

bool has_slot(const mail_facts& f) {
  return f.news.when.start < f.news.when.end;
}

std::string write_text(const mail_facts& f, const rendered_notification& words,
                       const mail_words& w) {
  std::string out = w.greeting + "\n\n" + words.text + "\n";
  if (!f.news.reservation.empty())
    out += "\n" + w.booking_label + ": " + f.news.reservation.str() + "\n";
  out += "\n-- \n" + w.footer + "\n";
  if (!f.unsubscribe.empty()) out += w.unsubscribe + ": " + f.unsubscribe + "\n";
  return out;
}

std::string row(const std::string& label, std::string_view value) {
  return "<tr><th align=\"left\" style=\"padding:2px 12px 2px 0\">" + escaped(label) + "</th><td>" +
         escaped(value) + "</td></tr>\n";
}

std::string html_of(const mail_facts& f, const rendered_notification& words, const mail_words& w,
                    const mail_sender& sender) {
  const bool korean = language_of(f) == language::ko;
  std::string out = "<!doctype html>\n<html lang=\"" + std::string(korean ? "ko" : "en") +
                    "\"><head><meta charset=\"utf-8\"><title>" + escaped(words.subject) +
                    "</title></head>\n<body style=\"font-family:sans-serif;line-height:1.5\">\n";
  out += "<p>" + escaped(w.greeting) + "</p>\n<h2>" + escaped(words.subject) + "</h2>\n<p>" +
         escaped(words.text) + "</p>\n<table>\n";
  const auto room = f.news.room_name.empty() ? f.news.room.str() : f.news.room_name;
  if (!room.empty()) out += row(w.room_label, room);
  if (has_slot(f)) out += row(w.time_label, local_slot_text(f.news.when, f.news.time_zone));
  if (!f.news.reservation.empty()) out += row(w.booking_label, f.news.reservation.view());
  out += "</table>\n";
  if (!sender.public_url.empty())
    out += "<p><a href=\"" + escaped(sender.public_url) + "\">" + escaped(w.open) + "</a></p>\n";
  out += "<p style=\"color:#555;font-size:smaller\">" + escaped(w.footer) + "</p>\n";
  if (!f.unsubscribe.empty())
    out += "<p style=\"font-size:smaller\"><a href=\"" + escaped(f.unsubscribe) + "\">" +
           escaped(w.unsubscribe) + "</a></p>\n";
  return out + "</body></html>\n";
}

/// Only messages that put a booking into a calendar or take it out carry one.
std::optional<invitation> invitation_of(const mail_facts& f, const rendered_notification& words,
                                        const mail_sender& sender) {
  const bool is_cancel = f.news.type == "reservation.cancelled";
  const bool is_booked =
      f.news.type == "reservation.confirmed" || f.news.type == "reservation.changed";
  if (!f.booking || (!is_cancel && !is_booked)) return std::nullopt;
  const auto& booked = f.booking->booked;
  invitation i;
  i.what = is_cancel ? invitation::method::cancel : invitation::method::request;
  i.uid = booked.id.str() + "@" + domain_of(sender.address);
  i.sequence = f.sequence;
  i.when = f.news.when;
  i.time_zone = booked.time_zone;
  const auto room = f.news.room_name.empty() ? booked.room.str() : f.news.room_name;
  i.summary = booked.title.empty() ? room : booked.title + " (" + room + ")";
  i.location = f.site.empty() ? room : room + ", " + f.site;
  i.description = words.text;
  i.organizer_name = sender.name;
  i.organizer = sender.address;
  i.attendee_name = f.reader.facts.name;
  i.attendee = f.reader.facts.email;
  i.stamp = f.news.created_at;
  return i;
}

mime::part calendar_part(const invitation& i) {
  const auto* method = i.what == invitation::method::cancel ? "CANCEL" : "REQUEST";
  return {std::string("text/calendar; charset=utf-8; method=") + method + "; name=invite.ics",
          "attachment; filename=invite.ics", to_icalendar(i)};
}

}  // namespace

std::string write_html(const mail_facts& f, const mail_sender& sender) {
  const auto in = language_of(f);
  return html_of(f, render_notification(f.news, in), words_of_mail(f.reader.facts.name, in),
                 sender);
}

result<std::string> write_mail(const mail_facts& f, const mail_sender& sender) {
  const auto& to = f.reader.facts;
  if (!mime::is_mailbox(to.email))
    return failure{ec::validation,
                   "the account's e-mail address cannot be mailed to: only ASCII "
                   "addresses of the form name@example.com can"};
  const auto in = language_of(f);
  const auto words = render_notification(f.news, in);
  const auto w = words_of_mail(to.name, in);
  const auto seconds =
      std::chrono::floor<std::chrono::seconds>(f.news.created_at).time_since_epoch().count();
  mime::fields head{
      {"Date", mime::date_text(seconds)},
      {"From", mime::mailbox(sender.name, sender.address)},
      {"To", mime::mailbox(to.name, to.email)},
      {"Subject", mime::header_text(words.subject)},
      {"Message-ID", "<" + f.message_id + "@" + domain_of(sender.address) + ">"},
      {"Auto-Submitted", "auto-generated"},
      {"Content-Language", in == language::ko ? "ko" : "en"},
  };
  if (!f.unsubscribe.empty()) {
    head.emplace_back("List-Unsubscribe", "<" + f.unsubscribe + ">");
    // RFC 8058 allows one click over HTTPS only.
    if (f.unsubscribe.starts_with("https://"))
      head.emplace_back("List-Unsubscribe-Post", "List-Unsubscribe=One-Click");
  }
  std::vector<mime::part> attachments;
  if (const auto i = invitation_of(f, words, sender)) attachments.push_back(calendar_part(*i));
  return mime::compose(head,
                       {{"text/plain; charset=utf-8", "", write_text(f, words, w)},
                        {"text/html; charset=utf-8", "", html_of(f, words, w, sender)}},
                       attachments, "atrium-" + f.message_id);
}

}  // namespace atrium
