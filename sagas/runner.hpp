#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <queue>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "persistence/stream_index.hpp"
#include "sagas/ports.hpp"
#include "sagas/run.hpp"

namespace atrium {

/// The saga engine: runs, resumes and compensates the sagas of one host, free of CAF and of clocks
/// so that simulations drive it through every outcome and crash.
///
/// Operation: a saga's id is derived from (principal, Idempotency-Key), so the saga *is* the
/// idempotency record: a duplicate attaches to the running saga or gets the stored result; another
/// body under the same id is refused. A final refusal is journalled before it is answered; a
/// transient one (503) is not stored, and the same key runs again.
/// Concurrency: one thread at a time (its host actor's).
/// Limitations: at most `most_running` sagas and 64 waiting callers a saga.
class saga_runner {
 public:
  struct options {
    std::size_t most_running = 4096;
    std::string provider = "sandbox";  ///< written into payment events
    /// How long a customer who has to act may take.
    milliseconds action_ttl{std::chrono::minutes{15}};
    /// Sagas that wait for their customers; they do not count as running.
    std::size_t most_awaiting = 4096;
    /// No answer of the provider within this is an unknown outcome; more than the adapter's own
    /// deadline, so that it is the adapter who says so.
    milliseconds provider_patience{3'000};
  };
  saga_runner(saga_ports& ports, const journal& log, const stream_index& index, options o);

  void submit(saga_submission s);
  /// An open saga found in the journal; also the answer to saga_ports::reload.
  void resume(saga_resumption r);
  void instruct(saga_instructed&& i);
  void on(saga_room_reply&& r);
  void on(saga_append_reply&& r);
  void on(saga_payment_reply&& r);
  void on(saga_lookup_reply&& r);
  /// The provider has news of a payment: whoever waits for them looks the payment up now.
  void on(const saga_notice& n);
  /// Fires every timer due at ports.now().
  void tick();
  /// When tick() is wanted next; nothing when no timer is set.
  std::optional<instant> next_wake() const;

  /// Parked and stuck ones first.
  std::vector<saga_info> describe(std::size_t most) const;
  void count(desk_census& to) const;
  std::size_t running() const noexcept { return runs_.size(); }

 private:
  using money_state = saga_run::money_state;
  struct finished {
    std::string fingerprint;
    ev::saga_result result;
    std::uint64_t position = 0;
    std::uint64_t seq = 0;
    instant at{};
  };

  /// What the journal tells of a run that was cut short.
  struct traces {
    bool authorized = false, captured = false, compensating = false, applied = false;
    bool parked = false, refused = false;
    std::optional<saga_order> order;
    std::size_t refunds = 0;
  };

  // runner.cpp: admission, answers, timers, writing
  void start(saga_submission s, std::uint64_t seq);
  bool answer_from_memory(saga_submission& s);
  std::optional<finished> find_finished(const saga_id& id) const;
  void replay(saga_submission& s, const finished& f);
  void finish(saga_run& run, std::uint64_t position);
  void drop(saga_run& run, failure why);
  void answer_all(saga_run& run, const result<saga_answer>& answer);
  saga_run* awaiting(const saga_id& id, std::uint64_t turn);
  void arm(saga_run& run, std::chrono::milliseconds after);
  milliseconds patience(const saga_run& run) const;
  void set_alarm(saga_run& run, instant at);
  void on_timer(saga_run& run);
  void expire_waiters(saga_run& run);
  std::vector<attached_event> attach(saga_run& run, std::vector<event> last = {});
  void written(saga_run& run);
  void write(saga_run& run, std::vector<event> last);
  void note(saga_run& run, event what);
  void forget_indexed();

  // steps.cpp: going forward
  void run_step(saga_run& run);
  void next_step(saga_run& run);
  void send_room(saga_run& run, room_command command, std::vector<event> last = {});
  void send_payment(saga_run& run, saga_action action);
  std::string known_reference(const saga_run& run) const;
  void room_accepted(saga_run& run, entity_reply&& reply);
  void room_refused(saga_run& run, failure why);
  void paid(saga_run& run, const payment_answer& a);
  void captured(saga_run& run);
  /// `may_still_pay`: the customer could, until it is voided.
  void declined(saga_run& run, const std::string& code, bool may_still_pay = false);
  void held_back(saga_run& run, const payment_answer& a);
  void wait_for_provider(saga_run& run, std::chrono::milliseconds wait);
  bool must_wait_for_budget(saga_run& run);
  bool is_late(const saga_run& run) const;
  void unavailable(saga_run& run, const std::string& detail);
  void outcome_unknown(saga_run& run, const std::string& detail);
  void found(saga_run& run, const payment_record& r);
  void taken_back(saga_run& run);
  void finish_with(saga_run& run, ev::saga_result result);
  void refuse(saga_run& run, failure why);
  void resync(saga_run& run);

  // notices.cpp: look-ups, and what makes them come early
  void look_up(saga_run& run);
  void peek(saga_run& run);
  bool is_news(const saga_run& run, const payment_record& r) const;
  void forget(saga_run& run);
  void unwatch(const saga_run& run);

  // change.cpp: what only the change saga does
  void run_change_step(saga_run& run);
  static bool ends_with_pivot(const saga_run& run);
  static event pivot_of(const saga_run& run);
  void send_old_room(saga_run& run, room_command command);
  void change_accepted(saga_run& run, entity_reply&& reply);
  void refund_next(saga_run& run);
  void aim_at_refund(saga_run& run);
  void release_change(saga_run& run, event last);
  void continue_change(saga_run& run, const traces& seen);

  // awaiting.cpp: the customer has to act
  void await_customer(saga_run& run, const std::string& reference, const customer_action& action);
  void awaited(saga_run& run, std::uint64_t position);
  void keep_waiting(saga_run& run);
  void poll(saga_run& run);
  void set_awaiting(saga_run& run, bool is);
  saga_answer to_act(const saga_run& run, bool is_duplicate) const;

  // compensation.cpp: undoing
  void compensate(saga_run& run, failure why);
  void undo_next(saga_run& run);
  void run_undo(saga_run& run);
  void undo_answered(saga_run& run, const payment_answer& a);
  void undo_found(saga_run& run, const payment_record& r);
  void undo_again(saga_run& run, const std::string& detail);
  void undone(saga_run& run, std::uint64_t position);
  void release(saga_run& run);
  void withdraw(saga_run& run);
  void park(saga_run& run, const std::string& reason);

  // settlement.cpp
  void settle(saga_run& run);
  void settle_answered(saga_run& run, const payment_answer& a);
  void park_settlement(saga_run& run, const std::string& reason);

  // instructions.cpp: what administrators tell it
  std::vector<saga_order> possible(const saga_run& run) const;
  saga_info describe_one(const saga_run& run) const;
  bool is_stuck(const saga_run& run) const;
  void answer_order(const saga_id& id, std::function<void(result<saga_info>)> done);
  void obey(saga_run& run);
  void retry(saga_run& run);
  static failure ended_by_order();
  void undo_by_order(saga_run& run);
  void resolve(saga_run& run);
  void resolved(saga_run& run, const payment_record& r);

  // resume.cpp: from the journal
  traces traces_of(saga_run& run, const std::vector<stored_event>& events);
  bool rebuild(saga_run& run, const std::vector<stored_event>& events);
  bool read_effect(saga_run& run, std::uint64_t started_position);
  static bool takes_money(const saga_run& run);
  void continue_after_crash(saga_run& run, const std::vector<stored_event>& events);

  saga_ports& ports_;
  const journal& log_;
  const stream_index& index_;
  options options_;
  const std::string& provider_ = options_.provider;
  std::unordered_map<saga_id, saga_run> runs_;
  /// Finished sagas that the index may not know yet.
  std::unordered_map<saga_id, finished> recent_;
  std::deque<std::pair<std::uint64_t, saga_id>> recent_order_;
  /// Sagas that have looked a payment up, for notices.
  std::unordered_map<payment_id, saga_id> watched_;
  using alarm = std::pair<instant, saga_id>;
  std::priority_queue<alarm, std::vector<alarm>, std::greater<>> alarms_;
  std::uint64_t turns_ = 0;
  std::size_t awaiting_ = 0;  ///< of runs_
};

}  // namespace atrium
