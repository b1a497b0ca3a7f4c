#include <gtest/gtest.h>

#include "tests/sagas/simulation.hpp"

/// 3-D Secure: whatever the customer does and whatever else goes wrong x a crash at every point,
/// before and after the pending writes are durable.
namespace atrium::testing {
namespace {

using fate = provider_fate;

constexpr const char* payment = "pay_acc_1-k";

/// What the customer does, and what else goes wrong.
struct course {
  std::string name;
  std::optional<bool> acts;  ///< succeeds, fails, or nothing
  bool is_told = false;      ///< a notice comes
  std::vector<std::pair<std::string, std::vector<fate>>> script;
};

std::vector<course> courses() {
  std::vector<course> all;
  const std::vector<std::pair<std::string, std::vector<std::pair<std::string, std::vector<fate>>>>>
      troubles{{"", {}},
               {"AnswerLost", {{"authorize", {fate::asks_unknown, fate::asks, fate::asks}}}},
               {"LookupsFail", {{"lookup", std::vector<fate>(5, fate::retryable)}}},
               {"CaptureUnknown", {{"capture", {fate::unknown_after}}}},
               {"CaptureDeclined", {{"capture", {fate::rejected}}}},
               {"VoidUnknown", {{"void", {fate::unknown_after}}}},
               {"VoidSilent", {{"void", {fate::silent_before}}}}};
  for (const auto& [trouble, script] : troubles) {
    all.push_back({"Confirms" + trouble, true, true, script});
    all.push_back({"ConfirmsUntold" + trouble, true, false, script});
    all.push_back({"Fails" + trouble, false, true, script});
    all.push_back({"NeverActs" + trouble, std::nullopt, false, script});
  }
  return all;
}

class AwaitingCrashTest : public ::testing::TestWithParam<course> {
 protected:
  struct life {
    simulation world;
    bool acted = false;
  };

  std::unique_ptr<life> begin() const {
    auto l = std::make_unique<life>();
    l->world.register_room();
    l->world.provider().script("authorize", std::vector<fate>(10, fate::asks));
    for (const auto& [operation, fates] : GetParam().script)
      l->world.provider().script(operation, fates);
    l->world.submit("k", l->world.booking());
    return l;
  }
  /// One step of the world; the customer acts as soon as they are asked to.
  bool step(life& l) const {
    const auto& c = GetParam();
    if (!l.acted && c.acts && l.world.events_of("payment.action_required.v1") > 0 &&
        l.world.provider().act(payment, *c.acts)) {
      l.acted = true;
      if (c.is_told) l.world.engine().on(saga_notice{{payment_id{payment}, {}}});
    }
    return l.world.step();
  }
  std::size_t settle(life& l) const {
    std::size_t n = 0;
    while (step(l))
      if (++n > 100'000) {
        ADD_FAILURE() << "it does not come to rest";
        break;
      }
    return n;
  }
  void expect_sound(life& l, const std::string& where) const {
    for (const auto& problem : l.world.broken_invariants())
      ADD_FAILURE() << where << ": " << problem;
    const auto* r = l.world.book().find(reservation_id{"acc_1-k"});
    const bool pays = GetParam().acts == true && !GetParam().name.ends_with("CaptureDeclined");
    if (r == nullptr) return;
    if (!pays) {
      EXPECT_NE(r->status, reservation_status::confirmed) << where;
    } else if (l.acted == GetParam().acts.has_value()) {
      EXPECT_EQ(r->status, reservation_status::confirmed) << where;
    }
  }
};

TEST_P(AwaitingCrashTest, EveryCrashEndsSoundly) {
  const auto undisturbed = [&] {
    auto l = begin();
    const auto n = settle(*l);
    expect_sound(*l, "no crash");
    EXPECT_EQ(l->world.events_of("payment.action_required.v1"), 1u);
    return n;
  }();
  for (std::size_t k = 0; k <= undisturbed; ++k) {
    for (const bool durable : {false, true}) {
      const auto where =
          "crash after step " + std::to_string(k) + (durable ? ", writes kept" : ", writes lost");
      auto l = begin();
      for (std::size_t i = 0; i < k; ++i) step(*l);
      l->world.crash(durable);
      settle(*l);
      auto again = l->world.submit("k", l->world.booking());
      settle(*l);
      expect_sound(*l, where);
      EXPECT_LE(l->world.events_of("payment.captured.v1"), 1u) << where;
      ASSERT_TRUE(again->answer) << where;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Customers, AwaitingCrashTest, ::testing::ValuesIn(courses()),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace atrium::testing
