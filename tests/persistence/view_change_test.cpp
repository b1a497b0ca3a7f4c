#include <gmock/gmock.h>

#include "tests/persistence/view_fixture.hpp"

/// Bookings that were moved, as their readers see them.
namespace atrium::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const room_id here{"rm_1"};
const room_id there{"rm_2"};
const saga_id change{"chg_1"};
const payment_id more{"pay_chg_1"};

class ChangeViewTest : public testing::Test {
 protected:
  ChangeViewTest() {
    story.room("rm_1", script::plain_room("Han"));
    story.room("rm_2", script::plain_room("Loft"));
    story.booked("rm_1", "rs_1", "ac_1", hours(9, 11));
    views.follow(story);
  }

  reservation_doc booking() { return views->reservation(reservation_id("rs_1")).value(); }

  void held(const room_id& in, interval when) {
    ev::reservation_change_held v;
    v.id = reservation_id("rs_1");
    v.change = change;
    v.from = here;
    v.customer = account_id("ac_1");
    v.when = when;
    v.price = {30'000, "KRW"};
    story.add("room/" + in.str(), v);
  }

  void changed(const room_id& in, interval when, std::int64_t price,
               std::vector<refund_part> refunds = {}) {
    ev::reservation_changed v;
    v.id = reservation_id("rs_1");
    v.change = change;
    v.from = here;
    v.was = hours(9, 11);
    v.booked = booking().booked;
    v.booked.room = in;
    v.booked.when = when;
    v.booked.price = {price, "KRW"};
    v.refunds = std::move(refunds);
    ev::change_result result{v.booked, {}, {}};
    story.add("room/" + in.str(), v);
    story.add("saga/chg_1", ev::saga_completed{change, result});
  }

  void captured(std::int64_t amount) {
    story.add("saga/chg_1", ev::payment_captured{more,
                                                 reservation_id("rs_1"),
                                                 {amount, "KRW"},
                                                 account_id("ac_1"),
                                                 "card",
                                                 "sandbox",
                                                 "ref"});
  }

  std::vector<std::string> on_board(const char* room) {
    board_query q;
    q.range = hours(0, 24);
    q.room = room_id(room);
    std::vector<std::string> found;
    const auto page = views->board(q);
    for (const auto& r : page->rooms)
      for (const auto& b : r.bookings)
        found.push_back(b.status + " " +
                        std::to_string((b.when.start - at_hour(0)).count() / 3'600'000));
    return found;
  }

  script story;
  fed_views views;
};

TEST_F(ChangeViewTest, NewSlotIsOnTheBoardWhileTheChangeGoesOnAndFreeWhenItIsGivenUp) {
  const auto before = booking();
  held(there, hours(12, 15));
  views.follow(story);
  EXPECT_THAT(on_board("rm_1"), ElementsAre("confirmed 9"));
  EXPECT_THAT(on_board("rm_2"), ElementsAre("hold 12"));
  story.add("room/rm_2",
            ev::reservation_change_released{before.booked.id, change, account_id("ac_1"),
                                            hours(12, 15), "payment-declined"});
  views.follow(story);
  EXPECT_THAT(on_board("rm_2"), IsEmpty());
  EXPECT_EQ(booking().position, before.position) << "the booking is as it was";
  EXPECT_EQ(booking().booked, before.booked);
}

TEST_F(ChangeViewTest, MovedBookingIsInItsNewRoomOnly) {
  held(there, hours(12, 15));
  captured(10'000);
  changed(there, hours(12, 15), 30'000);
  views.follow(story);
  EXPECT_THAT(on_board("rm_1"), IsEmpty());
  EXPECT_THAT(on_board("rm_2"), ElementsAre("confirmed 12"));
  EXPECT_EQ(booking().booked.room, there);
  EXPECT_EQ(booking().position, story.events().size());
  reservation_filter in_old;
  in_old.room = here;
  EXPECT_THAT(views->reservations(in_old, 10, "")->items, IsEmpty());
  reservation_filter mine;
  mine.customer = account_id("ac_1");
  EXPECT_EQ(views->reservations(mine, 10, "")->items.size(), 1u);
}

TEST_F(ChangeViewTest, BothPaymentsAreFoundAndTheBookingShowsTheirSum) {
  held(here, hours(9, 12));
  captured(10'000);
  changed(here, hours(9, 12), 30'000);
  views.follow(story);
  EXPECT_EQ(booking().captured, (money{30'000, "KRW"}));
  EXPECT_EQ(views->payment(more)->captured, (money{10'000, "KRW"}));
  EXPECT_EQ(views->payment(more)->status, payment_status::captured);
  EXPECT_EQ(views->payment(payment_id("pay_rs_1"))->captured, (money{20'000, "KRW"}));
  EXPECT_EQ(views->payment(payment_id("pay_rs_1"))->amount, (money{20'000, "KRW"}));
  const auto listed = views->payments(account_id("ac_1"), 10, "");
  ASSERT_EQ(listed->items.size(), 2u);
  EXPECT_EQ(listed->items[0].id, more);
}

TEST_F(ChangeViewTest, DifferenceGivenBackIsOwedUntilItIsRefunded) {
  const payment_id first("pay_rs_1");
  held(here, hours(9, 10));
  changed(here, hours(9, 10), 10'000, {{first, {10'000, "KRW"}, 10'000}});
  views.follow(story);
  story.add("saga/chg_1", ev::payment_refunded{first, reservation_id("rs_1"), {10'000, "KRW"}});
  views.follow(story);
  EXPECT_EQ(booking().paid, payment_status::partially_refunded);
  EXPECT_EQ(booking().refunded, (money{10'000, "KRW"}));
}

TEST_F(ChangeViewTest, DeclinedDifferenceIsAPaymentOfItsOwn) {
  const auto before = booking();
  held(here, hours(9, 12));
  story.add("saga/chg_1", ev::payment_declined{more,
                                               reservation_id("rs_1"),
                                               account_id("ac_1"),
                                               {10'000, "KRW"},
                                               "card",
                                               "sandbox",
                                               "card_declined"});
  views.follow(story);
  EXPECT_EQ(booking().paid, payment_status::captured);
  EXPECT_EQ(booking().position, before.position);
  EXPECT_EQ(views->payment(more)->status, payment_status::declined);
}

TEST_F(ChangeViewTest, OneTransactionOrManyLeaveTheSameTables) {
  held(there, hours(12, 15));
  captured(10'000);
  changed(there, hours(12, 15), 30'000);
  for (std::size_t n = 0; n <= story.events().size(); ++n)
    views.follow(std::span(story.events()).first(n), n);
  fed_views at_once;
  at_once.follow(story);
  EXPECT_EQ(first_difference(views.dump(), at_once.dump()), "");
}

TEST_F(ChangeViewTest, CustomerIsToldOfTheMoveAndOfOneThatFailed) {
  held(there, hours(12, 15));
  changed(there, hours(12, 15), 30'000);
  held(here, hours(20, 21));
  story.add("room/rm_1", ev::reservation_change_released{reservation_id("rs_1"), change,
                                                         account_id("ac_1"), hours(20, 21), ""});
  views.follow(story);
  std::vector<std::string> types;
  const auto inbox = views->notifications(account_id("ac_1"), false, 10, "");
  for (const auto& n : inbox->items) types.push_back(n.type);
  EXPECT_THAT(types, ElementsAre("reservation.not_changed", "reservation.changed",
                                 "reservation.confirmed"));
}

}  // namespace
}  // namespace atrium::test
