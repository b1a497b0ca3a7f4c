#include <gtest/gtest.h>

#include "sagas/due_command.hpp"
#include "tests/sagas/simulation.hpp"

/// What the due clock drives: hold expiry and no-show, with every outcome and a crash at every
/// point.
namespace atrium::testing {
namespace {

using fate = provider_fate;

class DueSagaTest : public ::testing::TestWithParam<fate> {
 protected:
  struct life {
    simulation world;
    std::size_t fired = 0;
  };

  static std::unique_ptr<life> begin() {
    auto l = std::make_unique<life>();
    auto& world = l->world;
    world.register_room();
    room_facts strict = world.book().facts();
    strict.check_in_required = true;
    EXPECT_TRUE(world.tell_room(simulation::room(), cmd::change_room{strict, 0}));
    world.submit("book", world.booking(12));
    world.submit("hold",
                 ev::hold_request{room_id{simulation::room()}, world.booking(15).when, 2, 600'000});
    world.settle();
    world.clock().set(world.booking(12).when.start + std::chrono::minutes{20});
    world.script_room(saga_action::expire_hold, {GetParam()});
    world.script_room(saga_action::miss, {GetParam()});
    return l;
  }

  /// The due clock's turn: sends what is due and not sent within its pause.
  static bool fire(life& l) {
    const auto due = l.world.index().due(l.world.now(), 100);
    for (const auto& e : due) {
      const auto command = command_of(e);
      if (!command) continue;
      ++l.fired;
      l.world.to_room(saga_id{}, 0, {e.room.str(), *command, {}, "clock", {}, {}, {}});
    }
    return !due.empty();
  }

  static void expect_done_once(life& l, const std::string& where) {
    for (int turns = 0; fire(l); ++turns) {
      ASSERT_LT(turns, 10) << where << ": still due";
      l.world.settle();
      l.world.clock().set(l.world.now() + pause_of({}));
    }
    EXPECT_EQ(l.world.events_of("hold.released.v1"), 1u) << where;
    EXPECT_EQ(l.world.events_of("reservation.no_show.v1"), 1u) << where;
    for (const auto& problem : l.world.broken_invariants()) ADD_FAILURE() << where << problem;
  }
};

TEST_P(DueSagaTest, EveryCrashLeadsToOneExpiryAndOneNoShow) {
  auto undisturbed = begin();
  ASSERT_TRUE(fire(*undisturbed));
  const auto steps = undisturbed->world.settle();
  expect_done_once(*undisturbed, "no crash");
  for (std::size_t k = 0; k <= steps; ++k) {
    for (const bool durable : {false, true}) {
      auto l = begin();
      fire(*l);
      for (std::size_t i = 0; i < k; ++i) l->world.step();
      l->world.crash(durable);
      expect_done_once(*l, "crash after step " + std::to_string(k));
    }
  }
}

TEST_P(DueSagaTest, IsSentAgainOnlyWhenNothingCameOfIt) {
  const bool was_done = GetParam() == fate::ok || GetParam() == fate::unknown_after ||
                        GetParam() == fate::silent_after || GetParam() == fate::late ||
                        GetParam() == fate::twice;
  auto l = begin();
  expect_done_once(*l, "");
  EXPECT_EQ(l->fired, was_done ? 2u : 4u) << "the hold and the booking";
}

INSTANTIATE_TEST_SUITE_P(Sagas, DueSagaTest,
                         ::testing::Values(fate::ok, fate::rejected, fate::retryable,
                                           fate::unknown_before, fate::unknown_after,
                                           fate::silent_before, fate::silent_after, fate::late,
                                           fate::twice));

}  // namespace
}  // namespace atrium::testing
