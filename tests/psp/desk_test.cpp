#include "psp/desk.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sodium.h>

#include "psp/idempotency.hpp"
#include "psp/webhooks.hpp"
#include "tests/payments/support.hpp"

namespace atrium::psp {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class DeskTest : public testing::Test {
 protected:
  DeskTest() {
    EXPECT_GE(::sodium_init(), 0);
    store_ = std::move(*store::open(dir_.path(), 1000));
  }
  static fields form(const std::string& card, fields more = {}) {
    fields f = {{"amount", "33000"},          {"currency", "krw"}, {"payment_method", card},
                {"capture_method", "manual"}, {"confirm", "true"}, {"metadata[order]", "7"}};
    f.insert(f.end(), more.begin(), more.end());
    return f;
  }
  decision keep(decision d) {
    if (d.changed.intent) {
      EXPECT_TRUE(store_->apply(d.changed));
    }
    return d;
  }
  intent make(const std::string& card = "pm_card_visa") {
    return keep(create_intent(*store_, form(card), 1000)).changed.intent.value_or(intent{});
  }
  decision refund(const std::string& id, const std::string& amount = "") {
    fields f = {{"payment_intent", id}};
    if (!amount.empty()) f.emplace_back("amount", amount);
    return keep(create_refund(*store_, f, 1001));
  }

  atrium::test::scratch_dir dir_;
  std::unique_ptr<store> store_;
};

#define EXPECT_ERROR(decided, expected_status, text) \
  do {                                               \
    const auto d = (decided);                        \
    EXPECT_EQ(d.answer.status, expected_status);     \
    EXPECT_THAT(d.answer.body, HasSubstr(text));     \
  } while (false)

TEST_F(DeskTest, ApprovedCardWaitsForCapture) {
  const auto d = keep(create_intent(*store_, form("pm_card_visa"), 1000));
  EXPECT_EQ(d.answer.status, 200);
  EXPECT_EQ(d.changed.intent->status, intent_status::requires_capture);
  EXPECT_THAT(d.events, ElementsAre("payment_intent.amount_capturable_updated"));
  EXPECT_THAT(d.answer.body, HasSubstr("\"metadata\":{\"order\":\"7\"}"));
}

TEST_F(DeskTest, DeclinesAnswer402WithCodeAndDeclineCode) {
  EXPECT_ERROR(create_intent(*store_, form("pm_card_chargeDeclined"), 0), 402,
               R"("code":"card_declined","decline_code":"generic_decline")");
  EXPECT_ERROR(create_intent(*store_, form("pm_card_chargeDeclinedInsufficientFunds"), 0), 402,
               R"("decline_code":"insufficient_funds")");
  EXPECT_ERROR(create_intent(*store_, form("pm_card_chargeDeclinedExpiredCard"), 0), 402,
               R"("code":"expired_card")");
  const auto declined = make("pm_card_chargeDeclined");
  EXPECT_EQ(store_->find_intent(declined.id)->status, intent_status::requires_payment_method);
}

TEST_F(DeskTest, AuthenticationIsAskedForUnlessTheCallerWantsAnError) {
  const std::string card = "pm_card_authenticationRequired";
  const auto asked = make(card);
  EXPECT_EQ(asked.status, intent_status::requires_action);
  keep(authenticate_intent(*store_, asked.id, true));
  EXPECT_EQ(store_->find_intent(asked.id)->status, intent_status::requires_capture);
  const auto failing = make(card);
  keep(authenticate_intent(*store_, failing.id, false));
  EXPECT_EQ(store_->find_intent(failing.id)->status, intent_status::requires_payment_method);
  EXPECT_ERROR(create_intent(*store_, form(card, {{"error_on_requires_action", "true"}}), 0), 402,
               R"("code":"authentication_required")");
}

TEST_F(DeskTest, ThePageOfACustomerNeedsTheSecret) {
  const auto asked = keep(create_intent(*store_,
                                        form("pm_card_threeDSecure2Required",
                                             {{"return_url", "https://rooms.example/back"}}),
                                        0, "http://psp.example"))
                         .changed.intent.value_or(intent{});
  EXPECT_EQ(asked.action_url,
            "http://psp.example/authenticate/" + asked.id + "?secret=" + client_secret(asked));
  EXPECT_THAT(render(asked, false), HasSubstr("\"type\":\"redirect_to_url\""));
  EXPECT_TRUE(action_page(*store_, asked.id, client_secret(asked)));
  EXPECT_FALSE(action_page(*store_, asked.id, "guessed"));
  EXPECT_FALSE(action_page(*store_, "pi_nobody", ""));
  EXPECT_TRUE(make("pm_card_threeDSecure2Required").action_url.empty());
}

TEST_F(DeskTest, WrongParametersAreRefusedAndNamed) {
  EXPECT_ERROR(create_intent(*store_, form("pm_card_visa", {{"colour", "red"}}), 0), 400,
               R"("code":"parameter_unknown","message":"Received unknown parameter: colour")");
  EXPECT_ERROR(create_intent(*store_, {{"amount", "-1"}, {"currency", "krw"}}, 0), 400,
               "amount_too_small");
  EXPECT_ERROR(create_intent(*store_, {{"amount", "1.5"}, {"currency", "krw"}}, 0), 400,
               "parameter_invalid_integer");
  EXPECT_ERROR(create_intent(*store_, {{"currency", "krw"}}, 0), 400, "parameter_missing");
  EXPECT_ERROR(create_intent(*store_, form("pm_card_nobody"), 0), 400, "resource_missing");
  EXPECT_EQ(store_->payments(), 0u);
}

TEST_F(DeskTest, CaptureTakesPartOrAllOnce) {
  const auto made = make();
  EXPECT_ERROR(capture_intent(*store_, made.id, {{"amount_to_capture", "33001"}}), 400,
               "amount_too_large");
  EXPECT_EQ(keep(capture_intent(*store_, made.id, {{"amount_to_capture", "30000"}})).answer.status,
            200);
  EXPECT_EQ(store_->find_intent(made.id)->captured, 30000);
  EXPECT_ERROR(capture_intent(*store_, made.id, {}), 400, "payment_intent_unexpected_state");
  EXPECT_ERROR(cancel_intent(*store_, made.id, {}, 0), 400, R"("status":"succeeded")");
  EXPECT_ERROR(capture_intent(*store_, "pi_none", {}), 404, "resource_missing");
}

TEST_F(DeskTest, DeclinedCaptureLeavesTheAuthorization) {
  const auto made = make("pm_atrium_captureDeclined");
  EXPECT_ERROR(keep(capture_intent(*store_, made.id, {})), 402, "capture_declined");
  EXPECT_EQ(store_->find_intent(made.id)->status, intent_status::requires_capture);
}

TEST_F(DeskTest, CanceledStaysCanceled) {
  const auto made = make();
  keep(cancel_intent(*store_, made.id, {}, 1005));
  EXPECT_ERROR(capture_intent(*store_, made.id, {}), 400, R"("status":"canceled")");
  EXPECT_ERROR(cancel_intent(*store_, made.id, {}, 0), 400, "payment_intent_unexpected_state");
}

TEST_F(DeskTest, RefundsAddUpToWhatWasCaptured) {
  const auto made = make();
  EXPECT_ERROR(refund(made.id), 400, "payment_intent_unexpected_state");
  keep(capture_intent(*store_, made.id, {}));
  EXPECT_EQ(refund(made.id, "10000").answer.status, 200);
  EXPECT_ERROR(refund(made.id, "23001"), 400, "amount_too_large");
  EXPECT_EQ(refund(made.id).changed.refund->amount, 23000);
  EXPECT_ERROR(refund(made.id), 400, "charge_already_refunded");
  EXPECT_EQ(store_->find_intent(made.id)->refunded, 33000);
  const auto listed = list_refunds(*store_, {{"payment_intent", made.id}});
  EXPECT_THAT(listed.body, HasSubstr(R"("amount":23000)"));
  EXPECT_THAT(listed.body, HasSubstr(R"("amount":10000)"));
}

TEST_F(DeskTest, ListsArePagedNewestFirst) {
  std::vector<std::string> ids;
  for (int t = 1; t <= 5; ++t) {
    auto d = create_intent(*store_, form("pm_card_visa"), t);
    ids.push_back(keep(std::move(d)).changed.intent->id);
  }
  const auto first = list_intents(*store_, {{"limit", "2"}, {"created[lte]", "4"}}).body;
  EXPECT_LT(first.find(ids[3]), first.find(ids[2]));
  EXPECT_THAT(first, HasSubstr("\"has_more\":true"));
  EXPECT_EQ(first.find(ids[4]), std::string::npos);
  const auto rest = list_intents(*store_, {{"starting_after", ids[2]}, {"created[gt]", "1"}}).body;
  EXPECT_THAT(rest, HasSubstr(ids[1]));
  EXPECT_EQ(rest.find(ids[0]), std::string::npos);
  EXPECT_THAT(rest, HasSubstr("\"has_more\":false"));
}

TEST_F(DeskTest, SearchFindsByMetadataAndLagsBehind) {
  const auto made = make();
  const fields query = {{"query", "metadata['order']:'7'"}, {"expand[]", "data.latest_charge"}};
  EXPECT_THAT(search_intents(*store_, query, 1000).body, HasSubstr(made.id));
  EXPECT_THAT(search_intents(*store_, query, 1000).body, HasSubstr("\"object\":\"charge\""));
  EXPECT_EQ(search_intents(*store_, query, 999).body.find(made.id), std::string::npos);
  EXPECT_EQ(search_intents(*store_, {{"query", "metadata['order']:'8'"}}, 1000).body.find(made.id),
            std::string::npos);
  EXPECT_EQ(search_intents(*store_, {{"query", "amount>5"}}, 1000).status, 400);
}

TEST_F(DeskTest, SameKeyWithTheSameCallReplaysAndWithAnotherIsAnError) {
  keys_in_use keys;
  auto d = create_intent(*store_, form("pm_card_visa"), 1000);
  const auto print = fingerprint_of("/v1/payment_intents", form("pm_card_visa"));
  EXPECT_FALSE(keys.claim(*store_, "k", print));
  EXPECT_EQ(keys.claim(*store_, "k", print)->answer.status, 409) << "while it is under way";
  d.changed.key = "k";
  d.changed.fingerprint = print;
  d.changed.answer = d.answer;
  ASSERT_TRUE(store_->apply(d.changed));
  keys.release("k");
  const auto again = keys.claim(*store_, "k", print);
  EXPECT_TRUE(again->is_replay);
  EXPECT_EQ(again->answer.body, d.answer.body);
  auto shuffled = form("pm_card_visa");
  std::swap(shuffled.front(), shuffled.back());
  EXPECT_EQ(fingerprint_of("/v1/payment_intents", shuffled), print);
  const auto other = keys.claim(*store_, "k", print + 1);
  EXPECT_FALSE(other->is_replay);
  EXPECT_THAT(other->answer.body, HasSubstr("idempotency_error"));
}

TEST(SignatureTest, IsHmacSha256OverTimeAndBody) {
  // printf '1700000000.{"id":"evt_1"}' | openssl dgst -sha256 -hmac whsec_test
  EXPECT_EQ(signature("whsec_test", 1700000000, R"({"id":"evt_1"})"),
            "t=1700000000,v1=c89214b5b5da833daed6f0b8c5bb6bd58cea9022bd80ccc78230f3942d632925");
}

}  // namespace
}  // namespace atrium::psp
