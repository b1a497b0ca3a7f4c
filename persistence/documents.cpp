#include "persistence/documents.hpp"

#include <array>
#include <string_view>

#include "persistence/document_text.hpp"

namespace atrium {

using text::append_instant;
using text::append_integer;
using text::append_money;
using text::append_position;
using text::append_quoted;
using text::member;
using text::number;

namespace {

void append_strings(std::string& out, const std::vector<std::string>& items) {
  out.push_back('[');
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (i != 0) out.push_back(',');
    append_quoted(out, items[i]);
  }
  out.push_back(']');
}

/// "09:00"; 1440 is "24:00".
void append_minute_of_day(std::string& out, int minute) {
  const auto two = [&out](int v) {
    out.push_back(static_cast<char>('0' + v / 10 % 10));
    out.push_back(static_cast<char>('0' + v % 10));
  };
  out.push_back('"');
  two(minute / 60);
  out.push_back(':');
  two(minute % 60);
  out.push_back('"');
}

void append_window(std::string& out, const opening_window& w) {
  static constexpr std::array<std::string_view, 7> names{"mon", "tue", "wed", "thu",
                                                         "fri", "sat", "sun"};
  out.append("{\"days\":[");
  bool first = true;
  for (std::size_t day = 0; day < names.size(); ++day) {
    if (!w.days[day]) continue;
    if (!first) out.push_back(',');
    first = false;
    append_quoted(out, names[day]);
  }
  out.append("],\"open\":");
  append_minute_of_day(out, w.open_minute);
  out.append(",\"close\":");
  append_minute_of_day(out, w.close_minute);
  out.push_back('}');
}

/// A room without opening hours is open 24/7; that default is spelled out for readers.
void append_opening_hours(std::string& out, const std::vector<opening_window>& windows) {
  out.append(",\"openingHours\":[");
  if (windows.empty()) {
    opening_window always;
    always.days.fill(true);
    append_window(out, always);
  }
  for (std::size_t i = 0; i < windows.size(); ++i) {
    if (i != 0) out.push_back(',');
    append_window(out, windows[i]);
  }
  out.push_back(']');
}

void append_rule(std::string& out, const cancellation_rule& rule) {
  number(out, "{\"hoursBefore\":", rule.hours_before);
  number(out, ",\"refundPercent\":", rule.refund_percent);
  out.push_back('}');
}

void append_policy(std::string& out, const cancellation_policy& policy) {
  out.append(",\"cancellationPolicy\":[");
  for (std::size_t i = 0; i < policy.size(); ++i) {
    if (i != 0) out.push_back(',');
    append_rule(out, policy[i]);
  }
  out.push_back(']');
}

void append_hundredths(std::string& out, std::int64_t hundredths) {
  append_integer(out, hundredths / 100);
  const std::int64_t rest = hundredths % 100;
  if (rest == 0) return;
  out.push_back('.');
  out.push_back(static_cast<char>('0' + rest / 10));
  if (rest % 10 != 0) out.push_back(static_cast<char>('0' + rest % 10));
}

/// Two decimals at most, without trailing zeros: 4.5, 4.33, 4. Null without ratings.
void append_average(std::string& out, std::int64_t sum, std::int64_t count) {
  if (count <= 0) {
    out.append("null");
    return;
  }
  append_hundredths(out, (200 * sum + count) / (2 * count));
}

void append_optional(std::string& out, std::string_view key, const std::optional<instant>& t) {
  out.append(key);
  if (t) {
    append_instant(out, *t);
  } else {
    out.append("null");
  }
}

}  // namespace

std::string render(const room_doc& d) {
  const room_facts& f = d.facts;
  std::string out;
  out.reserve(768 + f.description.size() + f.name.size());
  member(out, "{\"id\":", d.id.view());
  member(out, ",\"name\":", f.name);
  member(out, ",\"site\":", f.site);
  member(out, ",\"description\":", f.description);
  number(out, ",\"capacity\":", f.capacity);
  out.append(",\"amenities\":");
  append_strings(out, f.amenities);
  member(out, ",\"timeZone\":", f.time_zone);
  append_opening_hours(out, f.opening_hours);
  number(out, ",\"minDurationMinutes\":", f.min_duration_minutes);
  number(out, ",\"maxDurationMinutes\":", f.max_duration_minutes);
  number(out, ",\"stepMinutes\":", f.step_minutes);
  number(out, ",\"bufferMinutes\":", f.buffer_minutes);
  number(out, ",\"horizonDays\":", f.horizon_days);
  member(out, ",\"pricePerHour\":", f.price_per_hour);
  append_policy(out, f.cancellation);
  out.append(f.check_in_required ? ",\"checkInRequired\":true" : ",\"checkInRequired\":false");
  number(out, ",\"graceMinutes\":", f.grace_minutes);
  out.append(",\"taxRate\":");
  append_hundredths(out, f.tax_rate_bp);
  out.append(d.status == room_status::active ? ",\"status\":\"active\""
                                             : ",\"status\":\"retired\"");
  out.append(",\"rating\":{\"average\":");
  append_average(out, d.rating_sum, d.rating_count);
  number(out, ",\"count\":", d.rating_count);
  out.append("}}");
  return out;
}

std::string render(const reservation_doc& d) {
  const reservation& r = d.booked;
  std::string out;
  out.reserve(768 + r.title.size());
  member(out, "{\"id\":", r.id.view());
  member(out, ",\"roomId\":", r.room.view());
  member(out, ",\"customerId\":", r.customer.view());
  member(out, ",\"start\":", r.when.start);
  member(out, ",\"end\":", r.when.end);
  member(out, ",\"timeZone\":", r.time_zone);
  number(out, ",\"partySize\":", r.party_size);
  member(out, ",\"title\":", r.title);
  member(out, ",\"status\":", to_string(r.status));
  member(out, ",\"price\":", r.price);
  member(out, ",\"payment\":{\"id\":", r.payment.view());
  member(out, ",\"status\":", to_string(d.paid));
  out.append(",\"captured\":");
  append_money(out, d.captured, r.price.currency);
  out.append(",\"refunded\":");
  append_money(out, d.refunded, r.price.currency);
  out.push_back('}');
  if (r.status == reservation_status::awaiting_payment) {
    member(out, ",\"nextAction\":{\"expiresAt\":", d.pay_by);
    if (!d.pay_at.empty()) member(out, ",\"url\":", d.pay_at);
    out.push_back('}');
  }
  append_policy(out, r.policy);
  member(out, ",\"createdAt\":", r.created_at);
  out.append(",\"position\":");
  append_position(out, d.position);
  out.push_back('}');
  return out;
}

std::string render(const hold_doc& d) {
  std::string out;
  out.reserve(400);
  member(out, "{\"id\":", d.id.view());
  member(out, ",\"roomId\":", d.room.view());
  member(out, ",\"customerId\":", d.customer.view());
  member(out, ",\"start\":", d.when.start);
  member(out, ",\"end\":", d.when.end);
  member(out, ",\"timeZone\":", d.time_zone);
  number(out, ",\"partySize\":", d.party_size);
  member(out, ",\"price\":", d.price);
  member(out, ",\"status\":", d.status);
  member(out, ",\"expiresAt\":", d.expires_at);
  out.push_back('}');
  return out;
}

std::string render(const review_doc& d) {
  std::string out;
  out.reserve(256 + d.text.size());
  member(out, "{\"id\":", d.id.view());
  member(out, ",\"roomId\":", d.room.view());
  member(out, ",\"reservationId\":", d.reservation.view());
  member(out, ",\"authorName\":", d.author_name);
  number(out, ",\"rating\":", d.rating);
  member(out, ",\"text\":", d.text);
  member(out, ",\"createdAt\":", d.created_at);
  out.push_back('}');
  return out;
}

std::string render(const blackout_doc& d) {
  std::string out;
  member(out, "{\"id\":", d.id.view());
  member(out, ",\"start\":", d.when.start);
  member(out, ",\"end\":", d.when.end);
  member(out, ",\"reason\":", d.reason);
  out.push_back('}');
  return out;
}

std::string render(const account_doc& d) {
  std::string out;
  out.reserve(256);
  member(out, "{\"id\":", d.id.view());
  member(out, ",\"name\":", d.facts.name);
  member(out, ",\"email\":", d.facts.email);
  member(out, ",\"role\":", to_string(d.facts.as));
  member(out, ",\"locale\":", d.facts.locale);
  member(out, ",\"notifications\":{\"email\":", to_string(d.facts.mail));
  member(out, "},\"createdAt\":", d.created_at);
  out.push_back('}');
  return out;
}

std::string render(const webhook_doc& d) {
  std::string out;
  out.reserve(400);
  member(out, "{\"id\":", d.id.view());
  member(out, ",\"accountId\":", d.account.view());
  member(out, ",\"url\":", d.facts.url);
  out.append(",\"types\":[");
  for (std::size_t i = 0; i < d.facts.types.size(); ++i) {
    if (i > 0) out.push_back(',');
    text::append_quoted(out, d.facts.types[i]);
  }
  member(out, "],\"description\":", d.facts.description);
  out.append(",\"enabled\":").append(d.facts.enabled ? "true" : "false");
  out.append(",\"disabledReason\":");
  if (d.disabled_reason.empty())
    out.append("null");
  else
    text::append_quoted(out, d.disabled_reason);
  out.append(",\"previousSecretUntil\":");
  if (d.previous_until)
    text::append_instant(out, *d.previous_until);
  else
    out.append("null");
  member(out, ",\"createdAt\":", d.created_at);
  out.push_back('}');
  return out;
}

std::string render(const api_key_doc& d) {
  std::string out;
  out.reserve(256);
  member(out, "{\"id\":", d.id.view());
  member(out, ",\"accountId\":", d.account.view());
  member(out, ",\"name\":", d.name);
  out.append(",\"scopes\":");
  append_strings(out, d.scopes);
  member(out, ",\"createdAt\":", d.created_at);
  append_optional(out, ",\"lastUsedAt\":", d.last_used_at);
  append_optional(out, ",\"expiresAt\":", d.expires_at);
  out.push_back('}');
  return out;
}

std::string render(const money& m) {
  std::string out;
  append_money(out, m);
  return out;
}

std::string render(const refund_terms& t) {
  std::string out;
  member(out, "{\"refund\":", t.refund);
  member(out, ",\"fee\":", t.fee);
  out.append(",\"rule\":");
  if (t.rule) {
    append_rule(out, *t.rule);
  } else {
    out.append("null");
  }
  append_optional(out, ",\"deadline\":", t.deadline);
  out.push_back('}');
  return out;
}

std::string quoted(std::string_view s) {
  std::string out;
  append_quoted(out, s);
  return out;
}

}  // namespace atrium
