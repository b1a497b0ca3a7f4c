#include <gmock/gmock.h>

#include "tests/persistence/view_fixture.hpp"

namespace atrium::test {
namespace {

using testing::ElementsAre;
using testing::UnorderedElementsAre;

class BookingViewTest : public testing::Test {
 protected:
  void follow() { views.follow(story); }
  reservation_doc booking(const std::string& id) {
    return views->reservation(reservation_id(id)).value();
  }

  std::vector<std::string> ids(const reservation_filter& f) {
    std::vector<std::string> found;
    const auto page = views->reservations(f, 50, "");
    for (const stored_doc& d : page->items) found.emplace_back(parse(d.json)["id"].GetString());
    return found;
  }
  std::vector<std::string> message_types(const std::string& account) {
    std::vector<std::string> found;
    const auto inbox = views->notifications(account_id(account), false, 50, "");
    for (const notification_doc& n : inbox->items) found.push_back(n.type);
    return found;
  }

  script story;
  fed_views views;
};

TEST_F(BookingViewTest, HeldReservationIsShownBeforeItIsPaid) {
  story.room("rm_1", script::plain_room("Han"));
  story.held("rm_1", "rs_1", "ac_1", hours(9, 11));
  follow();
  const reservation_doc d = booking("rs_1");
  EXPECT_EQ(d.booked.status, reservation_status::held);
  EXPECT_EQ(d.paid, payment_status::pending);
  EXPECT_EQ(d.booked.room, room_id("rm_1"));
  EXPECT_EQ(d.captured, (money{0, "KRW"}));
  EXPECT_TRUE(message_types("ac_1").empty());
}

TEST_F(BookingViewTest, ConfirmedReservationIsPaidAndCarriesThePositionOfItsSagasEnd) {
  story.room("rm_1", script::plain_room("Han"));
  story.booked("rm_1", "rs_1", "ac_1", hours(9, 11));
  follow();
  const reservation_doc d = booking("rs_1");
  EXPECT_EQ(d.booked.status, reservation_status::confirmed);
  EXPECT_EQ(d.paid, payment_status::captured);
  EXPECT_EQ(d.captured, (money{20'000, "KRW"}));
  EXPECT_EQ(d.position, story.events().size());
  EXPECT_EQ(d.version, d.position);
  EXPECT_THAT(message_types("ac_1"), ElementsAre("reservation.confirmed"));
  const stored_doc served = views->reservation_json(reservation_id("rs_1")).value();
  EXPECT_EQ(served.owner, account_id("ac_1"));
  EXPECT_EQ(served.json, render(d));
}

TEST_F(BookingViewTest, BookingInTwoTransactionsEqualsBookingInOne) {
  story.room("rm_1", script::plain_room("Han"));
  story.held("rm_1", "rs_1", "ac_1", hours(9, 11));
  follow();
  story.confirmed("rm_1", "rs_1", hours(9, 11));
  follow();
  fed_views at_once;
  at_once.follow(story);
  EXPECT_EQ(first_difference(views.dump(), at_once.dump()), "");
}

TEST_F(BookingViewTest, PaymentIsFoundByItsIdAndInItsCustomersList) {
  story.room("rm_1", script::plain_room("Han"));
  story.booked("rm_1", "rs_1", "ac_1", hours(9, 11));
  story.declined("rm_1", "rs_2", "ac_1", hours(12, 13));
  follow();
  const payment_doc paid = views->payment(payment_id("pay_rs_1")).value();
  EXPECT_EQ(paid.reservation, reservation_id("rs_1"));
  EXPECT_EQ(paid.provider, "sandbox");
  EXPECT_EQ(paid.reference, "ref_rs_1");
  const auto page = views->payments(account_id("ac_1"), 10, "");
  ASSERT_EQ(page->items.size(), 2U);
  EXPECT_EQ(page->items[0].decline_code, "insufficient_funds");
  EXPECT_EQ(page->items[0].status, payment_status::declined);
  EXPECT_FALSE(views->payment(payment_id("rs_1")));
}

TEST_F(BookingViewTest, PaymentWithAnIdOfItsOwnIsFoundToo) {
  story.room("rm_1", script::plain_room("Han"));
  ev::reservation_held held;
  held.id = reservation_id("rs_1");
  held.customer = account_id("ac_1");
  held.when = hours(9, 11);
  held.payment = payment_id("external_7");
  story.add("room/rm_1", held);
  follow();
  EXPECT_EQ(views->payment(payment_id("external_7"))->reservation, reservation_id("rs_1"));
  EXPECT_FALSE(views->payment(payment_id("pay_rs_1")));
}

TEST_F(BookingViewTest, RepeatedRunPaysAnewAndForgetsTheFormerPayment) {
  story.room("rm_1", script::plain_room("Han"));
  story.held("rm_1", "rs_1", "ac_1", hours(9, 11));
  story.add("room/rm_1", ev::reservation_released{reservation_id("rs_1"),
                                                  reservation_status::rejected, hours(9, 11)});
  follow();
  ev::reservation_held again;
  again.id = reservation_id("rs_1");
  again.customer = account_id("ac_1");
  again.when = hours(10, 12);
  again.price = {20'000, "KRW"};
  again.payment = payment_id("pay_rs_1_2");
  story.add("room/rm_1", again);
  story.add("saga/rs_1", ev::payment_captured{payment_id("pay_rs_1_2"), reservation_id("rs_1"),
                                              money{20'000, "KRW"}});
  story.add("saga/rs_1", ev::payment_voided{payment_id("pay_rs_1"), reservation_id("rs_1")});
  follow();
  EXPECT_EQ(booking("rs_1").paid, payment_status::captured);
  EXPECT_EQ(views->payment(payment_id("pay_rs_1_2"))->captured, (money{20'000, "KRW"}));
  EXPECT_FALSE(views->payment(payment_id("pay_rs_1")));
  EXPECT_THAT(ids({}), ElementsAre("rs_1"));
  const auto taken = views->occupied(room_id("rm_1"), hours(0, 24));
  ASSERT_EQ(taken.size(), 1U);
  EXPECT_EQ(taken[0].when, hours(10, 12));
}

TEST_F(BookingViewTest, ABookingThatAwaitsItsPaymentSaysWhatToDoUntilWhen) {
  story.room("rm_1", script::plain_room("Han"));
  story.held("rm_1", "rs_1", "ac_1", hours(9, 11));
  const reservation_id rs("rs_1");
  const payment_id pay("pay_rs_1");
  const auto until = hours(8, 9).start;
  story.add("saga/rs_1", ev::payment_action_required{pay,
                                                     rs,
                                                     account_id("ac_1"),
                                                     {20'000, "KRW"},
                                                     "card",
                                                     "stripe",
                                                     "pi_1",
                                                     "https://bank.example/1",
                                                     until});
  story.add("room/rm_1", ev::reservation_awaiting_payment{rs, hours(9, 11), until});
  follow();
  EXPECT_EQ(booking("rs_1").booked.status, reservation_status::awaiting_payment);
  EXPECT_EQ(booking("rs_1").paid, payment_status::requires_action);
  const auto shown = views->reservation_json(rs)->json;
  EXPECT_NE(shown.find("\"nextAction\":{\"expiresAt\":\"" + format_instant(until) +
                       "\",\"url\":\"https://bank.example/1\"}"),
            std::string::npos)
      << shown;
  EXPECT_EQ(views->payment(pay)->reference, "pi_1");
  EXPECT_THAT(message_types("ac_1"), ElementsAre("payment.action_required"));
  EXPECT_EQ(views->occupied(room_id("rm_1"), hours(0, 24)).size(), 1U);

  story.add("saga/rs_1", ev::payment_declined{pay,
                                              rs,
                                              account_id("ac_1"),
                                              {20'000, "KRW"},
                                              "card",
                                              "stripe",
                                              std::string(ev::authentication_expired)});
  story.add("saga/rs_1", ev::payment_voided{pay, rs});
  story.add("room/rm_1", ev::reservation_released{rs, reservation_status::expired, hours(9, 11)});
  follow();
  EXPECT_EQ(booking("rs_1").paid, payment_status::declined);
  EXPECT_EQ(views->reservation_json(rs)->json.find("nextAction"), std::string::npos);
  EXPECT_THAT(message_types("ac_1"),
              UnorderedElementsAre("payment.action_required", "reservation.expired"));
  EXPECT_TRUE(views->occupied(room_id("rm_1"), hours(0, 24)).empty());
}

TEST_F(BookingViewTest, DeclinedPaymentLeavesOneMessageAndNoBooking) {
  story.room("rm_1", script::plain_room("Han"));
  story.declined("rm_1", "rs_1", "ac_1", hours(9, 11));
  follow();
  EXPECT_EQ(booking("rs_1").booked.status, reservation_status::payment_failed);
  EXPECT_THAT(message_types("ac_1"), ElementsAre("payment.declined"));
  EXPECT_TRUE(views->occupied(room_id("rm_1"), hours(0, 24)).empty());
}

TEST_F(BookingViewTest, CancellationWaitsForItsRefundAndThenShowsIt) {
  story.room("rm_1", script::plain_room("Han"));
  story.booked("rm_1", "rs_1", "ac_1", hours(9, 11));
  story.cancelled("rm_1", "rs_1", hours(9, 11), 20'000);
  follow();
  EXPECT_EQ(booking("rs_1").booked.status, reservation_status::cancelled);
  EXPECT_EQ(booking("rs_1").paid, payment_status::refund_pending);
  story.refunded("rs_1", 20'000);
  follow();
  EXPECT_EQ(booking("rs_1").paid, payment_status::refunded);
  EXPECT_EQ(booking("rs_1").refunded, (money{20'000, "KRW"}));
  EXPECT_THAT(message_types("ac_1"),
              ElementsAre("payment.refunded", "reservation.cancelled", "reservation.confirmed"));
}

TEST_F(BookingViewTest, HalfARefundLeavesThePaymentPartiallyRefunded) {
  story.room("rm_1", script::plain_room("Han"));
  story.booked("rm_1", "rs_1", "ac_1", hours(9, 11));
  story.cancelled("rm_1", "rs_1", hours(9, 11), 10'000);
  story.refunded("rs_1", 10'000);
  follow();
  EXPECT_EQ(booking("rs_1").paid, payment_status::partially_refunded);
}

TEST_F(BookingViewTest, CancellationWithoutRefundLeavesThePaymentCaptured) {
  story.room("rm_1", script::plain_room("Han"));
  story.booked("rm_1", "rs_1", "ac_1", hours(9, 11));
  story.cancelled("rm_1", "rs_1", hours(9, 11), 0);
  follow();
  EXPECT_EQ(booking("rs_1").paid, payment_status::captured);
}

TEST_F(BookingViewTest, RefundInDoubtStaysPending) {
  story.room("rm_1", script::plain_room("Han"));
  story.booked("rm_1", "rs_1", "ac_1", hours(9, 11));
  story.cancelled("rm_1", "rs_1", hours(9, 11), 20'000);
  story.add("saga/c",
            ev::payment_unknown{payment_id("pay_rs_1"), reservation_id("rs_1"), "refund"});
  follow();
  EXPECT_EQ(booking("rs_1").paid, payment_status::refund_pending);
}

TEST_F(BookingViewTest, StayGoesFromCheckInToCompletion) {
  story.room("rm_1", script::plain_room("Han"));
  story.booked("rm_1", "rs_1", "ac_1", hours(9, 11));
  story.add("room/rm_1",
            ev::reservation_checked_in{reservation_id("rs_1"), hours(9, 11), std::nullopt});
  follow();
  EXPECT_EQ(booking("rs_1").booked.status, reservation_status::checked_in);
  story.add("room/rm_1", ev::reservation_completed{reservation_id("rs_1"), hours(9, 11),
                                                   ev::completion::by_clock});
  follow();
  EXPECT_EQ(booking("rs_1").booked.status, reservation_status::completed);
}

TEST_F(BookingViewTest, ListsAreNewestFirstAndFiltered) {
  story.room("rm_1", script::plain_room("Han"));
  story.room("rm_2", script::plain_room("Nam"));
  story.booked("rm_1", "rs_1", "ac_1", hours(9, 11));
  story.booked("rm_1", "rs_2", "ac_2", hours(7, 8));
  story.booked("rm_2", "rs_3", "ac_1", hours(9, 11));
  story.declined("rm_2", "rs_4", "ac_1", hours(14, 15));
  follow();
  EXPECT_THAT(ids({}), ElementsAre("rs_4", "rs_3", "rs_2", "rs_1"));
  EXPECT_THAT(ids({.customer = account_id("ac_1")}), ElementsAre("rs_4", "rs_3", "rs_1"));
  EXPECT_THAT(ids({.customer = account_id("ac_1"), .status = "confirmed"}),
              ElementsAre("rs_3", "rs_1"));
  // Of one room: latest start first.
  EXPECT_THAT(ids({.room = room_id("rm_1")}), ElementsAre("rs_1", "rs_2"));
  EXPECT_THAT(ids({.customer = account_id("ac_1"), .room = room_id("rm_1")}), ElementsAre("rs_1"));
  EXPECT_THAT(ids({.room = room_id("rm_1"), .from = at_hour(8), .to = at_hour(9)}), ElementsAre());
  EXPECT_THAT(ids({.room = room_id("rm_1"), .from = at_hour(7, 30), .to = at_hour(9)}),
              ElementsAre("rs_2"));
  EXPECT_THAT(ids({.status = "no such state"}), ElementsAre());
}

TEST_F(BookingViewTest, PagesJoinedAreTheWholeListWhateverTheFilter) {
  story.room("rm_1", script::plain_room("Han"));
  for (int i = 0; i < 23; ++i)
    story.booked("rm_1", "rs_" + std::to_string(i), i % 2 == 0 ? "ac_1" : "ac_2", hours(i, i + 1));
  follow();
  for (const reservation_filter& f :
       {reservation_filter{}, reservation_filter{.customer = account_id("ac_1")},
        reservation_filter{.room = room_id("rm_1")},
        reservation_filter{.room = room_id("rm_1"), .to = at_hour(12)}}) {
    std::vector<std::string> joined;
    std::string cursor;
    int pages = 0;
    do {
      const auto page = views->reservations(f, 4, cursor);
      ASSERT_TRUE(page) << page.error().detail;
      EXPECT_LE(page->items.size(), 4U);
      for (const stored_doc& d : page->items) joined.emplace_back(parse(d.json)["id"].GetString());
      cursor = page->next;
      ++pages;
    } while (!cursor.empty());
    EXPECT_EQ(joined, ids(f));
    EXPECT_EQ(pages, static_cast<int>((joined.size() + 3) / 4));
  }
}

TEST_F(BookingViewTest, ForeignCursorIsRefusedNamingTheField) {
  for (const char* cursor : {"x", "!!", "AAAA", "cAAAAAAAAAA"}) {
    const auto page = views->reservations({}, 10, cursor);
    ASSERT_FALSE(page) << cursor;
    EXPECT_EQ(page.error().code, ec::validation);
    ASSERT_EQ(page.error().violations.size(), 1U);
    EXPECT_EQ(page.error().violations[0].pointer, "?cursor");
  }
}

TEST_F(BookingViewTest, HoldIsListedWhileItLastsAndTellsWhenItExpires) {
  story.room("rm_1", script::plain_room("Han"));
  story.hold("rm_1", "hd_1", "ac_1", hours(9, 11));
  story.hold("rm_1", "hd_2", "ac_1", hours(12, 13));
  follow();
  EXPECT_EQ(views->holds_of(account_id("ac_1"), 10).size(), 2U);
  EXPECT_EQ(views->hold(hold_id("hd_1"))->time_zone, "UTC");
  story.add("room/rm_1",
            ev::hold_released{hold_id("hd_1"), ev::hold_end::expired, hours(9, 11), at_hour(8)});
  story.add("room/rm_1",
            ev::hold_released{hold_id("hd_2"), ev::hold_end::booked, hours(12, 13), at_hour(8)});
  follow();
  EXPECT_TRUE(views->holds_of(account_id("ac_1"), 10).empty());
  EXPECT_EQ(views->hold(hold_id("hd_1"))->status, "expired");
  EXPECT_EQ(views->hold(hold_id("hd_2"))->status, "booked");
  EXPECT_THAT(message_types("ac_1"), ElementsAre("hold.expired"));
  EXPECT_TRUE(views->occupied(room_id("rm_1"), hours(0, 24)).empty());
}

TEST_F(BookingViewTest, TextThatIsNoIdNamesNothing) {
  const std::string zero("rm_1\0x", 6);
  const std::string endless(5'000, 'x');
  for (const std::string& id : {std::string(), zero, endless}) {
    EXPECT_FALSE(views->reservation(reservation_id(id)));
    EXPECT_FALSE(views->payment(payment_id(id)));
    EXPECT_FALSE(views->room(room_id(id)));
    EXPECT_FALSE(views->hold(hold_id(id)));
    EXPECT_FALSE(views->find_key(id));
    EXPECT_TRUE(views->occupied(room_id(id), hours(0, 1)).empty());
    if (id.empty()) continue;
    EXPECT_TRUE(ids({.room = room_id(id)}).empty());
  }
}

TEST_F(BookingViewTest, RefundsAreKeptFromTheirPromiseOn) {
  story.room("rm_1", script::plain_room("Han"));
  story.booked("rm_1", "rs_1", "ac_1", hours(9, 11));
  story.cancelled("rm_1", "rs_1", hours(9, 11), 5'000);
  follow();
  EXPECT_EQ(booking("rs_1").refunds.at(0).is, refund_doc::state::pending);
  const auto payment = booking("rs_1").booked.payment;
  EXPECT_EQ(views->payment(payment)->left, (money{15'000, "KRW"}));
  const ev::refund_granted promise{saga_id("sg_1"), reservation_id("rs_1"), payment, {1'000, "KRW"},
                                   {14'000, "KRW"}, account_id("op"),       "noise"};
  story.add("room/rm_1", promise);
  follow();
  EXPECT_EQ(booking("rs_1").paid, payment_status::refund_pending);
  EXPECT_EQ(granted(booking("rs_1")), 1'000);
  story.add("saga/sg_1", ev::payment_refunded{payment, reservation_id("rs_1"), {1'000, "KRW"}});
  follow();
  const auto refunds = booking("rs_1").refunds;
  ASSERT_EQ(refunds.size(), 2u);
  EXPECT_EQ(refunds[1].is, refund_doc::state::succeeded);
  EXPECT_EQ(refunds[1].reason, "noise");
  EXPECT_EQ(booking("rs_1").paid, payment_status::refund_pending);  // the cancellation's
  EXPECT_EQ(views->payment(payment)->left, (money{14'000, "KRW"}));
}

TEST_F(BookingViewTest, AWithdrawnRefundIsOwedNoMore) {
  story.room("rm_1", script::plain_room("Han"));
  story.booked("rm_1", "rs_1", "ac_1", hours(9, 11));
  follow();
  const auto payment = booking("rs_1").booked.payment;
  story.add("room/rm_1", ev::refund_granted{saga_id("sg_1"),
                                            reservation_id("rs_1"),
                                            payment,
                                            {1'000, "KRW"},
                                            {19'000, "KRW"},
                                            account_id("op"),
                                            "noise"});
  story.add("room/rm_1",
            ev::refund_withdrawn{
                saga_id("sg_1"), reservation_id("rs_1"), payment, {1'000, "KRW"}, {20'000, "KRW"}});
  follow();
  EXPECT_EQ(booking("rs_1").refunds.at(0).is, refund_doc::state::withdrawn);
  EXPECT_EQ(booking("rs_1").paid, payment_status::captured);
  EXPECT_EQ(views->payment(payment)->left, (money{20'000, "KRW"}));
}

TEST_F(BookingViewTest, TheRoomsNameAndTheTaxAreThoseOfTheBooking) {
  auto facts = script::plain_room("Han");
  facts.tax_rate_bp = 1'000;
  story.room("rm_1", facts);
  story.booked("rm_1", "rs_1", "ac_1", hours(9, 11));
  facts.name = "Other";
  story.add("room/rm_1", ev::room_changed{facts});
  follow();
  EXPECT_EQ(booking("rs_1").room_name, "Han");
  EXPECT_NE(booking("rs_1").captured_at, instant{});
}

}  // namespace
}  // namespace atrium::test
