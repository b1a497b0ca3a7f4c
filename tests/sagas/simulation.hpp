#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "actors/entity_core.hpp"
#include "actors/entity_traits.hpp"
#include "persistence/memory_journal.hpp"
#include "persistence/memory_stream_index.hpp"
#include "sagas/runner.hpp"
#include "tests/sagas/scripted_provider.hpp"

namespace atrium::testing {

/// A clock that moves only when told to.
class virtual_clock final : public clock_port {
 public:
  instant now() const override { return now_; }
  void set(instant t) { now_ = t; }

 private:
  instant now_ = *parse_instant("2026-11-22T09:00:00Z");
};

/// The write path of one process in one thread and virtual time: rooms, the engine, a scripted
/// provider and a journal whose every batch becomes durable by itself. Any two steps can be cut by
/// a crash.
class simulation final : public saga_ports {
 public:
  simulation();

  /// A registered, paid room ("rm").
  static constexpr const char* room() { return "rm"; }
  /// One whose stream is in another shard.
  static constexpr const char* far_room() { return "rm_far"; }
  void register_room(std::int64_t price_per_hour = 10'000, const char* id = room());
  /// A command of the office or the clock, as if it came right now.
  result<entity_reply> tell_room(const char* id, room_command command);
  /// What becomes of the first, second, ... command a saga sends for an action: as at the provider,
  /// `rejected` without asking the room. Later ones are ok.
  void script_room(saga_action action, std::vector<provider_fate> fates);
  int reloads = 0;  ///< how often a saga asked what is durable
  /// As if a circuit breaker stood before the provider and were open.
  milliseconds refused_for{0};
  /// Of every engine from the next boot on.
  saga_runner::options options;
  /// The provider's reference that the newest look-up named.
  std::string last_reference;
  /// Calls that may be repeated before the retry budget says no.
  std::optional<int> repeats_left;

  struct call {
    std::optional<result<saga_answer>> answer;
  };
  std::shared_ptr<call> submit(const std::string& key, ev::saga_input input,
                               const std::string& who = "acc_1",
                               std::chrono::seconds waits = std::chrono::seconds{10});
  ev::booking_request booking(int hour = 12) const;

  /// Performs one thing: a queued message, else a durable batch, else the next timer. False when
  /// all is quiet.
  bool step();
  /// The same without letting time pass: no timer, no late answer.
  bool step_now();
  /// Runs everything that needs no time to pass.
  void run_now();
  /// Steps until all is quiet; returns the number of steps. Fails the test after 100,000.
  std::size_t settle();
  /// kill -9: everything in memory is gone; `keep_queued_writes` makes what was handed to the
  /// journal durable although nobody hears of it.
  void crash(bool keep_queued_writes);

  /// Every broken invariant in words; empty when all is well. Call it only when all is quiet.
  std::vector<std::string> broken_invariants();

  /// Moves the booking "acc_1-<of>" as it stands now: `to` from `hour` for `minutes`.
  ev::change_request change(const std::string& of, const char* to, int hour, int minutes = 60);
  const room_book& book(const char* id = room());
  /// The booking as the room that has it knows it; the room is the first that it stands in.
  const reservation* standing(const std::string& id);
  saga_runner& engine() { return *runner_; }
  memory_journal& log() { return log_; }
  const memory_stream_index& index() const { return index_; }
  scripted_provider& provider() { return provider_; }
  virtual_clock& clock() { return clock_; }
  std::size_t events_of(std::string_view type) const;

  // saga_ports
  instant now() const override { return clock_.now(); }
  void to_room(const saga_id& id, std::uint64_t turn, room_request&& request) override;
  void append(const saga_id& id, std::uint64_t turn, const room_id& room,
              journal::batch records) override;
  void pay(const saga_id& id, std::uint64_t turn, payment_call call) override;
  milliseconds payments_refused_for() const override { return refused_for; }
  bool may_repeat_payment_call() override {
    return !repeats_left || (*repeats_left > 0 && (*repeats_left)-- > 0);
  }
  void look_up(const saga_id& id, std::uint64_t turn, const payment_id& payment,
               const std::string& reference) override;
  std::int64_t refunded_of(const payment_id& payment) const override;
  void reload(const saga_id& id, const room_id& room) override;
  std::vector<alternative> other_rooms(const room_id&, const interval&, int, std::size_t) override {
    return {};
  }

 private:
  entity_core<room_traits>& core(const std::string& id);
  void boot();
  provider_fate next_fate(const room_command& command);
  void check_money(std::vector<std::string>& broken);
  void check_sagas(std::vector<std::string>& broken);
  void check_calendar(std::vector<std::string>& broken);
  void check_moves(std::vector<std::string>& broken);

  virtual_clock clock_;
  memory_journal log_;
  memory_stream_index index_{log_};
  std::deque<std::function<void()>> queue_, late_;
  std::map<saga_action, std::deque<provider_fate>> room_scripts_;
  scripted_provider provider_;
  std::map<std::string, std::unique_ptr<entity_core<room_traits>>> rooms_;
  std::unique_ptr<saga_runner> runner_;
};

}  // namespace atrium::testing
