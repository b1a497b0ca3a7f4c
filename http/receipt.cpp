#include "http/receipt.hpp"

#include <algorithm>
#include <cctype>

#include "domain/pricing.hpp"
#include "http/routes_common.hpp"

namespace atrium::http {
namespace {

/// Day of the payment and enough of the reservation's random id to be unique.
std::string number_of(const reservation_doc& d) {
  constexpr std::size_t prefix = 3, digits = 12;
  auto id = d.booked.id.str();
  if (id.size() >= prefix + digits) id = id.substr(prefix, digits);
  std::transform(id.begin(), id.end(), id.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  auto day = format_instant(d.captured_at).substr(0, 10);
  std::erase(day, '-');
  return "R-" + day + "-" + id;
}

money less(const money& a, const money& b) {
  return {a.amount - b.amount, a.currency};
}

std::string percent(int hundredths) {
  auto text = std::to_string(hundredths / 100);
  const auto rest = hundredths % 100;
  if (rest == 0) return text;
  text += "." + std::to_string(rest / 10);
  return rest % 10 == 0 ? text : text + std::to_string(rest % 10);
}

std::string member(std::string_view name, const std::string& json) {
  return ",\"" + std::string(name) + "\":" + json;
}

template <class T, class Show>
std::string list(const std::vector<T>& all, Show show) {
  std::string out = "[";
  for (const auto& one : all) out += (out.size() > 1 ? "," : "") + show(one);
  return out + "]";
}

}  // namespace

receipt receipt_of(const reservation_doc& d, std::string issuer, std::string customer_name,
                   std::string method) {
  receipt r;
  r.number = number_of(d);
  r.issuer = std::move(issuer);
  r.booked = d.booked;
  r.room_name = d.room_name;
  r.customer_name = std::move(customer_name);
  r.price = d.booked.price;
  r.tax = tax_within(r.price, d.booked.tax_rate_bp);
  const auto& currency = r.price.currency;
  r.captured = {d.captured.amount, currency};
  r.refunded = {d.refunded.amount, currency};
  r.kept = less(r.captured, r.refunded);
  r.tax_kept = tax_within(r.kept, d.booked.tax_rate_bp);
  auto first = r.captured;
  for (const auto& later : d.later_captures) first.amount -= later.amount.amount;
  r.payments.push_back({first, d.captured_at});
  r.payments.insert(r.payments.end(), d.later_captures.begin(), d.later_captures.end());
  for (const auto& refund : d.refunds)
    if (refund.is == refund_doc::state::succeeded) r.refunds.push_back(refund);
  r.method = std::move(method);
  return r;
}

std::string render(const receipt& r) {
  const auto& b = r.booked;
  std::string out = "{\"number\":" + json_text(r.number) + member("issuer", json_text(r.issuer));
  out += member("issuedAt", json_text(format_instant(r.payments.front().at)));
  out += member("reservationId", json_text(b.id.view()));
  out += member("roomId", json_text(b.room.view())) + member("roomName", json_text(r.room_name));
  out += member("customerId", json_text(b.customer.view()));
  out += member("customerName", json_text(r.customer_name));
  out += member("title", json_text(b.title));
  out += member("start", json_text(format_instant(b.when.start)));
  out += member("end", json_text(format_instant(b.when.end)));
  out += member("timeZone", json_text(b.time_zone));
  out += member("partySize", std::to_string(b.party_size));
  out += member("price", render(r.price)) + member("taxRate", percent(b.tax_rate_bp));
  out += member("tax", render(r.tax)) + member("net", render(less(r.price, r.tax)));
  out += member("payments", list(r.payments, [&r](const capture_doc& p) {
                  return "{\"amount\":" + render(p.amount) + member("method", json_text(r.method)) +
                         member("capturedAt", json_text(format_instant(p.at))) + "}";
                }));
  out += member("refunds", list(r.refunds, [](const refund_doc& x) { return render(x); }));
  out += ",\"totals\":{\"captured\":" + render(r.captured);
  out += member("refunded", render(r.refunded)) + member("kept", render(r.kept));
  out += member("tax", render(r.tax_kept)) + member("net", render(less(r.kept, r.tax_kept)));
  return out + "}}";
}

}  // namespace atrium::http
