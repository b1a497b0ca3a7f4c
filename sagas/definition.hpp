#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "domain/events.hpp"

namespace atrium {

/// What a step does. Rooms and the payment provider make each of them idempotent, so that a step
/// may be repeated after a crash or an unknown answer.
enum class saga_action : std::uint8_t {
  none,
  hold_slot,        ///< room: lock the slot for this saga
  place_hold,       ///< room: hold the slot for a person, with an expiry
  authorize,        ///< provider: reserve the money
  capture,          ///< provider: take it
  confirm,          ///< room: the booking stands
  cancel_slot,      ///< room: the booking is cancelled, the slot free at once
  refund,           ///< provider: give money back
  release_slot,     ///< room: undo of hold_slot
  void_payment,     ///< provider: undo of authorize
  grant_refund,     ///< room: promise a refund by hand
  withdraw_refund,  ///< room: undo of grant_refund
  settle,           ///< provider: what reconciliation found owed, or an operator's decision

  check_booking,   ///< old room: may the booking be changed?
  hold_change,     ///< room: lock the booking's new slot
  release_change,  ///< room: undo of hold_change
  begin_leaving,   ///< old room: nothing else happens to the booking from here on
  stay,            ///< old room: undo of begin_leaving
  apply_change,    ///< room: the booking is what the change makes it
  leave,           ///< old room: its slot is free

  expire_hold,  ///< room: a hold whose time is over ends
  miss,         ///< room: a booking nobody checked in to is a no-show
};
std::string_view to_string(saga_action a);

/// Whom an action asks.
enum class saga_party : std::uint8_t { nobody, room, old_room, provider };
saga_party party_of(saga_action a);

struct retry_policy {
  int attempts = 1;                      ///< in all, >= 1
  std::chrono::milliseconds first{100};  ///< pause before the second attempt; doubles each time
  std::chrono::milliseconds most{5000};  ///< longest pause
};

struct saga_step_definition {
  std::string_view name;
  saga_action run = saga_action::none;
  saga_action undo = saga_action::none;     ///< compensation; none when there is nothing to undo
  std::chrono::milliseconds timeout{2000};  ///< without an answer the outcome is unknown
  retry_policy retry;
  /// From this step on the saga only goes forward: it is retried, then parked, never compensated.
  bool pivot = false;
  /// Whether the saga waits, its slot locked, for a customer who has to act (docs/adr/0015).
  bool awaits_customer = false;
};

/// A saga as data: ordered steps with at most one pivot. docs/sagas.md is made from these.
struct saga_definition {
  /// Who drives it: the engine, with a stream of its own in the journal, or the due clock, which
  /// sends one idempotent command again and again until the due-time index no longer lists it.
  enum class driver : std::uint8_t { engine, due_clock };

  std::string_view name;
  std::string_view purpose;  ///< one sentence for docs/sagas.md
  int version = 1;
  std::span<const saga_step_definition> steps;
  driver driven_by = driver::engine;
  /// Before the pivot: after this long it stops going forward and compensates.
  std::chrono::milliseconds give_up_after{60'000};
  /// Longer at one step, and people should look: it is shown as stuck.
  std::chrono::milliseconds stuck_after{120'000};
  /// How compensations (and steps after the pivot) are retried before the saga is parked.
  retry_policy stubborn{.attempts = 12,
                        .first = std::chrono::milliseconds{200},
                        .most = std::chrono::milliseconds{30'000}};
};

const saga_definition& reservation_saga();
const saga_definition& hold_saga();
const saga_definition& cancellation_saga();
const saga_definition& change_saga();
const saga_definition& refund_saga();
const saga_definition& settlement_saga();
/// Driven by the due clock; `retry.first` is how long it waits before it sends the command again.
const saga_definition& expiry_saga();
const saga_definition& no_show_saga();
/// All of them, in the order of docs/sagas.md.
std::span<const saga_definition* const> all_sagas();
/// The definition that runs an input.
const saga_definition& definition_of(const ev::saga_input& input);
/// Number of the step that does `a`; the number of steps when there is none.
std::size_t step_of(const saga_definition& def, saga_action a);

/// Pause before attempt number `next` (2, 3, ...), with up to 25 % jitter taken from `seed`.
std::chrono::milliseconds pause_before(const retry_policy& p, int next, std::uint64_t seed);

}  // namespace atrium
