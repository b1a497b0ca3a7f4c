#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "actors/protocol/saga.hpp"
#include "sagas/definition.hpp"

namespace atrium {

/// One running saga. Everything in here is either in its stream or can be found out again by asking
/// the room and the provider, so a crash loses nothing.
struct saga_run {
  enum class phase : std::uint8_t {
    forward,       ///< working on steps[step]
    compensating,  ///< undoing steps, steps[step] now
    finishing,     ///< its last batch is on its way to the disk
    parked,        ///< waits for an operator
    reloading,     ///< asks the journal what is durable
  };
  /// What is known of the money at the provider.
  enum class money_state : std::uint8_t {
    untouched,
    maybe_authorized,
    authorized,
    maybe_captured,
    captured,
    given_back
  };

  struct waiter {
    saga_done done;
    instant deadline{};
    bool duplicate = false;
  };

  saga_id id;
  account_id principal;
  std::string correlation;
  std::string fingerprint;
  ev::saga_input input;
  const saga_definition* def = nullptr;
  instant started{};
  instant deadline{};  ///< for going forward

  phase at = phase::forward;
  std::size_t step = 0;
  int attempt = 1;
  instant since{};                  ///< it is at this step, or parked
  std::optional<saga_order> order;  ///< on its way to the disk
  std::function<void(result<saga_info>)> ordered_by;
  bool resolving = false;      ///< the awaited look-up decides what is recorded
  bool refused = false;        ///< the provider's last answer was a refusal
  int fresh_keys = 0;          ///< how often an operator had a refused call made anew
  std::uint64_t turn = 0;      ///< of the effect now awaited; answers with another are late
  bool looking_up = false;     ///< the awaited answer is a look-up's
  bool at_room = false;        ///< the awaited answer is the room's
  bool asked = false;          ///< a look-up is under way
  bool peeking = false;        ///< it was made for a notice: only news count
  bool noticed = false;        ///< a notice came while it was under way
  bool retry_at_wake = false;  ///< the timer means: attempt the step again
  bool was_held_back = false;  ///< the step was not sent: trying it is no repetition
  int postponed = 0;           ///< times in a row that the retry budget said no
  bool noted_unknown = false;  ///< the journal already says that this step's outcome is unknown

  std::uint64_t seq = 0;         ///< last durable-or-queued event of the saga's stream
  std::uint64_t run_no = 1;      ///< seq of this run's saga.started: part of provider keys
  std::vector<event> unwritten;  ///< go into the next batch
  std::size_t in_batch = 0;      ///< events of ours in the batch now on its way
  bool durable_start = false;

  bool awaiting = false;  ///< the customer has to act, until pay_by at most
  instant pay_by{};
  std::uint64_t asked_at = 0;             ///< journal position from which on readers see it
  int polls = 0;                          ///< look-ups since then
  std::optional<customer_action> action;  ///< as the provider told it last; in no event

  money_state funds = money_state::untouched;
  payment_id payment;
  std::string reference;  ///< the provider's
  std::optional<reservation> booked;
  money to_take;  ///< what is authorised and captured: the price, or what a change costs more
  /// What has to be given back past the pivot, and how much of that is done.
  std::vector<refund_part> refunds;
  std::size_t refunded = 0;
  std::optional<ev::hold_result> placed;
  std::optional<ev::cancel_result> cancelled;
  std::optional<ev::refund_result> granted;
  failure why;  ///< what the caller is told when it does not succeed
  bool undo_failed = false;
  std::string undo_problem;

  std::optional<ev::saga_result> result;  ///< set in finishing
  std::vector<waiter> waiters;
  instant wake{};        ///< when the timer of the step fires
  instant next_alarm{};  ///< earliest alarm set for it, for the step or for a waiter
  std::string waiting_for;

  const saga_step_definition& current() const { return def->steps[step]; }
  const ev::change_request* change() const { return std::get_if<ev::change_request>(&input); }
  /// What the step now going on, or its compensation, does.
  saga_action acting() const { return at == phase::compensating ? current().undo : current().run; }
  const reservation_id& about() const;
  const room_id& room() const {
    return std::visit([](const auto& i) -> const room_id& { return i.room; }, input);
  }
};

/// The payment of a saga's run: a repeated run (after a refusal that was not final) pays anew.
payment_id payment_of(const saga_id& id, std::uint64_t run_no);
/// The saga that a payment of a first run is named after.
std::string first_payer_of(const payment_id& payment);
/// What the customer pays with, and what for.
const payment_method& method_of(const saga_run& run);
const std::string& title_of(const saga_run& run);
/// The terms of a change, for its rooms.
cmd::change_terms terms_of(const saga_run& run);
/// Takes what the room offers for a change.
void accept_offer(saga_run& run, const ev::reservation_change_held& offer);
/// Takes what the room grants for a refund by hand.
void accept_grant(saga_run& run, const ev::refund_granted& granted);
/// Whether the refund that is being made may be among those the provider's ledger shows.
bool may_have_refunded(const saga_run& run, const payment_record& r);
/// What a change answers once it is made.
ev::change_result changed_result(const saga_run& run);
/// What a saga answers once all its refunds are made.
ev::saga_result refunded_result(const saga_run& run);
/// The saga that made the payment, from its name; the other way round than payment_of.
saga_id saga_of(const payment_id& payment);
/// What a cancellation answers, from the room's event.
ev::cancel_result result_of(const ev::reservation_cancelled& cancelled);
/// What a caller is told whose payment was declined with this code, which may be
/// ev::authentication_expired or authentication_required, too.
failure declined_because(const saga_run& run, const std::string& code);
/// The provider's idempotency key of one action of one run.
std::string provider_key(const saga_run& run, saga_action action);

}  // namespace atrium
