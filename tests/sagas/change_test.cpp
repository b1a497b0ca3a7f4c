#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/sagas/simulation.hpp"

/// Moving bookings, without crashes; those are in crash_matrix_test.cpp.
namespace atrium::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::IsNull;
using ::testing::NotNull;
using fate = provider_fate;

constexpr const char* id = "acc_1-book";

const ev::change_result* changed(const simulation::call& c) {
  return c.answer && *c.answer ? std::get_if<ev::change_result>(&(**c.answer).result) : nullptr;
}

std::optional<ec> refused(const simulation::call& c) {
  if (!c.answer) return std::nullopt;
  if (!*c.answer) return c.answer->error().code;
  const auto* f = std::get_if<failure>(&(**c.answer).result);
  return f == nullptr ? std::nullopt : std::optional{f->code};
}

class ChangeTest : public ::testing::Test {
 protected:
  void SetUp() override {
    world.register_room(10'000);
    world.register_room(16'000, simulation::far_room());
    world.submit("book", world.booking(12));
    world.settle();
  }
  void TearDown() override {
    world.settle();
    EXPECT_THAT(world.broken_invariants(), IsEmpty());
  }
  std::shared_ptr<simulation::call> change(ev::change_request rq, const std::string& key = "chg") {
    auto c = world.submit(key, std::move(rq));
    world.settle();
    return c;
  }
  std::shared_ptr<simulation::call> cancel() {
    const auto* r = world.standing(id);
    auto c = world.submit("cancel", ev::cancel_request{r->id, r->room, "", false, true});
    world.settle();
    return c;
  }
  std::int64_t kept() {
    std::int64_t sum = 0;
    for (const auto& [payment, p] : world.provider().ledger)
      if (p.is == payment_record::state::captured) sum += p.amount.amount - p.refunded.amount;
    return sum;
  }
  std::vector<std::string> types_since(std::size_t n) {
    std::vector<std::string> types;
    for (const auto& e : world.log().events())
      if (n == 0)
        types.push_back(e.type);
      else
        --n;
    return types;
  }
  simulation world;
};

TEST_F(ChangeTest, MovesHalfAnHourWithinItsOwnSlot) {
  auto rq = world.change("book", simulation::room(), 12);
  rq.when.start += std::chrono::minutes{30};
  rq.when.end += std::chrono::minutes{30};
  const auto before = world.log().events().size();
  auto c = change(rq);
  ASSERT_THAT(changed(*c), NotNull());
  EXPECT_EQ(world.standing(id)->when, rq.when);
  EXPECT_THAT(types_since(before),
              ::testing::ElementsAre("saga.started.v1", "reservation.change_held.v1",
                                     "reservation.changed.v1", "saga.completed.v2"));
  EXPECT_EQ(kept(), 10'000);
  // The half hour it gave up is free, the one it took is not.
  auto other = world.booking(12);
  other.when.end = other.when.start + std::chrono::minutes{30};
  auto first = world.submit("other", other, "acc_2");
  other.when.start += std::chrono::hours{1};
  other.when.end += std::chrono::hours{1};
  auto second = world.submit("another", other, "acc_2");
  world.settle();
  EXPECT_FALSE(refused(*first));
  EXPECT_EQ(refused(*second), ec::slot_taken);
}

TEST_F(ChangeTest, LongerBookingPaysTheDifferenceInTheBatchOfThePivot) {
  const auto before = world.log().events().size();
  auto c = change(world.change("book", simulation::room(), 12, 120));
  ASSERT_THAT(changed(*c), NotNull());
  EXPECT_EQ(changed(*c)->captured, (money{20'000, "KRW"}));
  EXPECT_EQ(kept(), 20'000);
  EXPECT_THAT(
      types_since(before),
      ::testing::ElementsAre("saga.started.v1", "reservation.change_held.v1", "payment.captured.v1",
                             "reservation.changed.v1", "saga.completed.v2"));
  cancel();
  EXPECT_EQ(kept(), 0) << "both payments are given back";
}

TEST_F(ChangeTest, ShorterBookingGetsTheDifferenceBack) {
  auto c = change(world.change("book", simulation::room(), 12, 30));
  ASSERT_THAT(changed(*c), NotNull());
  EXPECT_EQ(changed(*c)->refunded, (money{5'000, "KRW"}));
  EXPECT_EQ(kept(), 5'000);
  cancel();
  EXPECT_EQ(kept(), 0);
}

TEST_F(ChangeTest, LongerAndShorterAgainGivesBackFromTheNewestPaymentFirst) {
  change(world.change("book", simulation::room(), 12, 120), "longer");
  auto c = change(world.change("book", simulation::room(), 12, 30), "shorter");
  ASSERT_THAT(changed(*c), NotNull());
  EXPECT_EQ(kept(), 5'000);
  EXPECT_THAT(world.standing(id)->charges, IsEmpty());
}

TEST_F(ChangeTest, RefundThatFailsOnOneOfTwoPaymentsIsParkedAfterItsTries) {
  change(world.change("book", simulation::room(), 12, 120), "longer");
  world.provider().script("refund", std::vector<fate>(100, fate::retryable));
  cancel();
  EXPECT_EQ(world.engine().describe(10).at(0).state, "parked");
  EXPECT_EQ(kept(), 20'000);
}

TEST_F(ChangeTest, RefundInDoubtAfterAnEarlierRefundIsMadeOnce) {
  change(world.change("book", simulation::room(), 12, 30), "shorter");
  world.provider().script("refund", {fate::unknown_before});
  cancel();
  EXPECT_EQ(kept(), 0);
}

TEST_F(ChangeTest, MovesToARoomOfAnotherShardWithItsRulesAndPrice) {
  const auto far = shard_of("room/rm_far", world.log().shards());
  ASSERT_NE(far, shard_of("room/rm", world.log().shards()));
  auto c = change(world.change("book", simulation::far_room(), 15));
  ASSERT_THAT(changed(*c), NotNull());
  EXPECT_EQ(world.standing(id)->room.str(), simulation::far_room());
  EXPECT_EQ(world.standing(id)->price, (money{16'000, "KRW"}));
  EXPECT_EQ(kept(), 16'000);
  for (const auto& e : world.log().events())
    EXPECT_TRUE(e.stream != "saga/acc_1-chg" || e.shard == far) << e.type;
  auto next = world.submit("next", world.booking(12), "acc_2");
  world.settle();
  EXPECT_FALSE(refused(*next)) << "the old slot is free";
}

TEST_F(ChangeTest, MovesThereAndBack) {
  change(world.change("book", simulation::far_room(), 15), "there");
  auto c = change(world.change("book", simulation::room(), 12), "back");
  ASSERT_THAT(changed(*c), NotNull());
  EXPECT_EQ(world.standing(id)->room.str(), simulation::room());
  EXPECT_EQ(kept(), 10'000);
  cancel();
  EXPECT_EQ(kept(), 0);
}

TEST_F(ChangeTest, DeclinedDifferenceLeavesTheBookingExactlyAsItWas) {
  for (const char* to : {simulation::room(), simulation::far_room()}) {
    const auto before = *world.standing(id);
    world.provider().script("authorize", {fate::rejected});
    auto c = change(world.change("book", to, 15, 120), to);
    EXPECT_EQ(refused(*c), ec::payment_declined);
    EXPECT_EQ(*world.standing(id), before);
    EXPECT_EQ(kept(), 10'000);
  }
}

TEST_F(ChangeTest, DifferenceThatTheCustomerHasToConfirmIsRefusedAndVoided) {
  for (const char* to : {simulation::room(), simulation::far_room()}) {
    const auto before = *world.standing(id);
    world.provider().script("authorize", {fate::asks});
    auto c = change(world.change("book", to, 15, 120), to);
    ASSERT_EQ(refused(*c), ec::payment_declined);
    const auto& why = std::get<failure>((**c->answer).result);
    EXPECT_EQ(why.reason, ev::authentication_required);
    EXPECT_THAT(why.detail, HasSubstr("cancel the booking and book anew"));
    EXPECT_EQ(*world.standing(id), before);
    EXPECT_EQ(kept(), 10'000);
    EXPECT_EQ(world.provider().ledger["pay_acc_1-" + std::string(to)].is,
              payment_record::state::voided)
        << "nobody can pay for it later";
  }
}

TEST_F(ChangeTest, TakenSlotIsRefusedWithAlternatives) {
  world.submit("other", world.booking(15), "acc_2");
  world.settle();
  auto c = change(world.change("book", simulation::room(), 15));
  EXPECT_EQ(refused(*c), ec::slot_taken);
  EXPECT_FALSE(std::get<failure>((**c->answer).result).alternatives.empty());
}

TEST_F(ChangeTest, BrokenRuleOfTheTargetRoomIsRefused) {
  auto rq = world.change("book", simulation::far_room(), 15);
  rq.party_size = 99;
  EXPECT_EQ(refused(*change(rq)), ec::rule_violation);
}

TEST_F(ChangeTest, BookingThatDoesNotStandIsNotChanged) {
  const auto here = world.change("book", simulation::room(), 15);
  const auto there = world.change("book", simulation::far_room(), 15);
  cancel();
  EXPECT_EQ(refused(*change(here, "here")), ec::illegal_transition);
  EXPECT_EQ(refused(*change(there, "there")), ec::illegal_transition);
  EXPECT_EQ(world.events_of("reservation.change_held.v1"), 0u);
}

TEST_F(ChangeTest, BookingThatHasBegunIsNotChanged) {
  const auto rq = world.change("book", simulation::room(), 15);
  world.clock().set(rq.from.when.start);
  EXPECT_EQ(refused(*change(rq)), ec::illegal_transition);
}

TEST_F(ChangeTest, SomebodyElsesBookingIsNotFound) {
  for (const char* to : {simulation::room(), simulation::far_room()}) {
    auto c = world.submit(to, world.change("book", to, 15), "acc_2");
    world.settle();
    EXPECT_EQ(refused(*c), ec::not_found);
  }
}

TEST_F(ChangeTest, OfTwoChangesOfTheSameBookingOneIsMade) {
  const auto here = world.change("book", simulation::room(), 15);
  const auto there = world.change("book", simulation::far_room(), 15);
  auto a = world.submit("a", here);
  auto b = world.submit("b", there);
  world.settle();
  EXPECT_EQ((changed(*a) != nullptr) + (changed(*b) != nullptr), 1);
  EXPECT_EQ(kept(), world.standing(id)->price.amount);
}

TEST_F(ChangeTest, RepetitionGetsTheStoredAnswer) {
  const auto rq = world.change("book", simulation::room(), 15);
  auto first = change(rq);
  world.crash(false);
  auto again = change(rq);
  ASSERT_THAT(changed(*again), NotNull());
  EXPECT_TRUE((**again->answer).replayed);
  EXPECT_EQ(*changed(*first), *changed(*again));
}

TEST_F(ChangeTest, CostsMoreWithoutAPaymentIsAskedForOne) {
  auto rq = world.change("book", simulation::room(), 12, 120);
  rq.payment.token.clear();
  auto c = change(rq);
  EXPECT_EQ(refused(*c), ec::validation);
  EXPECT_EQ(std::get<failure>((**c->answer).result).violations.at(0).pointer, "/payment");
  EXPECT_EQ(kept(), 10'000);
}

TEST_F(ChangeTest, NewTitleKeepsPriceAndPolicy) {
  room_facts dearer = world.book().facts();
  dearer.price_per_hour = {99'000, "KRW"};
  dearer.cancellation.clear();
  ASSERT_TRUE(world.tell_room(simulation::room(), cmd::change_room{dearer, 0}));
  const auto before = *world.standing(id);
  auto rq = world.change("book", simulation::room(), 12);
  rq.title = "Retro";
  ASSERT_THAT(changed(*change(rq)), NotNull());
  EXPECT_EQ(world.standing(id)->title, "Retro");
  EXPECT_EQ(world.standing(id)->price, before.price);
  EXPECT_EQ(world.standing(id)->policy, before.policy);
}

TEST_F(ChangeTest, CancelledMeanwhileTakesTheDifferenceBack) {
  auto c = world.submit("chg", world.change("book", simulation::room(), 12, 120));
  while (world.events_of("reservation.change_held.v1") == 0) ASSERT_TRUE(world.step());
  cancel();
  EXPECT_EQ(refused(*c), ec::illegal_transition);
  EXPECT_EQ(kept(), 0);
}

TEST_F(ChangeTest, RoomRetiredMeanwhileLeavesTheBookingWhereItIs) {
  auto c = world.submit("chg", world.change("book", simulation::far_room(), 15));
  while (world.events_of("reservation.change_held.v1") == 0) ASSERT_TRUE(world.step());
  ASSERT_TRUE(world.tell_room(simulation::far_room(), cmd::retire_room{0, true}));
  world.settle();
  EXPECT_EQ(refused(*c), ec::illegal_transition);
  EXPECT_EQ(world.standing(id)->room.str(), simulation::room());
  EXPECT_EQ(kept(), 10'000);
}

TEST_F(ChangeTest, NothingElseHappensToABookingBetweenItsRooms) {
  auto c = world.submit("chg", world.change("book", simulation::far_room(), 15));
  while (world.events_of("reservation.leaving.v1") == 0) ASSERT_TRUE(world.step());
  const auto no =
      world.book().decide(cmd::cancel{reservation_id{id}, account_id{"acc_1"}}, world.now());
  ASSERT_FALSE(no);
  EXPECT_TRUE(is_transient(no.error().code)) << "the cancellation's key is not used up";
  EXPECT_THAT(no.error().detail, HasSubstr("another room"));
  world.settle();
  EXPECT_THAT(changed(*c), NotNull());
}

TEST_F(ChangeTest, OnlyARepetitionGetsAroundWhatTheEdgeObjectsTo) {
  auto objecting = [&](const ev::change_request& rq) {
    auto c = std::make_shared<simulation::call>();
    start_saga start{saga_id{"acc_1-chg"}, "fp-chg", rq,
                     failure{.code = ec::precondition_failed, .detail = "stale"}};
    world.engine().submit({std::move(start),
                           {account_id{"acc_1"}, "", world.now() + std::chrono::seconds{10}},
                           [c](result<saga_answer> a) { c->answer = std::move(a); }});
    world.settle();
    return c;
  };
  const auto rq = world.change("book", simulation::room(), 15);
  EXPECT_EQ(refused(*objecting(rq)), ec::precondition_failed);
  EXPECT_EQ(world.events_of("reservation.change_held.v1"), 0u);
  change(rq);
  EXPECT_THAT(changed(*objecting(rq)), NotNull());
}

TEST_F(ChangeTest, CheckerFindsAMoveThatLeftTooEarlyAndADoubleBooking) {
  simulation planted;
  planted.register_room();
  const auto add = [&](const char* stream, std::uint64_t seq, event what) {
    planted.log().append(0, {encode_record({stream, seq, planted.now(), "", "", "test"}, what)},
                         [](const auto&) {});
  };
  const auto slot = planted.booking(12).when;
  add("room/x", 1, ev::reservation_left{reservation_id{"r"}, saga_id{"c"}, room_id{"y"}, slot, {}});
  reservation r;
  r.id = reservation_id{"r"};
  r.when = slot;
  r.price = {0, "KRW"};
  add("room/y", 1, ev::reservation_changed{r.id, saga_id{"c"}, room_id{"x"}, slot, {}, r, {}, {}});
  auto other = r;
  other.id = reservation_id{"s"};
  add("room/y", 2,
      ev::reservation_changed{other.id, saga_id{"d"}, room_id{"x"}, slot, {}, other, {}, {}});
  add("room/x", 2, ev::reservation_leaving{other.id, saga_id{"e"}, room_id{"z"}});
  other.id = reservation_id{"t"};
  other.when = planted.booking(20).when;
  other.price = {5, "KRW"};
  add("room/y", 3,
      ev::reservation_changed{other.id, saga_id{"f"}, room_id{"x"}, slot, {}, other, {}, {}});
  planted.settle();
  EXPECT_THAT(planted.broken_invariants(),
              ::testing::IsSupersetOf({HasSubstr("left its room before"), HasSubstr("overlap"),
                                       HasSubstr("left between two rooms"),
                                       HasSubstr("changed without the difference")}));
}

}  // namespace
}  // namespace atrium::testing
