#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string_view>

#include "domain/events.hpp"

namespace atrium {

/// What a step does. Rooms and the payment provider make each of them idempotent, so that a step
/// may be repeated after a crash or an unknown answer.
enum class saga_action : std::uint8_t {
  none,
  hold_slot,     ///< room: lock the slot for this saga
  place_hold,    ///< room: hold the slot for a person, with an expiry
  authorize,     ///< provider: reserve the money
  capture,       ///< provider: take it
  confirm,       ///< room: the booking stands
  cancel_slot,   ///< room: the booking is cancelled, the slot free at once
  refund,        ///< provider: give money back
  release_slot,  ///< room: undo of hold_slot
  void_payment,  ///< provider: undo of authorize
};
std::string_view to_string(saga_action a);

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
};

/// A saga as data: ordered steps with at most one pivot. docs/sagas.md is made from these.
struct saga_definition {
  std::string_view name;
  int version = 1;
  std::span<const saga_step_definition> steps;
  /// Before the pivot: after this long it stops going forward and compensates.
  std::chrono::milliseconds give_up_after{60'000};
  /// How compensations (and steps after the pivot) are retried before the saga is parked.
  retry_policy stubborn{.attempts = 12,
                        .first = std::chrono::milliseconds{200},
                        .most = std::chrono::milliseconds{30'000}};
};

const saga_definition& reservation_saga();
const saga_definition& hold_saga();
const saga_definition& cancellation_saga();
/// The definition that runs an input.
const saga_definition& definition_of(const ev::saga_input& input);

/// Pause before attempt number `next` (2, 3, ...), with up to 25 % jitter taken from `seed`.
std::chrono::milliseconds pause_before(const retry_policy& p, int next, std::uint64_t seed);

}  // namespace atrium
