#include "psp/model.hpp"

#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <array>

namespace atrium::psp {
namespace {

using writer = rapidjson::Writer<rapidjson::StringBuffer>;
using rapidjson::Value;

constexpr std::array<std::string_view, 5> names = {"requires_payment_method", "requires_action",
                                                   "requires_capture", "succeeded", "canceled"};

void put(writer& w, const char* name, const std::string& text) {
  w.Key(name);
  w.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
}
void put(writer& w, const char* name, std::int64_t number) {
  w.Key(name);
  w.Int64(number);
}
void put(writer& w, const char* name, const fields& all) {
  w.Key(name);
  w.StartObject();
  for (const auto& [key, value] : all) put(w, key.c_str(), value);
  w.EndObject();
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
fields pairs(const Value& v, const char* name) {
  fields all;
  const auto it = v.FindMember(name);
  if (it == v.MemberEnd() || !it->value.IsObject()) return all;
  for (const auto& m : it->value.GetObject())
    if (m.value.IsString()) all.emplace_back(m.name.GetString(), m.value.GetString());
  return all;
}

void write_intent(writer& w, const intent& i) {
  w.Key("intent");
  w.StartObject();
  put(w, "id", i.id);
  put(w, "status", static_cast<std::int64_t>(i.status));
  put(w, "amount", i.amount);
  put(w, "captured", i.captured);
  put(w, "refunded", i.refunded);
  put(w, "currency", i.currency);
  put(w, "payment_method", i.payment_method);
  put(w, "description", i.description);
  put(w, "metadata", i.metadata);
  put(w, "created", i.created_s);
  put(w, "canceled", i.canceled_s);
  put(w, "charge", i.charge);
  put(w, "error_code", i.error_code);
  put(w, "decline_code", i.decline_code);
  if (!i.action_url.empty()) put(w, "action_url", i.action_url);
  if (!i.return_url.empty()) put(w, "return_url", i.return_url);
  w.EndObject();
}

std::optional<intent> read_intent(const Value& v) {
  const auto status = number(v, "status");
  if (status < 0 || status >= static_cast<std::int64_t>(names.size())) return std::nullopt;
  return intent{text(v, "id"),
                static_cast<intent_status>(status),
                number(v, "amount"),
                number(v, "captured"),
                number(v, "refunded"),
                text(v, "currency"),
                text(v, "payment_method"),
                text(v, "description"),
                pairs(v, "metadata"),
                number(v, "created"),
                number(v, "canceled"),
                text(v, "charge"),
                text(v, "error_code"),
                text(v, "decline_code"),
                text(v, "action_url"),
                text(v, "return_url")};
}

void write_refund(writer& w, const refund& r) {
  w.Key("refund");
  w.StartObject();
  put(w, "id", r.id);
  put(w, "intent", r.intent);
  put(w, "charge", r.charge);
  put(w, "currency", r.currency);
  put(w, "amount", r.amount);
  put(w, "created", r.created_s);
  put(w, "metadata", r.metadata);
  w.EndObject();
}

/// Kept as text once, and as it is since lines say how long it is.
std::string answer_of(const Value& v, std::string_view line) {
  const auto bytes = static_cast<std::size_t>(number(v, "answerBytes"));
  if (bytes == 0) return text(v, "answer");
  return bytes < line.size() ? std::string(line.substr(line.size() - 1 - bytes, bytes)) : "";
}

refund read_refund(const Value& v) {
  return {text(v, "id"),       text(v, "intent"),    text(v, "charge"),   text(v, "currency"),
          number(v, "amount"), number(v, "created"), pairs(v, "metadata")};
}

}  // namespace

std::optional<std::string> find(const fields& all, std::string_view name) {
  for (const auto& [key, value] : all)
    if (key == name) return value;
  return std::nullopt;
}

std::string_view to_string(intent_status s) {
  return names[static_cast<std::size_t>(s)];
}

std::string to_line(const change& c) {
  rapidjson::StringBuffer out;
  writer w(out);
  w.StartObject();
  if (c.intent) write_intent(w, *c.intent);
  if (c.refund) write_refund(w, *c.refund);
  if (!c.key.empty()) {
    put(w, "key", c.key);
    w.Key("fingerprint");
    w.Uint64(c.fingerprint);
    put(w, "answered", static_cast<std::int64_t>(c.answer.status));
    put(w, "answerBytes", static_cast<std::int64_t>(c.answer.body.size()));
  }
  w.EndObject();
  std::string line(out.GetString(), out.GetSize());
  if (c.key.empty()) return line;
  // As it is, and last, where parse_line() finds exactly these bytes again.
  line.back() = ',';
  return line.append(R"("answer":)").append(c.answer.body).append("}");
}

std::optional<change> parse_line(std::string_view line) {
  rapidjson::Document d;
  d.Parse(line.data(), line.size());
  if (d.HasParseError() || !d.IsObject()) return std::nullopt;
  change c;
  if (const auto it = d.FindMember("intent"); it != d.MemberEnd() && it->value.IsObject()) {
    c.intent = read_intent(it->value);
    if (!c.intent) return std::nullopt;
  }
  if (const auto it = d.FindMember("refund"); it != d.MemberEnd() && it->value.IsObject())
    c.refund = read_refund(it->value);
  c.key = text(d, "key");
  if (const auto it = d.FindMember("fingerprint"); it != d.MemberEnd() && it->value.IsUint64())
    c.fingerprint = it->value.GetUint64();
  c.answer = {static_cast<int>(number(d, "answered")), answer_of(d, line)};
  return c;
}

}  // namespace atrium::psp
