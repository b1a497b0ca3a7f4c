#include "psp/render.hpp"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

namespace atrium::psp {
namespace {

using writer = rapidjson::Writer<rapidjson::StringBuffer>;

void text(writer& w, const char* name, std::string_view value) {
  w.Key(name);
  w.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
}
void text_or_null(writer& w, const char* name, std::string_view value) {
  if (!value.empty()) return text(w, name, value);
  w.Key(name);
  w.Null();
}
void number(writer& w, const char* name, std::int64_t value) {
  w.Key(name);
  w.Int64(value);
}
void flag(writer& w, const char* name, bool value) {
  w.Key(name);
  w.Bool(value);
}
void raw(writer& w, const char* name, std::string_view json) {
  w.Key(name);
  w.RawValue(json.data(), json.size(), rapidjson::kObjectType);
}
void metadata(writer& w, const fields& all) {
  w.Key("metadata");
  w.StartObject();
  for (const auto& [name, value] : all) text(w, name.c_str(), value);
  w.EndObject();
}
std::string done(const rapidjson::StringBuffer& out) {
  return {out.GetString(), out.GetSize()};
}

void charge(writer& w, const intent& i) {
  const bool is_declined = !i.error_code.empty();
  w.StartObject();
  text(w, "id", i.charge);
  text(w, "object", "charge");
  number(w, "amount", i.amount);
  number(w, "amount_captured", i.captured);
  number(w, "amount_refunded", i.refunded);
  flag(w, "captured", i.captured > 0);
  number(w, "created", i.created_s);
  text(w, "currency", i.currency);
  text_or_null(w, "failure_code", i.error_code);
  flag(w, "livemode", false);
  flag(w, "paid", !is_declined);
  metadata(w, i.metadata);
  text(w, "payment_intent", i.id);
  flag(w, "refunded", i.captured > 0 && i.refunded == i.captured);
  text(w, "status", is_declined ? "failed" : "succeeded");
  w.EndObject();
}

void last_error(writer& w, const intent& i) {
  w.Key("last_payment_error");
  if (i.error_code.empty()) {
    w.Null();
    return;
  }
  w.StartObject();
  text(w, "code", i.error_code);
  if (!i.decline_code.empty()) text(w, "decline_code", i.decline_code);
  text(w, "message", "Your card was declined.");
  text(w, "type", "card_error");
  w.EndObject();
}

void next_action(writer& w, const intent& i) {
  w.Key("next_action");
  if (i.status != intent_status::requires_action) {
    w.Null();
    return;
  }
  w.StartObject();
  const bool is_redirect = !i.action_url.empty();
  const char* type = is_redirect ? "redirect_to_url" : "use_stripe_sdk";
  text(w, "type", type);
  w.Key(type);
  w.StartObject();
  if (is_redirect) {
    text(w, "return_url", i.return_url);
    text(w, "url", i.action_url);
  }
  w.EndObject();
  w.EndObject();
}

}  // namespace

std::string render(const intent& i, bool expand_charge) {
  rapidjson::StringBuffer out;
  writer w(out);
  w.StartObject();
  text(w, "id", i.id);
  text(w, "object", "payment_intent");
  number(w, "amount", i.amount);
  number(w, "amount_capturable", i.status == intent_status::requires_capture ? i.amount : 0);
  number(w, "amount_received", i.captured);
  w.Key("canceled_at");
  i.canceled_s > 0 ? w.Int64(i.canceled_s) : w.Null();
  text(w, "capture_method", "manual");
  text(w, "client_secret", client_secret(i));
  number(w, "created", i.created_s);
  text(w, "currency", i.currency);
  text_or_null(w, "description", i.description);
  last_error(w, i);
  if (expand_charge && !i.charge.empty()) {
    w.Key("latest_charge");
    charge(w, i);
  } else {
    text_or_null(w, "latest_charge", i.charge);
  }
  flag(w, "livemode", false);
  metadata(w, i.metadata);
  next_action(w, i);
  text_or_null(w, "payment_method", i.payment_method);
  text(w, "status", to_string(i.status));
  w.EndObject();
  return done(out);
}

std::string client_secret(const intent& i) {
  return i.id + "_secret";
}

std::string render_action_page(const intent& i) {
  const auto button = [](const char* succeeded, const char* words) {
    return std::string("<button name=\"succeeded\" value=\"") + succeeded + "\">" + words +
           "</button>";
  };
  return "<!doctype html><meta charset=\"utf-8\"><title>Simulated bank</title><h1>Simulated "
         "bank</h1>"
         "<p>Confirm the payment of " +
         std::to_string(i.amount) + " " + i.currency + " (minor units)?</p><form method=\"post\">" +
         button("true", "Confirm") + button("false", "Fail") + "</form>";
}

std::string render_charge(const intent& i) {
  rapidjson::StringBuffer out;
  writer w(out);
  charge(w, i);
  return done(out);
}

std::string render(const refund& r) {
  rapidjson::StringBuffer out;
  writer w(out);
  w.StartObject();
  text(w, "id", r.id);
  text(w, "object", "refund");
  number(w, "amount", r.amount);
  text(w, "charge", r.charge);
  number(w, "created", r.created_s);
  text(w, "currency", r.currency);
  metadata(w, r.metadata);
  text(w, "payment_intent", r.intent);
  text(w, "status", "succeeded");
  w.EndObject();
  return done(out);
}

std::string render_list(const std::vector<std::string>& items, bool has_more, std::string_view url,
                        std::string_view object) {
  rapidjson::StringBuffer out;
  writer w(out);
  w.StartObject();
  text(w, "object", object);
  w.Key("data");
  w.StartArray();
  for (const auto& item : items) w.RawValue(item.data(), item.size(), rapidjson::kObjectType);
  w.EndArray();
  flag(w, "has_more", has_more);
  text(w, "url", url);
  w.EndObject();
  return done(out);
}

stored_answer render(const api_error& e) {
  rapidjson::StringBuffer out;
  writer w(out);
  w.StartObject();
  w.Key("error");
  w.StartObject();
  if (!e.code.empty()) text(w, "code", e.code);
  if (!e.decline_code.empty()) text(w, "decline_code", e.decline_code);
  text(w, "message", e.message);
  if (!e.param.empty()) text(w, "param", e.param);
  if (e.about != nullptr) raw(w, "payment_intent", render(*e.about, false));
  text(w, "type", e.type);
  w.EndObject();
  w.EndObject();
  return {e.status, done(out)};
}

std::string render_event(std::string_view id, std::string_view type, std::int64_t created_s,
                         std::string_view object, std::string_view idempotency_key) {
  rapidjson::StringBuffer out;
  writer w(out);
  w.StartObject();
  text(w, "id", id);
  text(w, "object", "event");
  text(w, "api_version", api_version);
  number(w, "created", created_s);
  w.Key("data");
  w.StartObject();
  raw(w, "object", object);
  w.EndObject();
  flag(w, "livemode", false);
  number(w, "pending_webhooks", 1);
  w.Key("request");
  w.StartObject();
  text_or_null(w, "idempotency_key", idempotency_key);
  w.EndObject();
  text(w, "type", type);
  w.EndObject();
  return done(out);
}

}  // namespace atrium::psp
