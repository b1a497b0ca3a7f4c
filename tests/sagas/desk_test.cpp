#include "sagas/desk.hpp"

#include <gtest/gtest.h>

#include <condition_variable>
#include <deque>
#include <future>
#include <thread>

#include "persistence/memory_journal.hpp"
#include "persistence/memory_stream_index.hpp"
#include "tests/sagas/scripted_provider.hpp"

/// The real actors in a real actor system, on a journal in memory.
namespace atrium::testing {
namespace {

using namespace std::chrono_literals;

/// Makes everything durable on a thread of its own, as the real journal does.
class running_journal {
 public:
  running_journal() : thread_([this] { run(); }) {
    log.subscribe([this](std::uint64_t) { index.catch_up(); });
  }
  ~running_journal() {
    stopping_ = true;
    thread_.join();
  }
  memory_journal log;
  memory_stream_index index{log};

 private:
  void run() {
    while (!stopping_)
      if (!log.step()) std::this_thread::yield();
  }
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

class DeskTest : public ::testing::Test {
 protected:
  DeskTest() { desk_ = make(); }

  std::unique_ptr<desk> make(std::chrono::milliseconds idle = 2min) {
    desk_options o;
    o.idle_before_passivation = idle;
    auto d = desk::make({journal_.log, journal_.index, nullptr, provider_, clock_}, o);
    d->start();
    return d;
  }

  template <class T, class Ask>
  static result<T> wait_for(Ask ask) {
    std::promise<result<T>> answered;
    ask([&](result<T> r) { answered.set_value(std::move(r)); });
    auto got = answered.get_future();
    if (got.wait_for(20s) != std::future_status::ready)
      return failure{.code = ec::timeout, .detail = "the test waited 20 s"};
    return got.get();
  }

  command_context by(const std::string& who) {
    return {account_id{who}, "trace", clock_.now() + 15s};
  }

  result<entity_answer> tell_room(room_command c) {
    return wait_for<entity_answer>([&](auto done) {
      desk_->execute(room_task{room_id{"rm"}, c}, by("acc_op"), done);
    });
  }

  result<saga_answer> book(const std::string& key, int hour) {
    const auto day = std::chrono::floor<std::chrono::days>(clock_.now()) + std::chrono::days{2};
    ev::booking_request in{room_id{"rm"},
                           {day + std::chrono::hours{hour}, day + std::chrono::hours{hour + 1}},
                           1,
                           "",
                           {"card", "pm"},
                           {}};
    return wait_for<saga_answer>([&](auto done) {
      desk_->submit({saga_id{key}, "fp", in}, by("acc_1"), done);
    });
  }

  void register_room() {
    room_facts facts;
    facts.name = "Blue";
    facts.capacity = 8;
    facts.time_zone = "Asia/Seoul";
    facts.price_per_hour = {10'000, "KRW"};
    ASSERT_TRUE(tell_room(cmd::register_room{facts}));
  }

  std::size_t live_rooms() const {
    std::size_t n = 0;
    for (const auto& a : desk_->actors(1000)) n += a.kind == "room";
    return n;
  }

  void wait_until(const std::function<bool()>& so) {
    const auto end = std::chrono::steady_clock::now() + 20s;
    while (!so()) {
      ASSERT_LT(std::chrono::steady_clock::now(), end) << "waited 20 s";
      std::this_thread::yield();
    }
  }

  system_clock clock_;
  running_journal journal_;
  scripted_provider provider_{[](bool, std::function<void()> answer) { answer(); }};
  std::unique_ptr<desk> desk_;
};

TEST_F(DeskTest, BooksThroughRoomProviderAndJournal) {
  register_room();
  const auto a = book("k", 9);
  ASSERT_TRUE(a);
  EXPECT_TRUE(std::holds_alternative<ev::booking_result>(a->result));
  EXPECT_EQ(provider_.ledger.size(), 1u);
  EXPECT_EQ(desk_->in_flight(), 0u);
}

TEST_F(DeskTest, HasStoppedWhenEveryActorHasSaidItsLastWords) {
  room_facts facts;
  facts.name = "Blue";
  for (int round = 0; round != 5; ++round) {
    for (int i = 0; i != 40; ++i)
      wait_for<entity_answer>([&](auto done) {
        const room_id id{"rm" + std::to_string(i)};
        desk_->execute(room_task{id, cmd::register_room{facts}}, by("acc_op"), done);
      });
    EXPECT_GE(live_rooms(), 40u);
    EXPECT_TRUE(desk_->stop(10s));
    EXPECT_TRUE(desk_->actors(1).empty());
    desk_ = make();
  }
}

TEST_F(DeskTest, IdleRoomIsPassivatedAndComesBackWithItsBookings) {
  desk_->stop(5s);
  desk_ = make(8ms);
  register_room();
  ASSERT_TRUE(book("k", 9));
  wait_until([&] { return live_rooms() == 0; });
  const auto again = book("other", 9);
  ASSERT_TRUE(again);
  const auto* refused = std::get_if<failure>(&again->result);
  ASSERT_NE(refused, nullptr);
  EXPECT_EQ(refused->code, ec::slot_taken);
}

TEST_F(DeskTest, NextDeskResumesWhatTheLastOneLeftOpen) {
  register_room();
  provider_.script("authorize", {provider_fate::silent_after});
  const auto day = std::chrono::floor<std::chrono::days>(clock_.now()) + std::chrono::days{2};
  ev::booking_request in{room_id{"rm"}, {day + 9h, day + 10h}, 1, "", {"card", "pm"}, {}};
  desk_->submit({saga_id{"k"}, "fp", in}, {account_id{"acc_1"}, "", clock_.now()},
                [](const auto&) {});
  wait_until([&] { return provider_.calls > 0; });
  desk_->stop(100ms);
  desk_ = make();
  const auto a = book("k", 9);
  ASSERT_TRUE(a);
  EXPECT_TRUE(std::holds_alternative<ev::booking_result>(a->result));
}

TEST_F(DeskTest, RetiringARoomCancelsItsBookingsThroughTheirSagas) {
  register_room();
  ASSERT_TRUE(book("k", 9));
  const auto kept = wait_for<retire_answer>(
      [&](auto done) { desk_->retire_room(room_id{"rm"}, 0, false, by("acc_op"), done); });
  ASSERT_FALSE(kept);
  EXPECT_EQ(kept.error().code, ec::room_has_bookings);
  const auto gone = wait_for<retire_answer>(
      [&](auto done) { desk_->retire_room(room_id{"rm"}, 0, true, by("acc_op"), done); });
  ASSERT_TRUE(gone);
  EXPECT_EQ(gone->cancelled.size(), 1u);
  EXPECT_EQ(provider_.ledger.begin()->second.refunded.amount, 10'000);
}

TEST_F(DeskTest, MoreThanMayBeInFlightIsRefusedAtOnceWithAWaitingTime) {
  desk_->stop(5s);
  desk_options o;
  o.most_in_flight = 1;
  desk_ = desk::make({journal_.log, journal_.index, nullptr, provider_, clock_}, o);
  desk_->start();
  journal_.log.plant_stall();
  desk_->execute(room_task{room_id{"rm"}, cmd::register_room{}}, by("acc_op"), [](const auto&) {});
  const auto refused = tell_room(cmd::register_room{});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ec::overloaded);
  EXPECT_GE(refused.error().retry_after_ms, 1000);
  EXPECT_TRUE(desk_->busy_for(account_id{"acc_1"}, false));
  EXPECT_FALSE(desk_->busy_for(account_id{"acc_op"}, true));
  // What operators do has a reserve.
  auto urgent = by("acc_op");
  urgent.urgent = true;
  desk_->execute(room_task{room_id{"rm"}, cmd::register_room{}}, urgent, [](const auto&) {});
  EXPECT_EQ(desk_->in_flight(), 2u);
  EXPECT_EQ(desk_->load().refused_full, 2u);
  journal_.log.heal();
}

}  // namespace
}  // namespace atrium::testing
