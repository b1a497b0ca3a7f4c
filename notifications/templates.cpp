#include "notifications/templates.hpp"

#include <array>

#include "domain/calendar.hpp"
#include "persistence/document_text.hpp"

namespace atrium {

namespace {

/// What the texts are made of, worded in the reader's language.
struct words {
  std::string room, slot, amount, extra;
  bool has_amount = false;
  language in = language::en;

  bool korean() const { return in == language::ko; }
};

using writer = rendered_notification (*)(const words&);

rendered_notification confirmed(const words& w) {
  if (w.korean())
    return {"예약 확정: " + w.room, w.room + " 예약이 확정되었습니다. 이용 시간: " + w.slot +
                                        ". 결제 금액: " + w.amount + "."};
  return {"Booked: " + w.room, "Your booking of " + w.room + " is confirmed for " + w.slot +
                                   ". You paid " + w.amount + "."};
}

rendered_notification changed(const words& w) {
  if (w.korean())
    return {"예약 변경: " + w.room, "예약이 변경되었습니다. 공간: " + w.room +
                                        ", 이용 시간: " + w.slot + ", 금액: " + w.amount +
                                        ". 차액은 이미 결제되었거나 곧 환불됩니다."};
  return {"Changed: " + w.room, "Your booking is now for " + w.room + ", " + w.slot + ", at " +
                                    w.amount +
                                    ". A difference in price was charged or is being refunded."};
}

/// `extra` is the code of the failure.
rendered_notification not_changed(const words& w) {
  const bool is_declined = w.extra == "payment-declined";
  if (w.korean())
    return {"예약 변경 실패: " + w.room,
            w.room + " 예약(" + w.slot + ")은 그대로 유지됩니다. " +
                (is_declined ? "추가 금액의 결제가 거절되어 " : "요청하신 대로 ") +
                "변경하지 못했으며, 변경을 위해 청구된 금액은 없습니다."};
  return {"Not changed: " + w.room,
          std::string(is_declined ? "The payment for the change was declined"
                                  : "The change you asked for could not be made") +
              ". Your booking of " + w.room + " for " + w.slot +
              " stays as it was, and nothing is charged for the change."};
}

rendered_notification cancelled(const words& w) {
  if (w.korean()) {
    std::string text = w.room + " 예약(" + w.slot + ")이 취소되었습니다.";
    if (!w.extra.empty()) text += " 사유: " + w.extra + ".";
    text += w.has_amount ? " " + w.amount + "이(가) 환불됩니다. 환불이 끝나면 알려 드립니다."
                         : " 예약 당시의 취소 규정에 따라 환불되는 금액은 없습니다.";
    return {"예약 취소: " + w.room, std::move(text)};
  }
  std::string text = "Your booking of " + w.room + " for " + w.slot + " is cancelled.";
  if (!w.extra.empty()) text += " Reason: " + w.extra + ".";
  text += w.has_amount ? " " + w.amount + " will be refunded; you get a message once it is done."
                       : " By the cancellation policy of the booking nothing is refunded.";
  return {"Cancelled: " + w.room, std::move(text)};
}

rendered_notification expired(const words& w) {
  if (w.korean())
    return {"예약 미완료: " + w.room, w.room + " 예약(" + w.slot +
                                          ")이 제시간에 완료되지 않아 종료되었습니다. 청구된 "
                                          "금액은 없습니다. 다시 예약해 주십시오."};
  return {"Not booked: " + w.room,
          "Your booking of " + w.room + " for " + w.slot +
              " was not completed in time and has ended. You were not charged. Please book again."};
}

rendered_notification rejected(const words& w) {
  if (w.korean())
    return {"예약 실패: " + w.room, w.room + " 예약(" + w.slot +
                                        ")을 완료하지 못했습니다. 이미 결제된 금액이 있으면 "
                                        "환불됩니다. 잠시 후 다시 시도해 주십시오."};
  return {
      "Not booked: " + w.room,
      "Your booking of " + w.room + " for " + w.slot +
          " could not be completed. Anything already charged is refunded. Please try again later."};
}

rendered_notification no_show(const words& w) {
  if (w.korean())
    return {"미방문 처리: " + w.room, w.room + " 예약(" + w.slot +
                                          ")이 체크인 없이 지나 미방문으로 처리되었습니다. 사실과 "
                                          "다르면 운영자에게 문의해 주십시오."};
  return {"Missed: " + w.room,
          "Nobody checked in for your booking of " + w.room + " for " + w.slot +
              ", so it ended as a no-show. If that is wrong, please contact the operator."};
}

/// `extra` is until when, local time, and behind a space the URL, if there is one.
rendered_notification action_required(const words& w) {
  const auto space = w.extra.rfind(' ');
  const auto until = w.extra.substr(0, space), url = w.extra.substr(space + 1);
  if (w.korean())
    return {"결제 확인 필요: " + w.room,
            w.room + " 예약(" + w.slot + ")의 결제 " + w.amount + "을(를) " + until +
                "까지 확인해 주십시오. 그때까지 자리를 잡아 두며, 확인하지 않으면 예약되지 않고 "
                "청구되지도 않습니다." +
                (url.empty() ? "" : " 확인하기: " + url)};
  return {"Confirm your payment: " + w.room,
          "Please confirm the payment of " + w.amount + " for " + w.room + ", " + w.slot + ", by " +
              until +
              ". The room is kept for you until then; without it nothing is booked and "
              "nothing charged." +
              (url.empty() ? "" : " Confirm it here: " + url)};
}

rendered_notification declined(const words& w) {
  if (w.korean())
    return {
        "결제 거절: " + w.room,
        w.room + " 예약(" + w.slot + ")의 결제 " + w.amount + "이(가) 거절되었습니다. " + w.extra +
            " 예약되지 않았고 청구된 금액도 없습니다. 다른 결제 수단으로 다시 예약해 주십시오."};
  return {"Payment declined: " + w.room, "The payment of " + w.amount + " for " + w.room + ", " +
                                             w.slot + ", was declined. " + w.extra +
                                             " Nothing was booked and nothing charged. Please book "
                                             "again with another payment method."};
}

rendered_notification refunded(const words& w) {
  if (w.korean())
    return {"환불 완료: " + w.amount, w.room + " 예약(" + w.slot + ")의 " + w.amount +
                                          "이(가) 환불되었습니다. " +
                                          (w.extra.empty() ? "" : "사유: " + w.extra + ". ") +
                                          "카드사에 따라 며칠 뒤에 표시될 수 있습니다."};
  return {"Refunded: " + w.amount, w.amount + " of your booking of " + w.room + " for " + w.slot +
                                       " was refunded. " +
                                       (w.extra.empty() ? "" : "Reason: " + w.extra + ". ") +
                                       "Your bank may take some days to show it."};
}

rendered_notification hold_expired(const words& w) {
  if (w.korean())
    return {"임시 예약 만료: " + w.room,
            w.room + "의 임시 예약(" + w.slot +
                ")이 만료되어 다른 사람이 예약할 수 있습니다. 필요하면 다시 예약해 주십시오."};
  return {"Hold ended: " + w.room,
          "Your hold on " + w.room + " for " + w.slot +
              " has expired and others may book it. Book it again if you still need it."};
}

rendered_notification reminder(const words& w) {
  if (w.korean())
    return {"예약 알림: " + w.room,
            w.room + " 이용 시간이 다가옵니다: " + w.slot + ". 오지 못하게 되면 취소해 주십시오."};
  return {"Reminder: " + w.room, "Your booking of " + w.room + " is coming up: " + w.slot +
                                     ". If you cannot come, please cancel it."};
}

/// `extra` is the endpoint's URL.
rendered_notification webhook_disabled(const words& w) {
  if (w.korean())
    return {"웹훅 중지됨", "웹훅 주소 " + w.extra +
                               "(으)로 보낸 메시지가 오랫동안 전달되지 않아 전송을 중지했습니다. "
                               "주소를 고친 뒤 다시 켜 주십시오."};
  return {"Web hook stopped",
          "Messages to your web hook " + w.extra +
              " have not been taken for a long time, so it was stopped. Repair it, then turn it on "
              "again."};
}

rendered_notification other(const words& w) {
  if (w.korean()) return {"알림: " + w.room, w.room + " 예약(" + w.slot + ")에 변동이 있습니다."};
  return {"News: " + w.room,
          "Something changed about your booking of " + w.room + " for " + w.slot + "."};
}

struct entry {
  std::string_view type;
  writer write;
};
constexpr std::array<entry, 13> entries{{
    {"reservation.confirmed", confirmed},
    {"reservation.changed", changed},
    {"reservation.not_changed", not_changed},
    {"reservation.cancelled", cancelled},
    {"reservation.expired", expired},
    {"reservation.rejected", rejected},
    {"reservation.no_show", no_show},
    {"payment.action_required", action_required},
    {"payment.declined", declined},
    {"payment.refunded", refunded},
    {"hold.expired", hold_expired},
    {"webhook.disabled", webhook_disabled},
    {"reservation.reminder", reminder},
}};

writer writer_of(std::string_view type) {
  for (const entry& e : entries)
    if (e.type == type) return e.write;
  return other;
}

/// "2026-11-22T03:00:00Z https://..." with the time as the room's clocks show it.
std::string until_and_where(const notification_doc& doc) {
  const auto space = doc.extra.find(' ');
  const auto until = parse_instant(doc.extra.substr(0, space));
  const auto where = space == std::string::npos ? std::string() : doc.extra.substr(space + 1);
  if (!until) return doc.extra + " ";
  return local_text(*until, doc.time_zone) + " (" + doc.time_zone + ") " + where;
}

}  // namespace

rendered_notification render_notification(const notification_doc& doc, language in) {
  words w;
  w.in = in;
  w.room = doc.room_name.empty() ? doc.room.str() : doc.room_name;
  w.slot = local_slot_text(doc.when, doc.time_zone);
  w.amount = money_text(doc.amount, in);
  w.has_amount = doc.amount.amount > 0;
  w.extra = doc.extra;
  if (doc.type == "payment.declined") w.extra = decline_text(doc.extra, in);
  if (doc.type == "payment.action_required") w.extra = until_and_where(doc);
  return writer_of(doc.type)(w);
}

std::vector<std::string_view> notification_types() {
  std::vector<std::string_view> all;
  for (const entry& e : entries) all.push_back(e.type);
  return all;
}

mail_words words_of_mail(std::string_view reader, language in) {
  const std::string name(reader);
  if (in == language::ko)
    return {name + " 님, 안녕하세요.",
            "이 메일은 회원님의 예약과 관련하여 자동으로 발송되었습니다. 알림 설정은 계정에서 바꿀 "
            "수 있습니다.",
            "선택 알림 받지 않기",
            "예약 보기",
            "공간",
            "이용 시간",
            "예약 번호"};
  return {"Hello " + name + ",",
          "You get this mail because of your bookings; it was sent automatically. Your account's "
          "settings say which mails you get.",
          "Stop optional messages",
          "Open your bookings",
          "Room",
          "Time",
          "Booking"};
}

bool is_optional(std::string_view type) {
  return type == "hold.expired" || type == "reservation.reminder";
}

std::string render(const notification_doc& doc, language in) {
  const rendered_notification words = render_notification(doc, in);
  std::string out;
  out.reserve(512 + words.text.size());
  text::member(out, "{\"id\":", doc.id);
  text::member(out, ",\"type\":", doc.type);
  out.append(",\"reservationId\":");
  if (doc.reservation.empty()) {
    out.append("null");
  } else {
    text::append_quoted(out, doc.reservation.view());
  }
  out.append(",\"roomId\":");
  if (doc.room.empty()) {
    out.append("null");
  } else {
    text::append_quoted(out, doc.room.view());
  }
  text::member(out, ",\"subject\":", words.subject);
  text::member(out, ",\"text\":", words.text);
  text::member(out, ",\"createdAt\":", doc.created_at);
  out.append(",\"readAt\":");
  if (doc.read_at) {
    text::append_instant(out, *doc.read_at);
  } else {
    out.append("null");
  }
  out.push_back('}');
  return out;
}

}  // namespace atrium
