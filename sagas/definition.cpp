#include "sagas/definition.hpp"

#include <algorithm>
#include <array>

namespace atrium {

namespace {
using namespace std::chrono_literals;

constexpr retry_policy once{};
constexpr retry_policy provider_retry{.attempts = 4, .first = 100ms, .most = 1s};
constexpr retry_policy room_retry{.attempts = 8, .first = 50ms, .most = 2s};

/// The money is captured before the room confirms, and both become durable in one batch: no prefix
/// of the journal shows a confirmed booking that is not paid (docs/adr/0003).
constexpr std::array<saga_step_definition, 4> reservation_steps{{
    {.name = "hold-slot",
     .run = saga_action::hold_slot,
     .undo = saga_action::release_slot,
     .timeout = 10s,
     .retry = room_retry},
    {.name = "authorize-payment",
     .run = saga_action::authorize,
     .undo = saga_action::void_payment,
     .timeout = 3s,
     .retry = provider_retry},
    {.name = "capture-payment",
     .run = saga_action::capture,
     .undo = saga_action::refund,
     .timeout = 3s,
     .retry = provider_retry},
    {.name = "confirm-slot",
     .run = saga_action::confirm,
     .undo = saga_action::none,
     .timeout = 10s,
     .retry = room_retry,
     .pivot = true},
}};

constexpr std::array<saga_step_definition, 1> hold_steps{{
    {.name = "place-hold",
     .run = saga_action::place_hold,
     .undo = saga_action::none,
     .timeout = 10s,
     .retry = room_retry,
     .pivot = true},
}};

constexpr std::array<saga_step_definition, 2> cancellation_steps{{
    {.name = "cancel-slot",
     .run = saga_action::cancel_slot,
     .undo = saga_action::none,
     .timeout = 10s,
     .retry = room_retry,
     .pivot = true},
    {.name = "refund-payment",
     .run = saga_action::refund,
     .undo = saga_action::none,
     .timeout = 3s,
     .retry = once},
}};

constexpr saga_definition reservation_definition{.name = "reservation", .steps = reservation_steps};
constexpr saga_definition hold_definition{.name = "hold", .steps = hold_steps};
constexpr saga_definition cancellation_definition{.name = "cancellation",
                                                  .steps = cancellation_steps};
}  // namespace

std::string_view to_string(saga_action a) {
  switch (a) {
    case saga_action::none:
      return "none";
    case saga_action::hold_slot:
      return "hold-slot";
    case saga_action::place_hold:
      return "place-hold";
    case saga_action::authorize:
      return "authorize";
    case saga_action::capture:
      return "capture";
    case saga_action::confirm:
      return "confirm";
    case saga_action::cancel_slot:
      return "cancel-slot";
    case saga_action::refund:
      return "refund";
    case saga_action::release_slot:
      return "release-slot";
    case saga_action::void_payment:
      return "void-payment";
  }
  return "?";
}

const saga_definition& reservation_saga() {
  return reservation_definition;
}
const saga_definition& hold_saga() {
  return hold_definition;
}
const saga_definition& cancellation_saga() {
  return cancellation_definition;
}

const saga_definition& definition_of(const ev::saga_input& input) {
  if (std::holds_alternative<ev::booking_request>(input)) return reservation_definition;
  if (std::holds_alternative<ev::hold_request>(input)) return hold_definition;
  return cancellation_definition;
}

std::chrono::milliseconds pause_before(const retry_policy& p, int next, std::uint64_t seed) {
  auto pause = p.first;
  for (int i = 2; i < next && pause < p.most; ++i) pause *= 2;
  pause = std::min(pause, p.most);
  // SplitMix64's finaliser: enough to spread the retries of many sagas that failed at one moment.
  seed += 0x9e3779b97f4a7c15ULL * static_cast<std::uint64_t>(next);
  seed = (seed ^ (seed >> 30)) * 0xbf58476d1ce4e5b9ULL;
  seed ^= seed >> 27;
  return pause + std::chrono::milliseconds{static_cast<std::int64_t>(
                     seed % static_cast<std::uint64_t>(pause.count() / 4 + 1))};
}

}  // namespace atrium
