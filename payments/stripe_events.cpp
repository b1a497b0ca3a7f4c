#include "payments/stripe_events.hpp"

#include <rapidjson/document.h>

#include <algorithm>
#include <utility>

#include "payments/stripe_signature.hpp"
#include "payments/stripe_wire.hpp"

namespace atrium {

namespace {

constexpr std::size_t longest_id = 255;

failure refusal(std::string detail, std::string reason) {
  return {.code = ec::malformed, .detail = std::move(detail), .reason = std::move(reason)};
}

std::string text(const rapidjson::Value& v, const char* name) {
  const auto it = v.FindMember(name);
  if (it == v.MemberEnd() || !it->value.IsString()) return {};
  if (it->value.GetStringLength() > longest_id) return {};
  return {it->value.GetString(), it->value.GetStringLength()};
}

const rapidjson::Value* object(const rapidjson::Value& v, const char* name) {
  const auto it = v.FindMember(name);
  return it != v.MemberEnd() && it->value.IsObject() ? &it->value : nullptr;
}

}  // namespace

std::optional<stripe::event_subject> stripe::read_event(std::string_view json) {
  rapidjson::Document d;
  d.Parse<rapidjson::kParseIterativeFlag>(json.data(), json.size());
  if (d.HasParseError() || !d.IsObject() || text(d, "object") != "event") return std::nullopt;
  event_subject s;
  s.type = text(d, "type");
  const auto* data = object(d, "data");
  const auto* about = data != nullptr ? object(*data, "object") : nullptr;
  if (s.type.empty() || about == nullptr) return std::nullopt;
  if (const auto* m = object(*about, "metadata"))
    s.payment = payment_id{text(*m, stripe::payment_field.data())};
  const bool is_intent = text(*about, "object") == "payment_intent";
  s.reference = text(*about, is_intent ? "id" : "payment_intent");
  return s;
}

stripe_events::stripe_events(options o, const clock_port& clock, told on_event)
    : tolerance_(o.tolerance), clock_(clock), told_(std::move(on_event)) {
  use_secrets(std::move(o.secrets));
}

void stripe_events::use_secrets(std::vector<std::string> secrets) {
  auto next = std::make_shared<const std::vector<std::string>>(std::move(secrets));
  const std::lock_guard lock(mutex_);
  secrets_ = std::move(next);
}

stripe_events::secret_list stripe_events::secrets() const {
  const std::lock_guard lock(mutex_);
  return secrets_;
}

result<void> stripe_events::take(std::string_view signature, std::string_view body) {
  using verdict = stripe::signature_verdict;
  const auto ours = secrets();
  if (ours->empty())
    return failure{.code = ec::not_found,
                   .detail =
                       "This server takes no events of Stripe: none of their signing secrets "
                       "is set (stripe-webhook-secret-file)."};
  const auto refuse = [&](std::string detail, std::string reason) {
    ++refused_;
    return refusal(std::move(detail), std::move(reason));
  };
  switch (stripe::check_signature(signature, body, *ours, clock_.now(), tolerance_)) {
    case verdict::missing:
      return refuse("There is no Stripe-Signature header of the form t=...,v1=....", "signature");
    case verdict::wrong:
      return refuse(
          "No signature of this event was made with a secret of ours. Check that the signing "
          "secret is the one of this endpoint, and that nothing on the way changes the body.",
          "signature");
    case verdict::stale:
      return refuse(
          "The event was signed too long ago, or its time is ahead of ours. Send it anew; if that "
          "does not help, set the clocks.",
          "timestamp");
    case verdict::good:
      break;
  }
  const auto about = stripe::read_event(body);
  if (!about) return refuse("The body is not an event of Stripe.", "body");
  if (about->payment.empty()) {
    ++ignored_;
    return {};
  }
  ++taken_;
  told_(about->payment, about->reference);
  return {};
}

result<std::vector<std::string>> parse_webhook_secrets(std::string_view text) {
  constexpr std::size_t least = 8, most = 200;
  std::vector<std::string> all;
  while (!text.empty()) {
    const auto end = std::min(text.find_first_of(",\r\n"), text.size());
    const auto one = text.substr(0, end);
    text.remove_prefix(std::min(text.size(), end + 1));
    if (one.empty()) continue;
    const bool is_printable =
        std::all_of(one.begin(), one.end(), [](unsigned char c) { return c > ' ' && c < 127; });
    if (one.size() < least || one.size() > most || !is_printable)
      return failure{ec::validation,
                     "each line must be one signing secret (whsec_...) and nothing else"};
    all.emplace_back(one);
  }
  if (all.size() > stripe_events::most_secrets)
    return failure{ec::validation, "at most 4 secrets are good at a time"};
  return all;
}

}  // namespace atrium
