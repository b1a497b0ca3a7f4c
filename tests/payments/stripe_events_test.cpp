#include "payments/stripe_events.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "payments/stripe_signature.hpp"
#include "psp/webhooks.hpp"
#include "tests/payments/support.hpp"

namespace atrium {
namespace {

using stripe::check_signature;
using stripe::signature_verdict;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr std::string_view event =
    R"({"id":"evt_1","object":"event","type":"payment_intent.succeeded","data":{"object":{"id":"pi_1","object":"payment_intent","metadata":{"atrium_payment":"pay_1"}}}})";
constexpr std::int64_t signed_at_s = 1'700'000'000;
constexpr milliseconds tolerance{300'000};
const std::string first = "whsec_first_secret", second = "whsec_second_secret";
// HMAC-SHA256 of "1700000000.<event>" with the first secret, by Python's hmac.
const std::string known_mac = "7917affcb1b7e566a0ff7070650fb666e07e3310114fc3cda324deb5ba5ed053";

instant at(std::int64_t seconds) {
  return instant{std::chrono::seconds{seconds}};
}
signature_verdict check(std::string_view header, std::string_view body = event,
                        const std::vector<std::string>& secrets = {first},
                        std::int64_t now_s = signed_at_s) {
  return check_signature(header, body, secrets, at(now_s), tolerance);
}
std::string v1_of(const std::string& header) {
  return header.substr(header.find(",v1="));
}

TEST(StripeSignatureTest, AgreesWithAnotherImplementation) {
  EXPECT_EQ(check("t=1700000000,v1=" + known_mac), signature_verdict::good);
  EXPECT_EQ(psp::signature(first, signed_at_s, event), "t=1700000000,v1=" + known_mac);
}

TEST(StripeSignatureTest, AChangedBodyTimeOrSecretIsNoticed) {
  const auto header = psp::signature(first, signed_at_s, event);
  EXPECT_EQ(check(header, std::string(event) + " "), signature_verdict::wrong);
  EXPECT_EQ(check("t=1700000001" + v1_of(header)), signature_verdict::wrong);
  EXPECT_EQ(check(header, event, {second}), signature_verdict::wrong);
  EXPECT_EQ(check(header, event, {}), signature_verdict::wrong);
  auto flipped = header;
  flipped.back() = flipped.back() == '0' ? '1' : '0';
  EXPECT_EQ(check(flipped), signature_verdict::wrong);
}

TEST(StripeSignatureTest, WhatIsNoSignatureIsMissing) {
  for (const std::string& header :
       {std::string(), std::string("t=1700000000"), "v1=" + known_mac, "t=,v1=" + known_mac,
        "t=-5,v1=" + known_mac, "t=1e9,v1=" + known_mac, "t=99999999999999999999,v1=" + known_mac,
        "t=1700000000,v0=" + known_mac, "t=1700000000,v1=" + known_mac.substr(1),
        "t=1700000000,v1=" + known_mac + "00", std::string("t=1700000000,v1=zz"),
        "t=1700000000,v1=" + known_mac + std::string(1100, ',')})
    EXPECT_EQ(check(header), signature_verdict::missing) << header;
}

TEST(StripeSignatureTest, ARecordedEventIsGoodForFiveMinutesAndNoLonger) {
  const auto header = psp::signature(first, signed_at_s, event);
  EXPECT_EQ(check(header, event, {first}, signed_at_s + 300), signature_verdict::good);
  EXPECT_EQ(check(header, event, {first}, signed_at_s + 301), signature_verdict::stale);
  EXPECT_EQ(check(header, event, {first}, signed_at_s - 301), signature_verdict::stale);
  EXPECT_EQ(check(header, event, {second}, signed_at_s + 301), signature_verdict::wrong)
      << "only who knows the secret is told that the time is wrong";
}

TEST(StripeSignatureTest, SecretsAreRolledFromEitherSide) {
  const auto old_one = psp::signature(first, signed_at_s, event);
  const auto new_one = psp::signature(second, signed_at_s, event);
  const auto both = old_one + v1_of(new_one);
  for (const auto& ours : {std::vector{first}, std::vector{second}, std::vector{second, first}})
    EXPECT_EQ(check(both, event, ours), signature_verdict::good);
  EXPECT_EQ(check(old_one, event, {second, first}), signature_verdict::good);
  EXPECT_EQ(check(old_one, event, {second}), signature_verdict::wrong);
}

TEST(StripeSignatureTest, OnlyAFewSignaturesAreLookedAt) {
  std::string header = "t=1700000000";
  for (int i = 0; i < 8; ++i) header += ",v1=" + std::string(64, 'a');
  EXPECT_EQ(check(header + ",v1=" + known_mac), signature_verdict::wrong);
}

TEST(StripeEventTest, NamesThePaymentOfEveryKindOfObject) {
  const auto intent = stripe::read_event(event);
  ASSERT_TRUE(intent);
  EXPECT_EQ(intent->type, "payment_intent.succeeded");
  EXPECT_EQ(intent->payment, payment_id{"pay_1"});
  EXPECT_EQ(intent->reference, "pi_1");
  const auto charge = stripe::read_event(
      R"({"object":"event","type":"charge.refunded","data":{"object":{"id":"ch_1","object":"charge","payment_intent":"pi_1","metadata":{"atrium_payment":"pay_1"}}}})");
  ASSERT_TRUE(charge);
  EXPECT_EQ(charge->payment, payment_id{"pay_1"});
  EXPECT_EQ(charge->reference, "pi_1");
}

TEST(StripeEventTest, WhatIsNoEventIsNotRead) {
  for (const std::string& text :
       {std::string(), std::string("[]"), std::string("{"), std::string(R"({"object":"event"})"),
        std::string(R"({"object":"list","type":"a","data":{"object":{}}})"),
        std::string(R"({"object":"event","type":"a","data":[]})"), std::string(200'000, '['),
        std::string(R"({"object":"event","type":7,"data":{"object":{}}})")})
    EXPECT_FALSE(stripe::read_event(text)) << text.substr(0, 80);
}

class StripeEventsTest : public testing::Test {
 protected:
  StripeEventsTest() { time_.advance(at(signed_at_s) - time_.now()); }

  result<void> send(std::string_view body, const std::string& secret = first) {
    return events_.take(psp::signature(secret, signed_at_s, body), body);
  }

  test::virtual_time time_;
  std::vector<std::string> told_;
  stripe_events events_{
      {.secrets = {first}}, time_, [this](const payment_id& p, const std::string& reference) {
        told_.push_back(p.str() + " " + reference);
      }};
};

TEST_F(StripeEventsTest, AGoodEventIsPassedOnEachTimeItComes) {
  EXPECT_TRUE(send(event));
  EXPECT_TRUE(send(event)) << "a duplicate is no mistake";
  EXPECT_THAT(told_, ElementsAre("pay_1 pi_1", "pay_1 pi_1"));
}

TEST_F(StripeEventsTest, EventsAboutOtherThingsAreTakenAndPassedOnToNobody) {
  EXPECT_TRUE(send(R"({"object":"event","type":"customer.created","data":{"object":{"id":"c"}}})"));
  EXPECT_TRUE(told_.empty());
  EXPECT_EQ(events_.stats().ignored, 1u);
}

TEST_F(StripeEventsTest, RefusalsSayWhatToDoAndNoSecret) {
  const auto forged = send(event, second);
  ASSERT_FALSE(forged);
  EXPECT_EQ(forged.error().code, ec::malformed);
  EXPECT_THAT(forged.error().detail, HasSubstr("signing secret"));
  EXPECT_THAT(forged.error().detail, Not(HasSubstr(first)));
  const auto nonsense = send("{}");
  ASSERT_FALSE(nonsense);
  EXPECT_EQ(nonsense.error().reason, "body");
  time_.advance(milliseconds{301'000});
  const auto replayed = send(event);
  ASSERT_FALSE(replayed);
  EXPECT_EQ(replayed.error().reason, "timestamp");
  EXPECT_TRUE(told_.empty());
  EXPECT_EQ(events_.stats().refused, 3u);
}

TEST_F(StripeEventsTest, NewSecretsTakeTheOldOnesPlace) {
  events_.use_secrets({second});
  EXPECT_FALSE(send(event, first));
  EXPECT_TRUE(send(event, second));
  events_.use_secrets({});
  const auto nobody = send(event, second);
  ASSERT_FALSE(nobody);
  EXPECT_EQ(nobody.error().code, ec::not_found);
}

TEST(WebhookSecretsTest, AFileHoldsOneALine) {
  EXPECT_THAT(*parse_webhook_secrets("whsec_one_\nwhsec_two_\r\n\n"),
              ElementsAre("whsec_one_", "whsec_two_"));
  EXPECT_TRUE(parse_webhook_secrets("")->empty());
  EXPECT_FALSE(parse_webhook_secrets("short"));
  EXPECT_FALSE(parse_webhook_secrets("whsec_with space"));
  EXPECT_FALSE(parse_webhook_secrets("secret_1\nsecret_2\nsecret_3\nsecret_4\nsecret_5"));
}

}  // namespace
}  // namespace atrium
