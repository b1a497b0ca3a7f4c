#include "notifications/wording.hpp"

#include <array>

#include "domain/calendar.hpp"

namespace atrium {

namespace {

struct decline_wording {
  std::string_view code, en, ko;
};

constexpr std::array<decline_wording, 11> declines{{
    {"card_declined", "The card was declined by its bank.", "카드사에서 결제를 거절했습니다."},
    {"insufficient_funds", "The card has insufficient funds.",
     "카드의 잔액 또는 한도가 부족합니다."},
    {"expired_card", "The card has expired.", "카드의 유효 기간이 지났습니다."},
    {"incorrect_cvc", "The card's security code is wrong.",
     "카드의 보안 코드가 올바르지 않습니다."},
    {"lost_card", "The card cannot be used.", "사용할 수 없는 카드입니다."},
    {"stolen_card", "The card cannot be used.", "사용할 수 없는 카드입니다."},
    {"fraudulent", "The card cannot be used.", "사용할 수 없는 카드입니다."},
    {"processing_error", "The bank could not process the payment.",
     "카드사에서 결제를 처리하지 못했습니다."},
    {"payment_intent_authentication_failure", "The payment was not confirmed.",
     "결제가 확인되지 않았습니다."},
    {"authentication_expired", "The payment was not confirmed in time.",
     "결제가 제시간에 확인되지 않았습니다."},
    {"card_velocity_exceeded", "The card was used too often in a short time.",
     "짧은 시간에 카드를 너무 많이 사용했습니다."},
}};

/// Digits of the whole part with a comma every three.
std::string grouped(std::uint64_t whole) {
  std::string digits = std::to_string(whole);
  for (std::size_t at = digits.size(); at > 3;) digits.insert(at -= 3, 1, ',');
  return digits;
}

std::string decimal(const money& m) {
  const int places = minor_unit_digits(m.currency).value_or(0);
  std::uint64_t unit = 1;
  for (int i = 0; i < places; ++i) unit *= 10;
  const auto size = m.amount < 0 ? std::uint64_t{0} - static_cast<std::uint64_t>(m.amount)
                                 : static_cast<std::uint64_t>(m.amount);
  std::string out = m.amount < 0 ? "-" : "";
  out += grouped(size / unit);
  if (places == 0) return out;
  std::string rest = std::to_string(size % unit);
  rest.insert(0, static_cast<std::size_t>(places) - rest.size(), '0');
  return out + "." + rest;
}

}  // namespace

language parse_language(std::string_view tag) {
  return tag == "ko" || tag.starts_with("ko-") ? language::ko : language::en;
}

std::string money_text(const money& m, language in) {
  if (in == language::en) return m.currency + " " + decimal(m);
  return m.currency == "KRW" ? decimal(m) + "원" : decimal(m) + " " + m.currency;
}

std::string local_slot_text(const interval& when, std::string_view zone) {
  constexpr std::size_t date_size = sizeof "2026-11-22" - 1;
  const std::string start = local_text(when.start, zone);
  const std::string end = local_text(when.end, zone);
  const bool same_day = start.compare(0, date_size, end, 0, date_size) == 0;
  std::string out = start + (same_day ? "-" + end.substr(date_size + 1) : " - " + end);
  return out.append(" (").append(zone).append(")");
}

std::string decline_text(std::string_view code, language in) {
  for (const decline_wording& d : declines)
    if (d.code == code) return std::string(in == language::ko ? d.ko : d.en);
  const std::string shown(code.empty() ? std::string_view("unknown") : code);
  return in == language::ko ? "결제가 거절되었습니다(" + shown + ")."
                            : "The payment was declined (" + shown + ").";
}

}  // namespace atrium
