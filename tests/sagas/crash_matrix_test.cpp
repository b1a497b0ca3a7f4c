#include <gtest/gtest.h>

#include "tests/sagas/simulation.hpp"

/// Every step of every saga x every outcome at the provider x a crash at every point, before and
/// after the pending writes are durable. The engine is resumed, all comes to rest, and the
/// invariants hold.
namespace atrium::testing {
namespace {

using fate = provider_fate;

struct scenario {
  std::string name;
  std::vector<std::pair<std::string, std::vector<fate>>> script;
  std::vector<std::pair<saga_action, std::vector<fate>>> rooms = {};

  void put_into(simulation& world) const {
    for (const auto& [operation, fates] : script) world.provider().script(operation, fates);
    for (const auto& [action, fates] : rooms) world.script_room(action, fates);
  }
};

const std::vector<std::pair<std::string, fate>> every_fate{{"Rejected", fate::rejected},
                                                           {"Retryable", fate::retryable},
                                                           {"UnknownBefore", fate::unknown_before},
                                                           {"UnknownAfter", fate::unknown_after},
                                                           {"SilentBefore", fate::silent_before},
                                                           {"SilentAfter", fate::silent_after},
                                                           {"Late", fate::late},
                                                           {"Twice", fate::twice},
                                                           {"NotSent", fate::not_sent}};

std::vector<scenario> scenarios() {
  std::vector<scenario> all{{"AllWell", {}}};
  for (const auto& [name, f] : every_fate) {
    all.push_back({"Authorize" + name, {{"authorize", {f}}}});
    all.push_back({"Capture" + name, {{"capture", {f}}}});
    all.push_back({"Refund" + name, {{"refund", {f}}}});
    all.push_back({"CaptureDeclinedVoid" + name, {{"capture", {fate::rejected}}, {"void", {f}}}});
    all.push_back({"Authorize" + name + "LookupFails",
                   {{"authorize", {f}}, {"lookup", {fate::retryable, fate::retryable}}}});
    all.push_back({"AlwaysAuthorize" + name, {{"authorize", std::vector<fate>(40, f)}}});
    all.push_back({"AlwaysCapture" + name, {{"capture", std::vector<fate>(40, f)}}});
    all.push_back({"HoldSlot" + name, {}, {{saga_action::hold_slot, {f}}}});
    all.push_back({"ConfirmSlot" + name, {}, {{saga_action::confirm, {f}}}});
    all.push_back({"CancelSlot" + name, {}, {{saga_action::cancel_slot, {f}}}});
    // A room never refuses to free what it has locked.
    if (f == fate::rejected) continue;
    all.push_back({"ConfirmRejectedReleaseSlot" + name,
                   {},
                   {{saga_action::confirm, {fate::rejected}}, {saga_action::release_slot, {f}}}});
  }
  return all;
}

class CrashMatrixTest : public ::testing::TestWithParam<scenario> {
 protected:
  /// Books, cancels what was booked, and repeats the booking with its key.
  struct life {
    simulation world;
    std::shared_ptr<simulation::call> booked, cancelled;
  };

  std::unique_ptr<life> begin() const {
    auto l = std::make_unique<life>();
    l->world.register_room();
    GetParam().put_into(l->world);
    l->booked = l->world.submit("book", l->world.booking());
    return l;
  }

  static void cancel(life& l) {
    const auto booking = reservation_id{"acc_1-book"};
    l.cancelled = l.world.submit(
        "cancel", ev::cancel_request{booking, room_id{simulation::room()}, "", false, false});
  }

  static void expect_sound(life& l, const std::string& where) {
    l.world.settle();
    for (const auto& problem : l.world.broken_invariants())
      ADD_FAILURE() << where << ": " << problem;
  }

  /// What the caller was told is what stands.
  static void expect_truthful(life& l, const std::string& where) {
    if (!l.booked->answer || !*l.booked->answer || (**l.booked->answer).still_running) return;
    const bool told_yes = std::holds_alternative<ev::booking_result>((**l.booked->answer).result);
    const auto* r = l.world.book().find(reservation_id{"acc_1-book"});
    const bool stands = r != nullptr && (r->status == reservation_status::confirmed ||
                                         r->status == reservation_status::cancelled);
    EXPECT_EQ(told_yes, stands) << where;
  }
};

TEST_P(CrashMatrixTest, EveryCrashWhileBookingEndsSoundly) {
  const auto undisturbed = [&] {
    auto l = begin();
    const auto n = l->world.settle();
    for (const auto& problem : l->world.broken_invariants())
      ADD_FAILURE() << "no crash: " << problem;
    expect_truthful(*l, "no crash");
    return n;
  }();
  for (std::size_t k = 0; k <= undisturbed; ++k) {
    for (const bool durable : {false, true}) {
      const auto where =
          "crash after step " + std::to_string(k) + (durable ? ", writes kept" : ", writes lost");
      auto l = begin();
      for (std::size_t i = 0; i < k; ++i) l->world.step();
      l->world.crash(durable);
      expect_sound(*l, where);
      expect_truthful(*l, where);
      // The client repeats what it got no answer to: one effect, whatever happened before.
      auto again = l->world.submit("book", l->world.booking());
      expect_sound(*l, where + ", repeated");
      ASSERT_TRUE(again->answer) << where;
    }
  }
}

TEST_P(CrashMatrixTest, EveryCrashWhileCancellingEndsSoundly) {
  const auto cancel_steps = [&] {
    auto l = begin();
    l->world.settle();
    cancel(*l);
    return l->world.settle();
  }();
  for (std::size_t k = 0; k <= cancel_steps; ++k) {
    for (const bool durable : {false, true}) {
      const auto where =
          "crash after step " + std::to_string(k) + (durable ? ", writes kept" : ", writes lost");
      auto l = begin();
      l->world.settle();
      cancel(*l);
      for (std::size_t i = 0; i < k; ++i) l->world.step();
      l->world.crash(durable);
      expect_sound(*l, where);
      cancel(*l);
      expect_sound(*l, where + ", repeated");
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Sagas, CrashMatrixTest, ::testing::ValuesIn(scenarios()),
                         [](const auto& info) { return info.param.name; });

TEST(SimulationCheckerTest, FindsAChargeWithoutABooking) {
  simulation world;
  world.register_room();
  world.provider().ledger["pay_ghost"] = {
      payment_record::state::captured, "ref", "", {5000, "KRW"}, {0, "KRW"}};
  EXPECT_FALSE(world.broken_invariants().empty());
}

TEST(SimulationCheckerTest, FindsABookingWhosePaymentWasTakenBack) {
  simulation world;
  world.register_room();
  world.submit("book", world.booking());
  world.settle();
  ASSERT_TRUE(world.broken_invariants().empty());
  world.provider().ledger.begin()->second.refunded.amount = 1;
  EXPECT_FALSE(world.broken_invariants().empty());
}

TEST(SimulationCheckerTest, FindsAnAuthorisationLeftOpen) {
  simulation world;
  world.provider().ledger["pay_ghost"] = {
      payment_record::state::authorized, "ref", "", {5000, "KRW"}, {0, "KRW"}};
  EXPECT_FALSE(world.broken_invariants().empty());
}

}  // namespace
}  // namespace atrium::testing
