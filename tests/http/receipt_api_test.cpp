#include <gmock/gmock.h>

#include "http/accept.hpp"
#include "tests/http/api_fixture.hpp"

namespace atrium::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class ReceiptApiTest : public ApiTest {
 protected:
  std::string booked(const std::string& room) { return make_booking(who::customer, room, 1, "k1"); }
  http::response receipt(const std::string& id, header_list headers = {}, who as = who::customer) {
    return call(as, "GET", "/v1/reservations/" + id + "/receipt", "", std::move(headers));
  }
  http::response page(const std::string& id, const std::string& language = "en") {
    return receipt(id, {{"accept", "text/html"}, {"accept-language", language}});
  }
  http::response refund(const std::string& id, const std::string& body, const std::string& key,
                        who as = who::op) {
    return post(as, "/v1/payments/pay_" + id + "/refunds", body, key);
  }
};

TEST_F(ReceiptApiTest, TellsThePriceItsTaxAndWhatWasPaid) {
  const auto id = booked(make_room(R"(,"taxRate":10)"));
  const auto r = receipt(id);
  ASSERT_EQ(r.status, 200) << r.body;
  EXPECT_EQ(at(r, "/price/amount"), "11000");
  EXPECT_EQ(at(r, "/taxRate"), "10");
  EXPECT_EQ(at(r, "/tax/amount"), "1000");
  EXPECT_EQ(at(r, "/net/amount"), "10000");
  EXPECT_EQ(at(r, "/payments/0/amount/amount"), "11000");
  EXPECT_EQ(at(r, "/payments/0/method"), "card");
  EXPECT_EQ(at(r, "/totals/kept/amount"), "11000");
  EXPECT_EQ(at(r, "/roomName"), "Hall");
  EXPECT_EQ(at(r, "/issuer"), "Atrium");
  EXPECT_EQ(at(r, "/reservationId"), id);
  EXPECT_THAT(at(r, "/number"), ::testing::MatchesRegex("R-[0-9]{8}-[A-Z2-7]{12}"));
  EXPECT_EQ(header(r, "Vary"), "Accept, Accept-Language");
  const auto again = receipt(id, {{"if-none-match", header(r, "ETag")}});
  EXPECT_EQ(again.status, 304);
}

TEST_F(ReceiptApiTest, LaterChangesOfTheRoomAlterNoReceipt) {
  const auto room = make_room(R"(,"taxRate":7.25)");
  const auto id = booked(room);
  const auto before = receipt(id);
  EXPECT_THAT(before.body, HasSubstr("\"taxRate\":7.25,"));
  const auto changed = call(who::op, "PATCH", "/v1/rooms/" + room,
                            R"({"name":"Other","taxRate":20})", {{"if-match", "*"}});
  ASSERT_EQ(changed.status, 200) << changed.body;
  EXPECT_EQ(at(changed, "/taxRate"), "20");
  EXPECT_EQ(receipt(id).body, before.body);
}

TEST_F(ReceiptApiTest, RefundsAndTheirReasonsAreOnIt) {
  const auto id = booked(make_room(R"(,"taxRate":10)"));
  const auto number = at(receipt(id), "/number");
  ASSERT_EQ(
      refund(id, R"({"reason":"noise","amount":{"amount":1100,"currency":"KRW"}})", "r").status,
      201);
  const auto r = receipt(id);
  EXPECT_EQ(at(r, "/number"), number);
  EXPECT_EQ(at(r, "/refunds/0/amount/amount"), "1100");
  EXPECT_EQ(at(r, "/refunds/0/reason"), "noise");
  EXPECT_EQ(at(r, "/totals/refunded/amount"), "1100");
  EXPECT_EQ(at(r, "/totals/kept/amount"), "9900");
  EXPECT_EQ(at(r, "/totals/tax/amount"), "900");
  EXPECT_THAT(page(id).body, HasSubstr("noise"));
}

TEST_F(ReceiptApiTest, OwnerAndOperatorsOnly) {
  const auto id = booked(make_room());
  EXPECT_EQ(receipt(id, {}, who::op).status, 200);
  EXPECT_EQ(receipt(id, {}, who::admin).status, 200);
  EXPECT_EQ(receipt(id, {}, who::other).status, 404);
  EXPECT_EQ(receipt(id, {}, who::anonymous).status, 401);
}

TEST_F(ReceiptApiTest, NothingPaidNoReceipt) {
  const auto room = make_room();
  const auto declined =
      post(who::customer, "/v1/reservations", booking_body(room, 1, "pm_card_chargeDeclined"), "k");
  ASSERT_EQ(declined.status, 402);
  const auto listed = call(who::customer, "GET", "/v1/reservations");
  const auto r = receipt(at(listed, "/items/0/id"));
  EXPECT_EQ(r.status, 404);
  EXPECT_THAT(r.body, HasSubstr("nothing was paid"));
}

TEST_F(ReceiptApiTest, ThePageSpeaksBothLanguagesAndRunsNothing) {
  const auto id = booked(make_room(R"(,"taxRate":10)"));
  const auto en = page(id), ko = page(id, "ko");
  EXPECT_EQ(en.content_type, "text/html; charset=utf-8");
  EXPECT_THAT(en.body, HasSubstr("<html lang=\"en\">"));
  EXPECT_THAT(en.body, HasSubstr("KRW 11,000"));
  EXPECT_THAT(en.body, HasSubstr("Tax included (10 %)"));
  EXPECT_THAT(ko.body, HasSubstr("<html lang=\"ko\">"));
  EXPECT_THAT(ko.body, HasSubstr("영수증"));
  EXPECT_THAT(ko.body, HasSubstr("11,000원"));
  EXPECT_EQ(header(ko, "Content-Language"), "ko");
  const auto policy = header(en, "Content-Security-Policy");
  EXPECT_THAT(policy, HasSubstr("default-src 'none'"));
  EXPECT_THAT(policy, HasSubstr("style-src 'sha256-"));
  EXPECT_THAT(policy, Not(HasSubstr("unsafe")));
}

TEST_F(ReceiptApiTest, MarkupInNamesStaysText) {
  const auto r = post(who::op, "/v1/rooms",
                      R"({"name":"<script>alert(1)</script>","capacity":8,"timeZone":"Asia/Seoul",)"
                      R"("pricePerHour":{"amount":11000,"currency":"KRW"}})");
  ASSERT_EQ(r.status, 201) << r.body;
  const auto id = booked(at(r, "/id"));
  ASSERT_EQ(refund(id, R"({"reason":"<img src=x onerror=\"alert(2)\">"})", "r").status, 201);
  const auto html = page(id).body;
  EXPECT_THAT(html, Not(HasSubstr("<script")));
  EXPECT_THAT(html, Not(HasSubstr("<img")));
  EXPECT_THAT(html, HasSubstr("&lt;script&gt;alert(1)&lt;/script&gt;"));
  EXPECT_THAT(html, HasSubstr("&lt;img src=x onerror=&quot;alert(2)&quot;&gt;"));
}

TEST(AcceptTest, TheClosestRangeCountsAndOfEqualsTheFirstOffered) {
  const auto best = [](std::string_view accept) {
    return http::preferred_of(accept, {"application/json", "text/html"});
  };
  EXPECT_EQ(best(""), "application/json");
  EXPECT_EQ(best("*/*"), "application/json");
  EXPECT_EQ(best("text/html"), "text/html");
  EXPECT_EQ(best("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"), "text/html");
  EXPECT_EQ(best("application/json, text/html;q=0.9"), "application/json");
  EXPECT_EQ(best("text/*, application/json;q=0.1"), "text/html");
  EXPECT_EQ(best("text/*, text/html;q=0, application/json;q=0.1"), "application/json");
  EXPECT_EQ(best("image/png"), "");
}

// ---- refunds by hand ---------------------------------------------------------------------------

TEST_F(ReceiptApiTest, RefundsAreListedWithThePaymentAndToldToTheCustomer) {
  const auto id = booked(make_room());
  const auto made =
      refund(id, R"({"reason":"noise","amount":{"amount":1000,"currency":"KRW"}})", "r");
  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(at(made, "/status"), "succeeded");
  EXPECT_EQ(header(made, "Location"), "/v1/payments/pay_" + id);
  const auto payment = call(who::customer, "GET", "/v1/payments/pay_" + id);
  EXPECT_EQ(at(payment, "/status"), "partially_refunded");
  EXPECT_EQ(at(payment, "/refundable/amount"), "10000");
  EXPECT_EQ(at(payment, "/refunds/0/id"), at(made, "/id"));
  EXPECT_EQ(at(payment, "/refunds/0/cause"), "by_hand");
  EXPECT_EQ(at(payment, "/refunds/0/status"), "succeeded");
  EXPECT_EQ(at(call(who::op, "GET", "/v1/payments"), "/items/0/refunds/0/reason"), "noise");
  const auto inbox = call(who::customer, "GET", "/v1/notifications");
  EXPECT_EQ(at(inbox, "/items/0/type"), "payment.refunded");
  EXPECT_THAT(at(inbox, "/items/0/text"), HasSubstr("Reason: noise."));
}

TEST_F(ReceiptApiTest, WithoutAnAmountTheRestIsRefundedAndNoMoreThanThat) {
  const auto id = booked(make_room());
  ASSERT_EQ(refund(id, R"({"reason":"a","amount":{"amount":1000,"currency":"KRW"}})", "a").status,
            201);
  const auto more = refund(id, R"({"reason":"b","amount":{"amount":10001,"currency":"KRW"}})", "b");
  EXPECT_EQ(more.status, 422);
  EXPECT_EQ(at(more, "/violations/0/rule"), "refundable");
  EXPECT_THAT(at(more, "/violations/0/limit"), HasSubstr("1 to 10000 KRW"));
  EXPECT_EQ(at(refund(id, R"({"reason":"c"})", "c"), "/amount/amount"), "10000");
  EXPECT_EQ(refund(id, R"({"reason":"d"})", "d").status, 422);
  const auto preview = call(who::customer, "GET", "/v1/reservations/" + id + "/cancellation");
  EXPECT_EQ(at(preview, "/refund/amount"), "0");
  EXPECT_EQ(at(preview, "/fee/amount"), "0");
}

TEST_F(ReceiptApiTest, RepeatedRefundIsOneRefund) {
  const auto id = booked(make_room());
  const std::string body = R"({"reason":"a","amount":{"amount":1000,"currency":"KRW"}})";
  const auto first = refund(id, body, "a"), again = refund(id, body, "a");
  EXPECT_EQ(again.body, first.body);
  EXPECT_EQ(header(again, "Atrium-Replayed"), "true");
  EXPECT_EQ(at(call(who::op, "GET", "/v1/payments/pay_" + id), "/refunded/amount"), "1000");
}

TEST_F(ReceiptApiTest, BadRefundsAreRefusedWithTheirFault) {
  const auto id = booked(make_room());
  EXPECT_EQ(refund(id, R"({"reason":"a"})", "").status, 400);
  EXPECT_EQ(refund(id, R"({})", "k1").status, 422);
  EXPECT_EQ(refund(id, R"({"reason":""})", "k2").status, 422);
  EXPECT_EQ(refund(id, R"({"reason":"a","amount":{"amount":0,"currency":"KRW"}})", "k3").status,
            422);
  const auto currency =
      refund(id, R"({"reason":"a","amount":{"amount":1,"currency":"EUR"}})", "k4");
  EXPECT_EQ(at(currency, "/violations/0/rule"), "currency");
  EXPECT_EQ(refund(id, R"({"reason":"a"})", "k5", who::customer).status, 403);
  EXPECT_EQ(refund("nothing", R"({"reason":"a"})", "k6").status, 404);
  EXPECT_EQ(at(call(who::op, "GET", "/v1/payments/pay_" + id), "/refunded/amount"), "0");
}

}  // namespace
}  // namespace atrium::test
