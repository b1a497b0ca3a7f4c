#include <gtest/gtest.h>

#include "tests/sagas/simulation.hpp"

/// Every step of a change x every outcome x a crash at every point, before and after the pending
/// writes are durable: within a room and to another one, for more money and for less.
namespace atrium::testing {
namespace {

using fate = provider_fate;

struct scenario {
  std::string name;
  std::vector<std::pair<std::string, std::vector<fate>>> script;
  std::vector<std::pair<saga_action, std::vector<fate>>> rooms;
};

std::vector<scenario> scenarios() {
  const std::vector<std::pair<std::string, fate>> fates{{"Rejected", fate::rejected},
                                                        {"Retryable", fate::retryable},
                                                        {"UnknownBefore", fate::unknown_before},
                                                        {"UnknownAfter", fate::unknown_after},
                                                        {"SilentBefore", fate::silent_before},
                                                        {"SilentAfter", fate::silent_after},
                                                        {"Late", fate::late},
                                                        {"Twice", fate::twice},
                                                        {"NotSent", fate::not_sent}};
  std::vector<scenario> all{{"AllWell", {}, {}}};
  all.push_back({"AuthorizeAsks", {{"authorize", std::vector<fate>(9, fate::asks)}}, {}});
  all.push_back(
      {"AuthorizeAsksUnknown", {{"authorize", {fate::asks_unknown, fate::asks, fate::asks}}}, {}});
  all.push_back({"AuthorizeAsksVoidUnknown",
                 {{"authorize", std::vector<fate>(9, fate::asks)}, {"void", {fate::unknown_after}}},
                 {}});
  for (const auto& [name, f] : fates) {
    all.push_back({"Authorize" + name, {{"authorize", {f}}}, {}});
    all.push_back({"Capture" + name, {{"capture", {f}}}, {}});
    all.push_back({"Refund" + name, {{"refund", {f}}}, {}});
    all.push_back(
        {"CaptureDeclinedVoid" + name, {{"capture", {fate::rejected}}, {"void", {f}}}, {}});
    all.push_back({"Check" + name, {}, {{saga_action::check_booking, {f}}}});
    all.push_back({"Hold" + name, {}, {{saga_action::hold_change, {f}}}});
    all.push_back({"BeginLeaving" + name, {}, {{saga_action::begin_leaving, {f}}}});
    all.push_back({"Apply" + name, {}, {{saga_action::apply_change, {f}}}});
    all.push_back({"ApplyRejectedRefund" + name,
                   {{"refund", {f}}},
                   {{saga_action::apply_change, {fate::rejected}}}});
    // A room never refuses to free what it has locked: a person would have to look.
    if (f == fate::rejected) continue;
    all.push_back({"ApplyRejectedStay" + name,
                   {},
                   {{saga_action::apply_change, {fate::rejected}}, {saga_action::stay, {f}}}});
    all.push_back(
        {"ApplyRejectedRelease" + name,
         {},
         {{saga_action::apply_change, {fate::rejected}}, {saga_action::release_change, {f}}}});
    all.push_back({"Leave" + name, {}, {{saga_action::leave, {f}}}});
  }
  return all;
}

class ChangeMatrixTest : public ::testing::TestWithParam<scenario> {
 protected:
  struct target {
    const char* name;
    const char* room;
    int minutes;
  };
  static constexpr target targets[] = {{"same room, dearer", simulation::room(), 120},
                                       {"same room, cheaper", simulation::room(), 30},
                                       {"other room, dearer", simulation::far_room(), 120},
                                       {"other room, cheaper", simulation::far_room(), 30}};
  struct life {
    simulation world;
    ev::change_request asked;
    std::shared_ptr<simulation::call> changed;
  };

  static std::unique_ptr<life> begin(const target& to) {
    auto l = std::make_unique<life>();
    l->world.register_room();
    l->world.register_room(10'000, simulation::far_room());
    l->world.submit("book", l->world.booking(12));
    l->world.settle();
    for (const auto& [operation, fates] : GetParam().script)
      l->world.provider().script(operation, fates);
    for (const auto& [action, fates] : GetParam().rooms) l->world.script_room(action, fates);
    l->asked = l->world.change("book", to.room, 12, to.minutes);
    l->changed = l->world.submit("chg", l->asked);
    return l;
  }

  static void expect_sound(life& l, const std::string& where) {
    l.world.settle();
    for (const auto& problem : l.world.broken_invariants())
      ADD_FAILURE() << where << ": " << problem;
  }

  /// The booking is exactly as it was or exactly as it was to be, and the caller was told which.
  static void expect_truthful(life& l, const simulation::call& c, const std::string& where) {
    const auto* now = l.world.standing("acc_1-book");
    ASSERT_NE(now, nullptr) << where;
    EXPECT_EQ(now->status, reservation_status::confirmed) << where;
    const bool is_new = now->room == l.asked.room && now->when == l.asked.when;
    EXPECT_TRUE(is_new || *now == l.asked.from) << where;
    if (!c.answer || !*c.answer || (**c.answer).still_running) return;
    EXPECT_EQ(std::holds_alternative<ev::change_result>((**c.answer).result), is_new) << where;
  }
};

TEST_P(ChangeMatrixTest, EveryCrashEndsSoundly) {
  for (const auto& to : targets) {
    auto undisturbed = begin(to);
    const auto steps = undisturbed->world.settle();
    expect_sound(*undisturbed, std::string(to.name) + ", no crash");
    expect_truthful(*undisturbed, *undisturbed->changed, std::string(to.name) + ", no crash");
    for (std::size_t k = 0; k <= steps; ++k) {
      for (const bool durable : {false, true}) {
        const auto where = std::string(to.name) + ", crash after step " + std::to_string(k) +
                           (durable ? ", writes kept" : ", writes lost");
        auto l = begin(to);
        for (std::size_t i = 0; i < k; ++i) l->world.step();
        l->world.crash(durable);
        expect_sound(*l, where);
        expect_truthful(*l, *l->changed, where);
        // The client repeats what it got no answer to: one effect, whatever happened before.
        auto again = l->world.submit("chg", l->asked);
        expect_sound(*l, where + ", repeated");
        ASSERT_TRUE(again->answer) << where;
        expect_truthful(*l, *again, where + ", repeated");
      }
    }
  }
}

/// A customer who cancels while the change goes on gets everything back, whichever is first.
TEST_P(ChangeMatrixTest, CancellingAtEveryPointGivesEverythingBack) {
  for (const auto& to : targets) {
    const auto steps = begin(to)->world.settle();
    for (std::size_t k = 0; k <= steps; ++k) {
      const auto where = std::string(to.name) + ", cancelled after step " + std::to_string(k);
      auto l = begin(to);
      for (std::size_t i = 0; i < k; ++i) l->world.step();
      for (int tries = 0; tries < 3; ++tries) {
        const auto* now = l->world.standing("acc_1-book");
        l->world.submit("cancel" + std::to_string(tries),
                        ev::cancel_request{now->id, now->room, "", false, true});
        expect_sound(*l, where);
      }
      EXPECT_EQ(l->world.standing("acc_1-book")->status, reservation_status::cancelled) << where;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Sagas, ChangeMatrixTest, ::testing::ValuesIn(scenarios()),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace atrium::testing
