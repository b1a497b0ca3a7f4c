#include <cstdio>

#include "app/commands.hpp"
#include "notifications/mail_message.hpp"
#include "notifications/templates.hpp"

namespace atrium {
namespace {

/// A message of each type about one imagined booking.
mail_facts sample(const std::string& type, const std::string& locale) {
  const auto start = *parse_instant("2026-11-24T01:00:00Z");
  mail_facts f;
  f.message_id = "preview";
  f.news.id = "ntf_1";
  f.news.type = type;
  f.news.room_name = "Namsan";
  f.news.time_zone = "Asia/Seoul";
  f.news.amount = {33'000, "KRW"};
  f.news.created_at = start - std::chrono::hours(24);
  f.reader.facts = {locale == "ko" ? "김민아" : "Mina Kim", "mina@example.com", ev::role::customer,
                    locale};
  if (type == "webhook.disabled") {
    f.news.room_name.clear();
    f.news.extra = "https://example.com/hooks";
    return f;
  }
  f.news.room = room_id("rm_preview");
  f.news.when = {start, start + std::chrono::hours(3)};
  if (type == "payment.declined") f.news.extra = "insufficient_funds";
  if (type == "payment.action_required")
    f.news.extra = format_instant(f.news.created_at + std::chrono::minutes{15}) +
                   " https://bank.example.com/confirm";
  if (type == "hold.expired") return f;
  f.news.reservation = reservation_id("atrpreview");
  f.site = "Seoul";
  reservation_doc booking;
  booking.booked.id = f.news.reservation;
  booking.booked.room = f.news.room;
  booking.booked.when = f.news.when;
  booking.booked.time_zone = f.news.time_zone;
  booking.booked.title = locale == "ko" ? "주간 회의" : "Weekly sync";
  f.booking = booking;
  return f;
}

void print(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
}

/// Nothing when there is no such format.
std::optional<std::string> shown(const mail_facts& f, const std::string& format) {
  const mail_sender sender{"bookings@example.com", "Atrium", "https://rooms.example.com"};
  if (format == "html") return write_html(f, sender);
  if (format == "mail") return write_mail(f, sender).value();
  if (format != "text") return std::nullopt;
  const auto words = render_notification(f.news, parse_language(f.reader.facts.locale));
  return "[" + f.news.type + "] " + words.subject + "\n" + words.text + "\n\n";
}

}  // namespace

int preview_notifications(const notification_preview& what) {
  bool found = false;
  for (const auto type : notification_types()) {
    if (!what.type.empty() && what.type != type) continue;
    found = true;
    const auto text = shown(sample(std::string(type), what.locale), what.format);
    if (!text) {
      std::fprintf(stderr, "atrium: --format is text, html or mail\n");
      return 2;
    }
    print(*text);
  }
  if (found) return 0;
  std::string all;
  for (const auto type : notification_types()) all.append("\n  ").append(type);
  std::fprintf(stderr, "atrium: no message has the type \"%s\"; these exist:%s\n",
               what.type.c_str(), all.c_str());
  return 2;
}

}  // namespace atrium
