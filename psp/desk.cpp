#include "psp/desk.hpp"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "psp/cards.hpp"
#include "psp/parameters.hpp"

namespace atrium::psp {
namespace {

using card = card_behaviour::kind;
using status = intent_status;

/// Random bytes are fetched for many ids at a time: a system call costs more than an id.
std::string new_id(std::string_view prefix) {
  constexpr std::size_t bytes_each = 12;
  thread_local std::array<unsigned char, 128 * bytes_each> random;
  thread_local std::size_t used = random.size();
  if (used == random.size()) {
    ::randombytes_buf(random.data(), random.size());
    used = 0;
  }
  char hex[2 * bytes_each + 1];
  ::sodium_bin2hex(hex, sizeof hex, random.data() + used, bytes_each);
  used += bytes_each;
  return std::string(prefix) + hex;
}

decision refuse(const api_error& e) {
  return {render(e), {}, {}};
}

api_error unexpected_state(const intent& i, std::string_view verb) {
  return {.code = "payment_intent_unexpected_state",
          .message = "This PaymentIntent could not be " + std::string(verb) +
                     " because it has a status of " + std::string(to_string(i.status)) + ".",
          .about = &i};
}

api_error card_error(const intent& i) {
  return {.status = 402,
          .type = "card_error",
          .code = i.error_code,
          .message = "Your card was declined.",
          .decline_code = i.decline_code,
          .about = &i};
}

decision accept(intent i, std::string event, bool expand) {
  decision d{{200, render(i, expand)}, {}, {std::move(event)}};
  d.changed.intent = std::move(i);
  return d;
}

void confirm(intent& i, const card_behaviour& behaviour, bool fail_on_action) {
  i.charge = new_id("ch_");
  const bool must_act = behaviour.is == card::authenticate;
  if (behaviour.is == card::decline || (must_act && fail_on_action)) {
    i.status = status::requires_payment_method;
    i.error_code = behaviour.code;
    i.decline_code = behaviour.decline_code;
  } else {
    i.status = must_act ? status::requires_action : status::requires_capture;
  }
}

std::string event_of(const intent& i) {
  switch (i.status) {
    case status::requires_capture:
      return "payment_intent.amount_capturable_updated";
    case status::requires_action:
      return "payment_intent.requires_action";
    case status::requires_payment_method:
      return i.error_code.empty() ? "payment_intent.created" : "payment_intent.payment_failed";
    case status::succeeded:
      return "payment_intent.succeeded";
    case status::canceled:
      return "payment_intent.canceled";
  }
  return "payment_intent.created";
}

}  // namespace

decision create_intent(const store&, const fields& form, std::int64_t now_s,
                       const std::string& here) {
  parameters p(form);
  intent i;
  i.amount = p.number("amount", 1, 99'999'999, true).value_or(0);
  i.currency = p.text("currency", true).value_or("");
  i.payment_method = p.text("payment_method", false).value_or("");
  i.description = p.text("description", false).value_or("");
  i.metadata = p.metadata();
  i.return_url = p.text("return_url", false).value_or("");
  const auto method = p.text("capture_method", false).value_or("automatic");
  const bool is_confirmed = p.flag("confirm");
  const bool fail_on_action = p.flag("error_on_requires_action");
  p.ignore("payment_method_types[0]");
  p.ignore("payment_method_types[]");
  const bool expand = p.expands("latest_charge");
  if (auto wrong = p.problem()) return refuse(*wrong);
  if (method != "manual")
    return refuse(
        {.message = "Only capture_method=manual is simulated.", .param = "capture_method"});
  const bool is_currency =
      i.currency.size() == 3 && std::all_of(i.currency.begin(), i.currency.end(),
                                            [](char c) { return c >= 'a' && c <= 'z'; });
  if (!is_currency)
    return refuse({.message = "Invalid currency: " + i.currency, .param = "currency"});
  i.id = new_id("pi_");
  i.created_s = now_s;
  if (!i.return_url.empty())
    i.action_url = here + "/authenticate/" + i.id + "?secret=" + client_secret(i);
  if (is_confirmed) {
    const auto behaviour = card_of(i.payment_method);
    if (!behaviour)
      return refuse({.code = "resource_missing",
                     .message = "No such PaymentMethod: '" + i.payment_method + "'",
                     .param = "payment_method"});
    confirm(i, *behaviour, fail_on_action);
  }
  auto event = event_of(i);
  auto d = accept(std::move(i), std::move(event), expand);
  if (!d.changed.intent->error_code.empty()) d.answer = render(card_error(*d.changed.intent));
  return d;
}

decision capture_intent(const store& s, const std::string& id, const fields& form) {
  parameters p(form);
  const auto* now = s.find_intent(id);
  if (now == nullptr) return refuse(no_such("payment_intent", id));
  const auto amount = p.number("amount_to_capture", 1, 99'999'999, false).value_or(now->amount);
  const bool expand = p.expands("latest_charge");
  if (auto wrong = p.problem()) return refuse(*wrong);
  if (now->status != status::requires_capture) return refuse(unexpected_state(*now, "captured"));
  if (amount > now->amount)
    return refuse({.code = "amount_too_large",
                   .message = "The amount to capture is greater than the authorized amount.",
                   .param = "amount_to_capture",
                   .about = now});
  const auto behaviour = card_of(now->payment_method);
  if (behaviour && behaviour->is == card::decline_capture) {
    auto said = card_error(*now);
    said.code = behaviour->code;
    said.decline_code = behaviour->decline_code;
    return refuse(said);
  }
  auto next = *now;
  next.status = status::succeeded;
  next.captured = amount;
  return accept(std::move(next), "payment_intent.succeeded", expand);
}

decision cancel_intent(const store& s, const std::string& id, const fields& form,
                       std::int64_t now_s) {
  parameters p(form);
  const auto* now = s.find_intent(id);
  if (now == nullptr) return refuse(no_such("payment_intent", id));
  p.text("cancellation_reason", false);
  const bool expand = p.expands("latest_charge");
  if (auto wrong = p.problem()) return refuse(*wrong);
  if (now->status == status::succeeded || now->status == status::canceled)
    return refuse(unexpected_state(*now, "canceled"));
  auto next = *now;
  next.status = status::canceled;
  next.canceled_s = now_s;
  return accept(std::move(next), "payment_intent.canceled", expand);
}

decision create_refund(const store& s, const fields& form, std::int64_t now_s) {
  parameters p(form);
  const auto id = p.text("payment_intent", true).value_or("");
  const auto asked = p.number("amount", 1, 99'999'999, false);
  refund r;
  r.metadata = p.metadata();
  p.text("reason", false);
  if (auto wrong = p.problem()) return refuse(*wrong);
  const auto* now = s.find_intent(id);
  if (now == nullptr) return refuse(no_such("payment_intent", id));
  if (now->status != status::succeeded) return refuse(unexpected_state(*now, "refunded"));
  const auto left = now->captured - now->refunded;
  if (left == 0)
    return refuse({.code = "charge_already_refunded",
                   .message = "Charge " + now->charge + " has already been refunded.",
                   .about = now});
  if (asked.value_or(left) > left)
    return refuse({.code = "amount_too_large",
                   .message = "Refund amount is greater than unrefunded amount on charge.",
                   .param = "amount",
                   .about = now});
  r.id = new_id("re_");
  r.intent = id;
  r.charge = now->charge;
  r.currency = now->currency;
  r.amount = asked.value_or(left);
  r.created_s = now_s;
  auto next = *now;
  next.refunded += r.amount;
  decision d{{200, render(r)}, {}, {"charge.refunded"}};
  d.changed.intent = std::move(next);
  d.changed.refund = std::move(r);
  return d;
}

std::optional<std::string> action_page(const store& s, const std::string& id,
                                       const std::string& secret) {
  const auto* i = s.find_intent(id);
  if (i == nullptr || secret != client_secret(*i)) return std::nullopt;
  return render_action_page(*i);
}

decision authenticate_intent(const store& s, const std::string& id, bool succeeded) {
  const auto* now = s.find_intent(id);
  if (now == nullptr) return refuse(no_such("payment_intent", id));
  if (now->status != status::requires_action)
    return refuse(unexpected_state(*now, "authenticated"));
  auto next = *now;
  next.status = succeeded ? status::requires_capture : status::requires_payment_method;
  if (!succeeded) next.error_code = "payment_intent_authentication_failure";
  auto event = event_of(next);
  return accept(std::move(next), std::move(event), false);
}

}  // namespace atrium::psp
