#include "sagas/behaviour.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "sagas/due_command.hpp"
#include "tests/sagas/simulation.hpp"

/// The engine does what docs/sagas.md says, step by step and answer by answer.
namespace atrium::testing {
namespace {

using fate = provider_fate;

TEST(SagaPageTest, DocumentIsWhatTheDefinitionsPrint) {
  std::ifstream in(std::string(ATRIUM_SOURCE_DIR) + "/docs/sagas.md");
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  EXPECT_EQ(text, sagas_page())
      << "print it anew: build/release/tests/sagas/saga_page > docs/sagas.md";
}

TEST(SagaPageTest, EverySagaHasAtMostOnePivot) {
  for (const auto* def : all_sagas()) {
    int pivots = 0;
    for (const auto& s : def->steps) pivots += s.pivot ? 1 : 0;
    EXPECT_LE(pivots, 1) << def->name;
  }
}

fate fate_of(saga_news news) {
  switch (news) {
    case saga_news::rejected:
      return fate::rejected;
    case saga_news::must_act:
      return fate::asks;
    case saga_news::retryable:
      return fate::retryable;
    case saga_news::unknown:
      return fate::unknown_after;
    case saga_news::late:
      return fate::late;
    case saga_news::duplicate:
      return fate::twice;
    default:
      return fate::ok;
  }
}

/// One saga brought to one of its steps, where the answer under test waits.
class rehearsal {
 public:
  rehearsal(const saga_definition& def, const saga_step_definition& step) : def_(def), step_(step) {
    world.register_room();
    world.register_room(10'000, simulation::far_room());
    if (&def == &reservation_saga() || &def == &hold_saga()) return;
    world.submit("book", world.booking());
    world.settle();
  }

  void script(std::size_t times, fate f) {
    const std::vector<fate> fates(times, f);
    if (party_of(step_.run) == saga_party::provider)
      world.provider().script(std::string(to_string(asked())), fates);
    else
      world.script_room(step_.run, fates);
  }

  void run() {
    lookups_before_ = world.provider().lookups;
    call = world.submit("saga", input(), "acc_1", std::chrono::minutes{10});
    world.settle();
  }

  /// The same, looking at it after each step.
  template <class Look>
  void run_watched(Look look) {
    call = world.submit("saga", input(), "acc_1", std::chrono::minutes{10});
    look();
    while (world.step()) look();
  }

  bool is_done() const {
    return call->answer && *call->answer && !(**call->answer).still_running &&
           !std::holds_alternative<failure>((**call->answer).result);
  }
  bool is_refused() const {
    return call->answer && *call->answer && !(**call->answer).still_running &&
           std::holds_alternative<failure>((**call->answer).result);
  }
  /// Told to try again; nothing is stored.
  bool is_put_off() const { return call->answer && !*call->answer; }
  bool is_parked() const {
    for (const auto& s : world.engine().describe(10))
      if (s.state == "parked") return true;
    return false;
  }
  bool has_undone() const {
    return world.events_of("reservation.released.v1") +
               world.events_of("reservation.change_released.v1") >
           0;
  }
  bool is_to_act() const {
    return call->answer && *call->answer && (**call->answer).still_running &&
           (**call->answer).action.has_value();
  }
  bool asked_ledger() const { return world.provider().lookups > lookups_before_; }

  mutable simulation world;
  std::shared_ptr<simulation::call> call;

 private:
  /// What the provider is called with.
  saga_action asked() const {
    return step_.run == saga_action::settle ? saga_action::refund : step_.run;
  }
  ev::saga_input input() {
    if (&def_ == &hold_saga())
      return ev::hold_request{room_id{"rm"}, world.booking().when, 2, 600'000};
    if (&def_ == &cancellation_saga())
      return ev::cancel_request{reservation_id{"acc_1-book"}, room_id{"rm"}, "", false, false};
    if (&def_ == &refund_saga())
      return ev::refund_request{reservation_id{"acc_1-book"},
                                room_id{"rm"},
                                payment_id{"pay_acc_1-book"},
                                {1'000, "KRW"},
                                {10'000, "KRW"},
                                "broken screen"};
    if (&def_ == &settlement_saga())
      return ev::settle_request{payment_id{"pay_acc_1-book"},
                                reservation_id{"acc_1-book"},
                                room_id{"rm"},
                                "refund-owed",
                                {1'000, "KRW"},
                                ""};
    if (&def_ == &change_saga())
      return world.change("book", simulation::far_room(), 12,
                          step_.run == saga_action::refund ? 30 : 120);
    return world.booking();
  }

  const saga_definition& def_;
  const saga_step_definition& step_;
  int lookups_before_ = 0;
};

void expect_reaction(rehearsal& r, saga_reaction expected) {
  switch (expected) {
    case saga_reaction::goes_on:
    case saga_reaction::ends:
      EXPECT_TRUE(r.is_done());
      return;
    case saga_reaction::passes_over:
      // While nothing is durable yet the time-out before a late answer puts the caller off.
      EXPECT_TRUE(r.is_done() || r.is_put_off());
      return;
    case saga_reaction::asks_ledger:
      EXPECT_TRUE(r.is_done());
      EXPECT_TRUE(r.asked_ledger());
      return;
    case saga_reaction::reads_journal:
      EXPECT_TRUE(r.is_done() || r.is_put_off());
      EXPECT_GT(r.world.reloads, 0);
      return;
    case saga_reaction::refuses:
      EXPECT_TRUE(r.is_refused());
      EXPECT_FALSE(r.has_undone());
      return;
    case saga_reaction::compensates:
      EXPECT_TRUE(r.is_refused());
      EXPECT_TRUE(r.has_undone());
      return;
    case saga_reaction::awaits_customer:
      EXPECT_TRUE(r.is_to_act());
      EXPECT_EQ(r.world.events_of("reservation.awaiting_payment.v1"), 1u);
      return;
    case saga_reaction::parks:
      EXPECT_TRUE(r.is_parked());
      return;
    default:
      ADD_FAILURE() << "not of one answer: " << in_words(expected);
  }
}

TEST(SagaBehaviourTest, EachStepMakesOfEachAnswerWhatTheTableSays) {
  for (const auto* def : all_sagas()) {
    if (def->driven_by != saga_definition::driver::engine) continue;
    for (std::size_t i = 0; i < def->steps.size(); ++i) {
      for (const auto news : all_news) {
        SCOPED_TRACE(std::string(def->name) + ", " + std::string(def->steps[i].name) + ", " +
                     std::string(to_string(news)));
        const auto expected = reaction_to(*def, i, news);
        if (expected == saga_reaction::cannot_be) continue;
        rehearsal r(*def, def->steps[i]);
        const bool retries = expected == saga_reaction::retries_then_compensates ||
                             expected == saga_reaction::retries_then_parks;
        r.script(1, fate_of(news));
        r.run();
        expect_reaction(r, retries ? saga_reaction::goes_on : expected);
        if (!retries) continue;
        rehearsal again(*def, def->steps[i]);
        again.script(40, fate_of(news));
        again.run();
        expect_reaction(again, expected == saga_reaction::retries_then_parks
                                   ? saga_reaction::parks
                                   : saga_reaction::compensates);
      }
    }
  }
}

/// Brings a booking to where it awaits its customer, and tells it `news`.
void hear_while_waiting(simulation& world, waiting_news news) {
  constexpr const char* payment = "pay_acc_1-k";
  world.register_room();
  world.provider().script("authorize", {fate::asks});
  world.submit("k", world.booking());
  world.run_now();
  ASSERT_EQ(world.events_of("reservation.awaiting_payment.v1"), 1u);
  if (news == waiting_news::confirmed || news == waiting_news::failed) {
    ASSERT_TRUE(world.provider().act(payment, news == waiting_news::confirmed));
  }
  if (news == waiting_news::unreachable)
    world.provider().script("lookup", std::vector<fate>(3, fate::not_sent));
  if (news == waiting_news::room_was_retired) {
    ASSERT_TRUE(world.tell_room(simulation::room(), cmd::retire_room{0, true}));
  }
  if (news == waiting_news::out_of_time)
    world.clock().set(world.now() + std::chrono::minutes{16});
  else
    world.engine().on(saga_notice{{payment_id{payment}, {}}});
  world.engine().tick();
  world.run_now();
}

TEST(SagaBehaviourTest, WhileASagaAwaitsItsCustomerItDoesWhatTheTableSays) {
  for (const auto news : all_waiting_news) {
    SCOPED_TRACE(std::string(to_string(news)));
    simulation world;
    ASSERT_NO_FATAL_FAILURE(hear_while_waiting(world, news));
    const auto sagas = world.engine().describe(10);
    const auto* r = world.book().find(reservation_id{"acc_1-k"});
    switch (reaction_while_waiting(news)) {
      case saga_reaction::goes_on:
        ASSERT_NE(r, nullptr);
        EXPECT_EQ(r->status, reservation_status::confirmed);
        EXPECT_TRUE(sagas.empty());
        break;
      case saga_reaction::compensates:
        EXPECT_EQ(world.events_of("payment.voided.v1"), 1u);
        EXPECT_EQ(world.events_of("reservation.released.v1"), 1u);
        EXPECT_TRUE(sagas.empty());
        break;
      default:
        ASSERT_EQ(sagas.size(), 1u);
        EXPECT_EQ(sagas[0].state, "awaiting-payment");
        EXPECT_GT(sagas[0].until, world.now());
    }
    world.settle();
    EXPECT_EQ(world.broken_invariants(), std::vector<std::string>{});
  }
}

/// Stuck detection has something to go by: at no moment does a saga wait for nothing, or for ever.
TEST(SagaBehaviourTest, EverySagaThatWaitsSaysForWhatAndUntilWhen) {
  for (const auto* def : all_sagas()) {
    if (def->driven_by != saga_definition::driver::engine) continue;
    for (std::size_t i = 0; i < def->steps.size(); ++i) {
      for (const auto f : {fate::ok, fate::retryable, fate::unknown_before, fate::silent_before,
                           fate::rejected, fate::not_sent}) {
        SCOPED_TRACE(std::string(def->name) + ", " + std::string(def->steps[i].name));
        rehearsal r(*def, def->steps[i]);
        r.script(3, f);
        r.world.provider().script("lookup", {fate::retryable, fate::not_sent});
        r.run_watched([&] {
          for (const auto& s : r.world.engine().describe(10)) {
            EXPECT_FALSE(s.waiting_for.empty()) << s.state << " " << s.step;
            EXPECT_TRUE(s.state == "parked" || s.until > r.world.now()) << s.state << " " << s.step;
          }
        });
      }
    }
  }
}

}  // namespace
}  // namespace atrium::testing
