// What a booking's saga told its caller, from version 1 and from version 2 of its last event.
#include "persistence/stored_answer.hpp"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "persistence/codec.hpp"
#include "persistence/memory_journal.hpp"

namespace atrium {
namespace {

const instant noon{milliseconds{1'764'000'000'000}};
const interval slot{noon + std::chrono::hours{24}, noon + std::chrono::hours{25}};
const money price{33'000, "KRW"};
const reservation_id booking{"rs_1"};

ev::saga_started started() {
  return {saga_id{"rs_1"}, account_id{"acc_1"}, "print",
          ev::booking_request{room_id{"rm_1"}, slot, 4, "Weekly", {"card", "pm_card_visa"}, {}}};
}

ev::reservation_held held() {
  return {booking,      account_id{"acc_1"},    slot, 4, "Weekly", price, {{24, 50}},
          "Asia/Seoul", payment_id{"pay_rs_1"}, 1000};
}

class StoredAnswerTest : public testing::Test {
 protected:
  /// Appends saga.started and the room's events as one batch; the position of the first.
  std::uint64_t append(std::vector<event> of_room) {
    journal::batch records;
    const auto add = [&](const std::string& stream, const event& what) {
      records.push_back(encode_record({stream, ++seqs_[stream], noon, "", "rs_1", "acc_1"}, what));
    };
    const auto first = log_.durable_position() + 1;
    add("saga/rs_1", started());
    for (const auto& e : of_room) add("room/rm_1", e);
    log_.append(shard_of("room/rm_1", log_.shards()), std::move(records), {});
    log_.flush();
    return first;
  }

  std::map<std::string, std::uint64_t> seqs_;
  memory_journal log_;
};

TEST_F(StoredAnswerTest, TheBookingIsWhatItsRoomHeld) {
  append({ev::blackout_removed{}});
  const auto position = append({held()});
  ev::saga_result result = ev::booking_result{};
  complete(result, log_, position);
  const auto& told = std::get<ev::booking_result>(result);
  EXPECT_EQ(told.booked.id, booking);
  EXPECT_EQ(told.booked.room, room_id{"rm_1"});
  EXPECT_EQ(told.booked.customer, account_id{"acc_1"});
  EXPECT_EQ(told.booked.when, slot);
  EXPECT_EQ(told.booked.time_zone, "Asia/Seoul");
  EXPECT_EQ(told.booked.party_size, 4);
  EXPECT_EQ(told.booked.title, "Weekly");
  EXPECT_EQ(told.booked.policy, (cancellation_policy{{24, 50}}));
  EXPECT_EQ(told.booked.payment, payment_id{"pay_rs_1"});
  EXPECT_EQ(told.booked.tax_rate_bp, 1000);
  EXPECT_EQ(told.booked.created_at, noon);
  EXPECT_EQ(told.booked.status, reservation_status::confirmed);
  EXPECT_EQ(told.captured, price);
}

TEST_F(StoredAnswerTest, AHoldThatIsBookedIsReleasedInBetween) {
  const auto position =
      append({ev::hold_released{hold_id{"hd_1"}, ev::hold_end::booked, slot, noon}, held()});
  ev::saga_result result = ev::booking_result{};
  complete(result, log_, position);
  EXPECT_EQ(std::get<ev::booking_result>(result).booked.id, booking);
}

TEST_F(StoredAnswerTest, AnotherSagasBookingIsNotTakenForIt) {
  const auto position = append({});
  append({held()});
  EXPECT_FALSE(read_held(log_, position));
}

TEST_F(StoredAnswerTest, VersionOneSaidItAll) {
  const auto position = append({held()});
  auto as_told = reservation_of(held(), room_id{"rm_other"}, noon);
  ev::saga_result result = ev::booking_result{as_told, {1, "KRW"}};
  complete(result, log_, position);
  EXPECT_EQ(result, (ev::saga_result{ev::booking_result{as_told, {1, "KRW"}}}));

  auto read =
      decode_data("saga.completed.v1", encode_data(ev::saga_completed{saga_id{"rs_1"}, result}));
  ASSERT_TRUE(read) << read.error().detail;
  EXPECT_EQ(std::get<ev::saga_completed>(*read).result, result);
}

TEST_F(StoredAnswerTest, OtherResultsStay) {
  const auto position = append({held()});
  const ev::saga_result refused = failure{.code = ec::slot_taken};
  auto result = refused;
  complete(result, log_, position);
  EXPECT_EQ(result, refused);
}

}  // namespace
}  // namespace atrium
