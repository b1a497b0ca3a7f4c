#include "domain/failure.hpp"

#include <gtest/gtest.h>

#include <set>

#include "domain/events.hpp"
#include "domain/reservation.hpp"

namespace atrium {
namespace {

TEST(FailureTest, EveryCodeHasAUniqueNameThatReadsBack) {
  std::set<std::string_view> seen;
  for (int i = 0; i <= static_cast<int>(ec::timeout); ++i) {
    const auto code = static_cast<ec>(i);
    EXPECT_TRUE(seen.insert(to_string(code)).second) << to_string(code);
    EXPECT_EQ(parse_ec(to_string(code)), code);
  }
  EXPECT_FALSE(parse_ec("no-such-code"));
  EXPECT_FALSE(parse_ec(""));
}

TEST(FailureTest, NamesAreThoseOfTheApi) {
  EXPECT_EQ(to_string(ec::slot_taken), "slot-taken");
  EXPECT_EQ(to_string(ec::room_has_bookings), "room-has-bookings");
  EXPECT_EQ(to_string(ec::idempotency_conflict), "idempotency-conflict");
  EXPECT_EQ(to_string(ec::dependency_unavailable), "dependency-unavailable");
  EXPECT_EQ(to_string(ec::storage_full), "storage-full");
  EXPECT_EQ(to_string(ec::timeout), "timeout");
}

TEST(FailureTest, OnlyWhatTimeCanHealIsTransient) {
  EXPECT_TRUE(is_transient(ec::overloaded));
  EXPECT_TRUE(is_transient(ec::timeout));
  EXPECT_TRUE(is_transient(ec::rate_limited));
  EXPECT_FALSE(is_transient(ec::slot_taken));
  EXPECT_FALSE(is_transient(ec::payment_declined));
}

TEST(FailureTest, AskingAFailureForItsValueIsABug) {
  const result<int> r = failure{ec::not_found, "no room", {}, {}, {}, 0, {}};
  try {
    (void)r.value();
    FAIL() << "value() of a failure returned";
  } catch (const std::logic_error& e) {
    EXPECT_NE(std::string(e.what()).find("not-found: no room"), std::string::npos) << e.what();
  }
}

TEST(FailureTest, StatusNamesReadBack) {
  for (int i = 0; i <= static_cast<int>(reservation_status::no_show); ++i) {
    const auto s = static_cast<reservation_status>(i);
    EXPECT_EQ(parse_reservation_status(to_string(s)), s);
  }
  for (int i = 0; i <= static_cast<int>(payment_status::requires_action); ++i) {
    const auto s = static_cast<payment_status>(i);
    EXPECT_EQ(parse_payment_status(to_string(s)), s);
  }
  for (const auto r : {ev::role::customer, ev::role::operator_, ev::role::admin}) {
    EXPECT_EQ(parse_role(to_string(r)), r);
  }
  EXPECT_EQ(to_string(reservation_status::checked_in), "checked_in");
  EXPECT_EQ(to_string(payment_status::refund_pending), "refund_pending");
  EXPECT_FALSE(parse_reservation_status("Held"));
  EXPECT_FALSE(parse_payment_status("paid"));
  EXPECT_FALSE(parse_role("root"));
}

TEST(FailureTest, OnlyOpenReservationsKeepTheirSlot) {
  EXPECT_TRUE(occupies_slot(reservation_status::held));
  EXPECT_TRUE(occupies_slot(reservation_status::checked_in));
  EXPECT_FALSE(occupies_slot(reservation_status::completed));
  EXPECT_FALSE(occupies_slot(reservation_status::cancelled));
  EXPECT_FALSE(occupies_slot(reservation_status::no_show));
}

}  // namespace
}  // namespace atrium
