#include "payments/stripe_wire.hpp"

#include <gtest/gtest.h>

namespace atrium::stripe {
namespace {

using end = outbound::answer::end;
using state = payment_record::state;

outbound::answer answered(int status, const std::string& body = "{}") {
  outbound::answer a;
  a.how = end::answered;
  a.status = status;
  a.body = body;
  return a;
}
outbound::answer failed(end how) {
  outbound::answer a;
  a.how = how;
  return a;
}
std::string error(const std::string& inside) {
  return "{\"error\":{" + inside + "}}";
}

TEST(StripeWireTest, AuthorizationIsAConfirmedIntentWithManualCapture) {
  const auto form = form_encoded(authorize_form(
      {payment_id{"pay_1"}, "key", {33000, "KRW"}, "card", "pm_card_visa", "A & B"}, ""));
  EXPECT_EQ(form,
            "amount=33000&capture_method=manual&currency=krw&expand%5B0%5D=latest_charge&"
            "metadata%5Batrium_payment%5D=pay_1&payment_method_types%5B0%5D=card&confirm=true&"
            "payment_method=pm_card_visa&description=A%20%26%20B");
}

TEST(StripeWireTest, LongDescriptionIsCutBetweenCharacters) {
  std::string title;
  for (int i = 0; i < 100; ++i) title += "한";  // three bytes each
  const auto form =
      authorize_form({payment_id{"pay_1"}, "key", {1, "KRW"}, "card", "pm_card_visa", title},
                     "https://rooms.example/back");
  EXPECT_EQ(form.back().second.size(), 198u);
  EXPECT_NE(form_encoded(form).find("return_url=https%3A%2F%2Frooms.example%2Fback"),
            std::string::npos);
}

TEST(StripeWireTest, WhatACustomerHasToDoIsRead) {
  const auto sdk = read_intent(
      R"({"id":"pi_1","object":"payment_intent","status":"requires_action","client_secret":"pi_1_secret_x","next_action":{"type":"use_stripe_sdk","use_stripe_sdk":{}}})");
  ASSERT_TRUE(sdk);
  EXPECT_EQ(sdk->action, (customer_action{"stripe_sdk", "", "pi_1_secret_x", {}}));
  const auto redirect = read_intent(
      R"({"id":"pi_1","object":"payment_intent","status":"requires_action","client_secret":"s","next_action":{"type":"redirect_to_url","redirect_to_url":{"url":"https://hooks.example/3ds","return_url":"https://rooms.example"}}})");
  ASSERT_TRUE(redirect);
  EXPECT_EQ(redirect->action, (customer_action{"redirect", "https://hooks.example/3ds", "s", {}}));
  EXPECT_EQ(record_of(*redirect).found.is, payment_record::state::requires_action);
  EXPECT_EQ(record_of(*redirect).found.action, redirect->action);
  const auto over = read_intent(
      R"({"id":"pi_1","object":"payment_intent","status":"succeeded","client_secret":"s"})");
  ASSERT_TRUE(over);
  EXPECT_EQ(over->action, customer_action{}) << "nobody needs the secret any more";
}

TEST(StripeWireTest, TombstoneConfirmsNothingAndDiffersFromTheAuthorization) {
  const auto form = form_encoded(tombstone_form({payment_id{"pay_1"}, "", "key", {33000, "KRW"}}));
  EXPECT_EQ(form.find("confirm="), std::string::npos);
  EXPECT_NE(form.find("pay_1"), std::string::npos);
}

TEST(StripeWireTest, AnswersMeanWhatTheSagasNeedToKnow) {
  using kind = reply::kind;
  const struct {
    outbound::answer given;
    kind is;
    std::string code;
  } table[] = {
      {answered(200), kind::ok, ""},
      {answered(402, error(R"("code":"card_declined","decline_code":"generic_decline")")),
       kind::declined, "card_declined"},
      {answered(402, error(R"("code":"card_declined","decline_code":"lost_card")")), kind::declined,
       "lost_card"},
      {answered(402, error(R"("code":"expired_card")")), kind::declined, "expired_card"},
      {answered(402, "nonsense"), kind::declined, "unreadable_refusal"},
      {answered(400, error(R"("type":"idempotency_error")")), kind::refused, "idempotency_error"},
      {answered(400, error(R"("code":"amount_too_large")")), kind::refused, "amount_too_large"},
      {answered(400, error(R"("code":"resource_missing","param":"payment_method")")), kind::refused,
       "no_such_payment_method"},
      {answered(400, error("")), kind::refused, "invalid_request"},
      {answered(404, error(R"("code":"resource_missing")")), kind::refused, "resource_missing"},
      {answered(401), kind::retryable, "provider_refuses_us"},
      {answered(403), kind::retryable, "provider_refuses_us"},
      {answered(409), kind::retryable, "provider_conflict"},
      {answered(429), kind::retryable, "provider_rate_limit"},
      {answered(500), kind::retryable, "provider_error"},
      {answered(503), kind::retryable, "provider_error"},
      {answered(302), kind::retryable, "provider_error"},
      {failed(end::unreachable), kind::retryable, "provider_unreachable"},
      {failed(end::forbidden), kind::retryable, "provider_unreachable"},
      {failed(end::timed_out), kind::unknown, "no_answer"},
      {failed(end::broken), kind::unknown, "no_answer"},
      {failed(end::cancelled), kind::unknown, "no_answer"},
  };
  for (const auto& row : table) {
    SCOPED_TRACE(row.given.status);
    const auto r = read_reply(row.given);
    EXPECT_EQ(r.is, row.is);
    EXPECT_EQ(r.code, row.code);
  }
}

TEST(StripeWireTest, RetryAfterIsTakenWithinBounds) {
  const auto pause = [](const std::string& text) {
    auto a = answered(429);
    a.retry_after = text;
    return read_reply(a).retry_after_ms;
  };
  EXPECT_EQ(pause("3"), 3000);
  EXPECT_EQ(pause("999999"), 60'000);
  EXPECT_EQ(pause(""), 500);
  EXPECT_EQ(pause("soon"), 500);
  EXPECT_EQ(pause("-1"), 500);
}

TEST(StripeWireTest, IntentsBecomeRecords) {
  const auto record = [](const std::string& more) {
    const auto i = read_intent(R"({"object":"payment_intent","id":"pi_1","amount":33000,)"
                               R"("currency":"krw",)" +
                               more + "}");
    return record_of(i.value());
  };
  EXPECT_EQ(record(R"("status":"requires_capture")").found.is, state::authorized);
  const auto taken = record(
      R"("status":"succeeded","amount_received":30000,"latest_charge":{"amount_refunded":5})");
  EXPECT_EQ(taken.found.is, state::captured);
  EXPECT_EQ(taken.found.amount, (money{30000, "KRW"}));
  EXPECT_EQ(taken.found.refunded, (money{5, "KRW"}));
  EXPECT_EQ(record(R"("status":"succeeded","latest_charge":"ch_1")").is,
            payment_lookup::kind::retryable)
      << "how much was refunded is not known";
  EXPECT_EQ(record(R"("status":"processing")").is, payment_lookup::kind::retryable);
  EXPECT_EQ(record(R"("status":"canceled")").found.is, state::voided);
  EXPECT_EQ(record(R"("status":"requires_payment_method")").found.is, state::voided);
  const auto declined =
      record(R"("status":"requires_payment_method","last_payment_error":{"code":"expired_card"})");
  EXPECT_EQ(declined.found.is, state::declined);
  EXPECT_EQ(declined.found.code, "expired_card");
}

TEST(StripeWireTest, WhatIsNoAnswerOfStripesIsNotRead) {
  for (const auto* text : {"", "[]", "{}", "{\"object\":\"list\"}", "<html>", "{\"object\":"}) {
    EXPECT_FALSE(read_intent(text)) << text;
    EXPECT_EQ(read_refund_status(text), "") << text;
    EXPECT_FALSE(read_intents(text)) << text;
  }
}

TEST(StripeWireTest, MoneyThatMovedTellsMostOfAPayment) {
  const std::vector<intent> all = {{.id = "a", .status = "canceled"},
                                   {.id = "b", .status = "requires_capture"},
                                   {.id = "c", .status = "succeeded"}};
  EXPECT_EQ(most_telling(all)->id, "c");
  EXPECT_EQ(most_telling({}), nullptr);
}

}  // namespace
}  // namespace atrium::stripe
