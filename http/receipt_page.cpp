#include <array>

#include "domain/calendar.hpp"
#include "domain/zone.hpp"
#include "http/html.hpp"
#include "http/receipt.hpp"
#include "notifications/wording.hpp"

namespace atrium::http {
namespace {

constexpr std::string_view style =
    "body{font:16px/1.5 system-ui,sans-serif;color:#1c2430;max-width:44rem;margin:2rem auto;"
    "padding:0 1rem}table{border-collapse:collapse;width:100%;margin:1rem 0}"
    "td,th{text-align:left;padding:.35rem .5rem;border-bottom:1px solid #dfe3ea;vertical-align:top;"
    "overflow-wrap:anywhere}.n{text-align:right;white-space:nowrap}.s{color:#5b6675}"
    "header p{white-space:pre-line}@media print{body{margin:0}}";

enum class word : std::uint8_t {
  receipt,
  number,
  issued,
  booking,
  room,
  customer,
  title,
  time,
  persons,
  price,
  tax,
  net,
  paid,
  refunded,
  kept,
  kept_tax,
  what,
  date,
  amount
};
struct wording {
  std::string_view en, ko;
};
constexpr std::array<wording, 19> words{{
    {"Receipt", "영수증"},
    {"Receipt number", "영수증 번호"},
    {"Issued", "발행일"},
    {"Booking", "예약 번호"},
    {"Room", "회의실"},
    {"Customer", "고객"},
    {"Title", "제목"},
    {"Time", "이용 시간"},
    {"Persons", "인원"},
    {"Price, tax included", "금액(세금 포함)"},
    {"Tax included", "포함된 세금"},
    {"Price without tax", "공급가액"},
    {"Paid", "결제"},
    {"Refunded", "환불"},
    {"Paid in the end", "최종 결제 금액"},
    {"Tax included in it", "그중 세금"},
    {"What", "내용"},
    {"Date", "일시"},
    {"Amount", "금액"},
}};

/// Writes the page; every text that somebody entered goes through escaped().
class page {
 public:
  page(const receipt& r, std::string_view language)
      : r_(r), in_(parse_language(language)), html_("<!doctype html>\n<html lang=\"") {
    html_ += in_ == language::ko ? "ko" : "en";
  }

  std::string write() && {
    html_ +=
        "\"><head><meta charset=\"utf-8\">"
        "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><title>" +
        say(word::receipt) + " " + escaped(r_.number) + "</title><style>";
    html_ += style;
    html_ += "</style></head><body>\n<header><h1>" + say(word::receipt) + "</h1><p>" +
             escaped(r_.issuer) + "</p></header>\n";
    facts();
    amounts();
    moves();
    return std::move(html_) + "</body></html>\n";
  }

 private:
  std::string say(word w) const {
    const auto& both = words[static_cast<std::size_t>(w)];
    return std::string(in_ == language::ko ? both.ko : both.en);
  }
  std::string at(instant t) const {
    return escaped(local_text(t, r_.booked.time_zone)) + " (" + escaped(r_.booked.time_zone) + ")";
  }
  std::string amount(const money& m) const { return escaped(money_text(m, in_)); }
  void row(const std::string& name, const std::string& value, bool is_number = false) {
    html_ += "<tr><th>" + name + (is_number ? "</th><td class=\"n\">" : "</th><td>") + value +
             "</td></tr>\n";
  }

  void facts() {
    const auto& b = r_.booked;
    html_ += "<table>\n";
    row(say(word::number), escaped(r_.number));
    row(say(word::issued), at(r_.payments.front().at));
    row(say(word::booking), escaped(b.id.view()));
    row(say(word::customer), escaped(r_.customer_name));
    row(say(word::room), escaped(r_.room_name));
    row(say(word::time), escaped(local_slot_text(b.when, b.time_zone)));
    row(say(word::persons), std::to_string(b.party_size));
    if (!b.title.empty()) row(say(word::title), escaped(b.title));
    html_ += "</table>\n";
  }

  std::string rate() const {
    auto text = std::to_string(r_.booked.tax_rate_bp / 100);
    auto rest = std::to_string(r_.booked.tax_rate_bp % 100 + 100).substr(1);
    while (!rest.empty() && rest.back() == '0') rest.pop_back();
    return " (" + text + (rest.empty() ? "" : "." + rest) + " %)";
  }

  void amounts() {
    html_ += "<table>\n";
    row(say(word::price), amount(r_.price), true);
    row(say(word::tax) + rate(), amount(r_.tax), true);
    row(say(word::net), amount({r_.price.amount - r_.tax.amount, r_.price.currency}), true);
    html_ += "</table>\n";
  }

  void move(const std::string& what, instant when, const money& m) {
    html_ += "<tr><td>" + what + "</td><td>" + at(when) + "</td><td class=\"n\">" + amount(m) +
             "</td></tr>\n";
  }

  void moves() {
    html_ += "<table>\n<tr><th>" + say(word::what) + "</th><th>" + say(word::date) +
             "</th><th class=\"n\">" + say(word::amount) + "</th></tr>\n";
    const auto by = r_.method.empty() ? std::string() : " (" + escaped(r_.method) + ")";
    for (const auto& p : r_.payments) move(say(word::paid) + by, p.at, p.amount);
    for (const auto& x : r_.refunds) {
      auto what = say(word::refunded);
      if (!x.reason.empty()) what += "<br><span class=\"s\">" + escaped(x.reason) + "</span>";
      move(what, x.refunded_at.value_or(x.requested_at), {-x.amount.amount, x.amount.currency});
    }
    html_ += "</table>\n<table>\n";
    row(say(word::kept), amount(r_.kept), true);
    row(say(word::kept_tax) + rate(), amount(r_.tax_kept), true);
    html_ += "</table>\n";
  }

  const receipt& r_;
  language in_;
  std::string html_;
};

}  // namespace

response receipt_page(const receipt& r, std::string_view language) {
  auto answer = html_answer(page(r, language).write(), style);
  answer.headers.emplace_back("Content-Language", language == "ko" ? "ko" : "en");
  return answer;
}

}  // namespace atrium::http
