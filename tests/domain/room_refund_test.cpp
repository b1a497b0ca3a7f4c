#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/domain/builders.hpp"

namespace atrium {
namespace {

using testing::clock;
using ::testing::IsEmpty;
using testing::live_room;
using testing::replayed;
using testing::slot;

/// A booking that costs 10.00 EUR, paid; today's cancellation would pay half of it.
class RoomRefundTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(room.reserve("r", slot("09:00", "10:00"))); }

  result<std::vector<event>> grant(const std::string& id, std::int64_t amount,
                                   std::int64_t left = 1000, const std::string& of = "r") {
    return room.run(cmd::grant_refund{saga_id{id},
                                      reservation_id{of},
                                      payment_id{"pay-" + of},
                                      {amount, amount == 0 ? "" : "EUR"},
                                      {left, "EUR"},
                                      account_id{"op"},
                                      "broken screen"});
  }
  static ev::refund_granted granted(const result<std::vector<event>>& r) {
    return std::get<ev::refund_granted>(r->at(0));
  }
  result<std::vector<event>> cancel(bool full) {
    return room.run(cmd::cancel{reservation_id{"r"}, account_id{"op"}, true, full, ""});
  }

  live_room room;
};

TEST_F(RoomRefundTest, RefundsAddUpToThePriceAndNoFurther) {
  const auto first = granted(grant("a", 300));
  EXPECT_EQ(first.amount, (money{300, "EUR"}));
  EXPECT_EQ(first.left, (money{700, "EUR"}));
  EXPECT_EQ(first.by, account_id{"op"});
  // The read model may not know of the first yet: the room does.
  const auto more = grant("b", 701);
  ASSERT_FALSE(more);
  EXPECT_EQ(more.error().code, ec::validation);
  EXPECT_EQ(more.error().violations.at(0).rule, "refundable");
  EXPECT_EQ(more.error().violations.at(0).limit, "1 to 700 EUR (captured less refunded)");
  EXPECT_EQ(granted(grant("c", 0)).amount, (money{700, "EUR"}));
  EXPECT_EQ(grant("d", 0).error().violations.at(0).rule, "refundable");
}

TEST_F(RoomRefundTest, WhatTheReadModelKnowsBoundsItToo) {
  EXPECT_EQ(granted(grant("a", 0, 250)).amount.amount, 250);
}

TEST_F(RoomRefundTest, GrantingTwiceUnderOneIdIsOnce) {
  ASSERT_TRUE(grant("a", 300));
  EXPECT_THAT(*grant("a", 300), IsEmpty());
}

TEST_F(RoomRefundTest, AnotherCurrencyOrAnEmptyReasonIsRefused) {
  auto c = cmd::grant_refund{saga_id{"a"},  reservation_id{"r"}, payment_id{"pay-r"}, {100, "KRW"},
                             {1000, "EUR"}, account_id{"op"},    "broken screen"};
  EXPECT_EQ(room.run(c).error().violations.at(0).rule, "currency");
  c.amount.currency = "EUR";
  c.reason.clear();
  EXPECT_EQ(room.run(c).error().violations.at(0).pointer, "/reason");
}

TEST_F(RoomRefundTest, NothingIsRefundedBeforeItIsPaid) {
  ASSERT_TRUE(room.run(live_room::hold("held", slot("12:00", "13:00"))));
  const auto refused = grant("a", 100, 1000, "held");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().violations.at(0).limit,
            "more than nothing is left of what was captured");
}

TEST_F(RoomRefundTest, CancellingPaysNoMoreThanIsLeft) {
  ASSERT_TRUE(grant("a", 800));
  const auto cancelled = cancel(true);
  const auto& e = std::get<ev::reservation_cancelled>(cancelled->at(0));
  EXPECT_EQ(e.refund.amount, 200);
  EXPECT_EQ(e.fee.amount, 0);
}

TEST_F(RoomRefundTest, TheFeeIsWhatTheOfficeKeeps) {
  ASSERT_TRUE(grant("a", 300));
  const auto cancelled = cancel(false);  // half of the price
  const auto& e = std::get<ev::reservation_cancelled>(cancelled->at(0));
  EXPECT_EQ(e.refund.amount, 500);
  EXPECT_EQ(e.fee.amount, 200);
  EXPECT_EQ(granted(grant("b", 0)).amount.amount, 200);
  EXPECT_FALSE(grant("c", 0));
}

TEST_F(RoomRefundTest, WhatAChangeChargedIsGivenBackOnItsOwnPayment) {
  // An hour more costs 10.00 EUR more, on a payment of its own.
  const cmd::change_terms t{saga_id{"chg"},
                            *room.book.find(reservation_id{"r"}),
                            slot("09:00", "11:00"),
                            1,
                            "",
                            payment_id{"pay-chg"},
                            account_id{"op"},
                            true};
  ASSERT_TRUE(room.run(cmd::hold_change{t}));
  ASSERT_TRUE(room.run(cmd::apply_change{t}));
  auto on_change =
      cmd::grant_refund{saga_id{"a"},  reservation_id{"r"}, payment_id{"pay-chg"}, {1001, "EUR"},
                        {2000, "EUR"}, account_id{"op"},    "broken screen"};
  EXPECT_EQ(room.run(on_change).error().violations.at(0).limit,
            "1 to 1000 EUR (captured less refunded)");
  on_change.amount.amount = 400;
  EXPECT_EQ(granted(room.run(on_change)).left, (money{600, "EUR"}));
  EXPECT_EQ(granted(grant("b", 100)).left, (money{900, "EUR"}));
  const auto cancelled = cancel(true);
  const auto& e = std::get<ev::reservation_cancelled>(cancelled->at(0));
  EXPECT_EQ(e.refund.amount, 1500);
  ASSERT_EQ(e.refunds.size(), 2u);
  EXPECT_EQ(e.refunds[0], (refund_part{payment_id{"pay-chg"}, {600, "EUR"}, 0}));
  EXPECT_EQ(e.refunds[1], (refund_part{payment_id{"pay-r"}, {900, "EUR"}, 0}));
  EXPECT_EQ(replayed(room.book.condense()), room.book);
}

TEST_F(RoomRefundTest, ABookingWithMoneyGivenBackByHandIsNotChanged) {
  ASSERT_TRUE(grant("a", 100));
  const cmd::change_terms t{saga_id{"chg"},
                            *room.book.find(reservation_id{"r"}),
                            slot("10:00", "11:00"),
                            1,
                            "",
                            payment_id{"pay-chg"},
                            account_id{"op"},
                            true};
  const auto refused = room.run(cmd::hold_change{t});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ec::illegal_transition);
  EXPECT_THAT(refused.error().detail, ::testing::HasSubstr("Cancel it and book anew"));
}

TEST_F(RoomRefundTest, AWithdrawnRefundMayBeGrantedAgain) {
  ASSERT_TRUE(grant("a", 1000));
  const auto withdrawn = room.run(cmd::withdraw_refund{saga_id{"a"}});
  ASSERT_TRUE(withdrawn);
  EXPECT_EQ(std::get<ev::refund_withdrawn>(withdrawn->at(0)).left, (money{1000, "EUR"}));
  EXPECT_THAT(*room.run(cmd::withdraw_refund{saga_id{"a"}}), IsEmpty());
  EXPECT_EQ(granted(grant("b", 0)).amount.amount, 1000);
}

TEST_F(RoomRefundTest, ForgottenBookingsAreBoundedByTheReadModelAndByWhatWasGrantedSince) {
  room.now = clock("10:30");
  ASSERT_TRUE(room.run(cmd::advance{reservation_id{"r"}}));
  room.now += std::chrono::days{30};
  ASSERT_TRUE(room.run(cmd::retire_room{}));
  ASSERT_EQ(room.book.find(reservation_id{"r"}), nullptr);
  EXPECT_EQ(granted(grant("a", 400)).left.amount, 600);
  EXPECT_FALSE(grant("b", 601));
  EXPECT_EQ(granted(grant("b", 600)).left.amount, 0);
}

TEST_F(RoomRefundTest, ReplayAndSnapshotsKeepWhatWasGranted) {
  ASSERT_TRUE(grant("a", 300));
  ASSERT_TRUE(cancel(false));
  ASSERT_TRUE(grant("b", 50));
  ASSERT_TRUE(room.run(cmd::withdraw_refund{saga_id{"b"}}));
  EXPECT_EQ(replayed(room.journal), room.book);
  EXPECT_EQ(replayed(room.book.condense()), room.book);
}

TEST_F(RoomRefundTest, RefundsOfLongAgoAreForgottenWithTheirBooking) {
  ASSERT_TRUE(grant("a", 300));
  room.now = clock("10:30");
  ASSERT_TRUE(room.run(cmd::advance{reservation_id{"r"}}));
  room.now += std::chrono::days{30};
  ASSERT_TRUE(room.run(cmd::retire_room{}));
  EXPECT_THAT(*room.run(cmd::withdraw_refund{saga_id{"a"}}), IsEmpty());
  EXPECT_EQ(replayed(room.book.condense()), room.book);
}

}  // namespace
}  // namespace atrium
