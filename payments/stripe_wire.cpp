#include "payments/stripe_wire.hpp"

#include <rapidjson/document.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>

namespace atrium::stripe {
namespace {

using rapidjson::Value;
using end = outbound::answer::end;

constexpr std::int64_t usual_pause_ms = 500;
constexpr std::int64_t longest_pause_ms = 60'000;
constexpr std::size_t longest_description = 200;

bool parse(std::string_view json, rapidjson::Document& into) {
  into.Parse<rapidjson::kParseIterativeFlag>(json.data(), json.size());
  return !into.HasParseError() && into.IsObject();
}

std::string text(const Value& v, const char* name) {
  const auto it = v.FindMember(name);
  if (it == v.MemberEnd() || !it->value.IsString()) return {};
  return {it->value.GetString(), it->value.GetStringLength()};
}
std::int64_t number(const Value& v, const char* name) {
  const auto it = v.FindMember(name);
  return it != v.MemberEnd() && it->value.IsInt64() ? it->value.GetInt64() : 0;
}
const Value* object(const Value& v, const char* name) {
  const auto it = v.FindMember(name);
  return it != v.MemberEnd() && it->value.IsObject() ? &it->value : nullptr;
}

std::string lower(std::string_view s) {
  std::string out(s);
  for (auto& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}
std::string upper(std::string_view s) {
  std::string out(s);
  for (auto& c : out) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return out;
}

/// The most exact reason there is. "generic_decline" says less than the code beside it.
std::string decline_of(const Value& error) {
  auto reason = text(error, "decline_code");
  if (reason.empty() || reason == "generic_decline") reason = text(error, "code");
  return reason.empty() ? "card_declined" : reason;
}

fields common(const payment_id& payment, const money& amount) {
  return {{"amount", std::to_string(amount.amount)},
          {"capture_method", "manual"},
          {"currency", lower(amount.currency)},
          {"expand[0]", "latest_charge"},
          {"metadata[" + std::string(payment_field) + "]", payment.str()},
          {"payment_method_types[0]", "card"}};
}

std::string without_end(const std::string& text, std::size_t most) {
  auto bytes = std::min(text.size(), most);
  // Not in the middle of a character.
  while (bytes > 0 && bytes < text.size() && (text[bytes] & 0xC0) == 0x80) --bytes;
  return text.substr(0, bytes);
}

std::int64_t pause_of(const std::string& retry_after) {
  std::int64_t seconds = 0;
  const auto last = retry_after.data() + retry_after.size();
  const auto [at, e] = std::from_chars(retry_after.data(), last, seconds);
  if (retry_after.empty() || e != std::errc{} || at != last || seconds < 0) return usual_pause_ms;
  return std::min(seconds, longest_pause_ms / 1000) * 1000;
}

reply retryable(std::string code, std::string detail, std::int64_t pause_ms) {
  reply r{.is = reply::kind::retryable, .code = std::move(code), .detail = std::move(detail)};
  r.retry_after_ms = pause_ms;
  return r;
}

reply never_sent(std::string code, std::string detail) {
  auto r = retryable(std::move(code), std::move(detail), usual_pause_ms);
  r.not_sent = true;
  return r;
}

reply read_error(outbound::answer a) {
  reply r{.is = a.status == 402 ? reply::kind::declined : reply::kind::refused};
  rapidjson::Document d;
  const auto* error = parse(a.body, d) ? object(d, "error") : nullptr;
  if (error == nullptr) {
    r.code = "unreadable_refusal";
    r.detail = "the provider answered " + std::to_string(a.status) + " without a reason";
    return r;
  }
  r.detail = text(*error, "message");
  if (const auto* about = object(*error, "payment_intent"))
    r.intent_status = text(*about, "status");
  if (r.is == reply::kind::declined) {
    r.code = decline_of(*error);
    return r;
  }
  r.code = text(*error, "code");
  if (text(*error, "type") == "idempotency_error") r.code = "idempotency_error";
  if (r.code == "resource_missing" && text(*error, "param") == "payment_method")
    r.code = "no_such_payment_method";
  if (r.code.empty()) r.code = "invalid_request";
  return r;
}

bool is_plain(unsigned char c) {
  return std::isalnum(c) != 0 || c == '-' || c == '.' || c == '_' || c == '~';
}

customer_action read_action(const Value& v) {
  customer_action a;
  a.type = "stripe_sdk";
  a.client_secret = text(v, "client_secret");
  const auto* next = object(v, "next_action");
  const auto* redirect = next != nullptr ? object(*next, "redirect_to_url") : nullptr;
  if (redirect == nullptr) return a;
  a.type = "redirect";
  a.url = text(*redirect, "url");
  return a;
}

intent read_one(const Value& v) {
  intent i;
  i.id = text(v, "id");
  i.status = text(v, "status");
  i.amount = number(v, "amount");
  i.held = number(v, "amount_capturable");
  i.captured = number(v, "amount_received");
  i.created_s = number(v, "created");
  i.currency = upper(text(v, "currency"));
  if (const auto* m = object(v, "metadata")) i.payment = text(*m, payment_field.data());
  if (const auto* failed = object(v, "last_payment_error")) i.code = decline_of(*failed);
  if (const auto* charge = object(v, "latest_charge"))
    i.refunded = number(*charge, "amount_refunded");
  else
    i.knows_refunds = text(v, "latest_charge").empty();
  if (i.status == "requires_action") i.action = read_action(v);
  return i;
}

}  // namespace

std::string percent_encoded(std::string_view plain) {
  static constexpr std::string_view digits = "0123456789ABCDEF";
  std::string out;
  for (const unsigned char c : plain) {
    if (is_plain(c)) {
      out += static_cast<char>(c);
    } else {
      out += '%';
      out += digits[c >> 4];
      out += digits[c & 15];
    }
  }
  return out;
}

std::string form_encoded(const fields& all) {
  std::string out;
  for (const auto& [name, value] : all) {
    if (!out.empty()) out += '&';
    out += percent_encoded(name) + '=' + percent_encoded(value);
  }
  return out;
}

fields authorize_form(const authorize_request& r, const std::string& return_url) {
  auto form = common(r.payment, r.amount);
  form.emplace_back("confirm", "true");
  form.emplace_back("payment_method", r.token);
  if (!return_url.empty()) form.emplace_back("return_url", return_url);
  if (!r.description.empty())
    form.emplace_back("description", without_end(r.description, longest_description));
  return form;
}

fields tombstone_form(const payment_operation& op) {
  return common(op.payment, op.amount);
}

fields capture_form(const payment_operation& op) {
  return {{"amount_to_capture", std::to_string(op.amount.amount)}, {"expand[0]", "latest_charge"}};
}

fields refund_form(const std::string& reference, const payment_operation& op) {
  return {{"amount", std::to_string(op.amount.amount)},
          {"metadata[" + std::string(payment_field) + "]", op.payment.str()},
          {"payment_intent", reference}};
}

fields search_query(const payment_id& payment) {
  return {{"query", "metadata['" + std::string(payment_field) + "']:'" + payment.str() + "'"},
          {"limit", "10"},
          {"expand[0]", "data.latest_charge"}};
}

reply read_reply(outbound::answer a) {
  switch (a.how) {
    case end::answered:
      break;
    case end::forbidden:
    case end::unreachable:
      return never_sent("provider_unreachable", std::move(a.detail));
    case end::timed_out:
    case end::broken:
    case end::cancelled:
      return {.is = reply::kind::unknown, .code = "no_answer", .detail = std::move(a.detail)};
  }
  if (a.status >= 200 && a.status < 300) return {.is = reply::kind::ok, .body = std::move(a.body)};
  if (a.status == 409 || a.status == 429)
    return retryable(a.status == 409 ? "provider_conflict" : "provider_rate_limit",
                     "the provider answered " + std::to_string(a.status), pause_of(a.retry_after));
  if (a.status >= 500 || a.status < 400)
    return retryable("provider_error", "the provider answered " + std::to_string(a.status),
                     pause_of(a.retry_after));
  if (a.status == 401 || a.status == 403) {
    auto r = retryable("provider_refuses_us",
                       "the provider refuses our secret key (" + std::to_string(a.status) + ")",
                       longest_pause_ms);
    r.is_misconfigured = true;
    return r;
  }
  return read_error(std::move(a));
}

std::optional<intent> read_intent(std::string_view json) {
  rapidjson::Document d;
  if (!parse(json, d) || text(d, "object") != "payment_intent" || text(d, "id").empty())
    return std::nullopt;
  return read_one(d);
}

std::optional<std::vector<intent>> read_intents(std::string_view json) {
  rapidjson::Document d;
  if (!parse(json, d)) return std::nullopt;
  const auto data = d.FindMember("data");
  if (data == d.MemberEnd() || !data->value.IsArray()) return std::nullopt;
  std::vector<intent> all;
  for (const auto& one : data->value.GetArray())
    if (one.IsObject()) all.push_back(read_one(one));
  return all;
}

fields list_query(instant from, const std::string& after) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(from).time_since_epoch().count();
  fields query = {{"created[gte]", std::to_string(seconds)},
                  {"limit", "100"},
                  {"expand[0]", "data.latest_charge"}};
  if (!after.empty()) query.emplace_back("starting_after", after);
  return query;
}

bool has_more(std::string_view json) {
  rapidjson::Document d;
  if (!parse(json, d)) return false;
  const auto it = d.FindMember("has_more");
  return it != d.MemberEnd() && it->value.IsBool() && it->value.GetBool();
}

provider_entry entry_of(const intent& i) {
  const bool may_be_paid = i.status == "requires_action";
  return {payment_id{i.payment},
          i.id,
          i.currency,
          may_be_paid ? i.amount : i.held,
          i.captured,
          i.refunded,
          instant{std::chrono::seconds(i.created_s)}};
}

std::string read_refund_status(std::string_view json) {
  rapidjson::Document d;
  if (!parse(json, d) || text(d, "object") != "refund") return {};
  return text(d, "status");
}

payment_lookup record_of(const intent& i) {
  using state = payment_record::state;
  payment_lookup found{payment_lookup::kind::ok, {}};
  auto& r = found.found;
  r.reference = i.id;
  r.amount = {i.amount, i.currency};
  r.refunded = {i.refunded, i.currency};
  if (i.status == "requires_capture") {
    r.is = state::authorized;
  } else if (i.status == "succeeded") {
    r.is = state::captured;
    r.amount.amount = i.captured;
    if (!i.knows_refunds) found.is = payment_lookup::kind::retryable;
  } else if (i.status == "canceled") {
    r.is = state::voided;
  } else if (i.status == "requires_payment_method" || i.status == "requires_confirmation") {
    // Without a decline it is a tombstone: nothing will come of it.
    r.is = i.code.empty() ? state::voided : state::declined;
    r.code = i.code;
  } else if (i.status == "requires_action") {
    r.is = state::requires_action;
    r.action = i.action;
  } else if (i.status == "processing") {
    found.is = payment_lookup::kind::retryable;
  }
  return found;
}

const intent* most_telling(const std::vector<intent>& all) {
  static constexpr std::array<std::string_view, 4> order = {"succeeded", "requires_capture",
                                                            "processing", "requires_action"};
  for (const auto status : order)
    for (const auto& i : all)
      if (i.status == status) return &i;
  return all.empty() ? nullptr : &all.front();
}

}  // namespace atrium::stripe
