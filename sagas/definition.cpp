#include "sagas/definition.hpp"

#include <algorithm>
#include <array>

namespace atrium {

namespace {
using namespace std::chrono_literals;

constexpr retry_policy once{};
constexpr retry_policy provider_retry{.attempts = 4, .first = 100ms, .most = 1s};
constexpr retry_policy room_retry{.attempts = 8, .first = 50ms, .most = 2s};
constexpr retry_policy until_done{.attempts = 0, .first = 10s, .most = 10s};

using action = saga_action;

constexpr saga_step_definition in_room(std::string_view name, action run,
                                       action undo = action::none) {
  return {.name = name, .run = run, .undo = undo, .timeout = 10s, .retry = room_retry};
}

constexpr saga_step_definition at_provider(std::string_view name, action run, action undo) {
  return {.name = name, .run = run, .undo = undo, .timeout = 3s, .retry = provider_retry};
}

/// Money that is owed to somebody: each attempt is the engine's, which waits as long as it takes.
constexpr saga_step_definition owed(std::string_view name, action run) {
  return {.name = name, .run = run, .timeout = 3s, .retry = once};
}

constexpr saga_step_definition by_clock(std::string_view name, action run) {
  return {.name = name, .run = run, .timeout = 10s, .retry = until_done, .pivot = true};
}

constexpr saga_step_definition pivot(saga_step_definition step) {
  step.pivot = true;
  return step;
}

constexpr saga_step_definition awaiting_customer(saga_step_definition step) {
  step.awaits_customer = true;
  return step;
}

/// The money is captured before the room confirms, and both become durable in one batch: no prefix
/// of the journal shows a confirmed booking that is not paid (docs/adr/0003).
constexpr std::array reservation_steps{
    in_room("hold-slot", action::hold_slot, action::release_slot),
    awaiting_customer(at_provider("authorize-payment", action::authorize, action::void_payment)),
    at_provider("capture-payment", action::capture, action::refund),
    pivot(in_room("confirm-slot", action::confirm))};

constexpr std::array hold_steps{pivot(in_room("place-hold", action::place_hold))};

constexpr std::array cancellation_steps{pivot(in_room("cancel-slot", action::cancel_slot)),
                                        owed("refund-payment", action::refund)};

/// The new slot is locked before anything else and the old one freed last, so that at no time the
/// customer has neither. Only local steps lie between begin-leaving and leave-old-room.
constexpr std::array change_steps{
    in_room("check-booking", action::check_booking),
    in_room("hold-new-slot", action::hold_change, action::release_change),
    at_provider("authorize-difference", action::authorize, action::void_payment),
    at_provider("capture-difference", action::capture, action::refund),
    in_room("begin-leaving", action::begin_leaving, action::stay),
    pivot(in_room("apply-change", action::apply_change)),
    in_room("leave-old-room", action::leave),
    owed("refund-difference", action::refund)};

/// The promise is withdrawn only when an operator says so: what was promised is otherwise paid.
constexpr std::array refund_steps{
    pivot(in_room("grant-refund", action::grant_refund, action::withdraw_refund)),
    owed("refund-payment", action::refund)};

constexpr std::array expiry_steps{by_clock("expire-hold", action::expire_hold)};
constexpr std::array no_show_steps{by_clock("mark-missed", action::miss)};
constexpr std::array settlement_steps{pivot(owed("settle-difference", action::settle))};

constexpr saga_definition reservation_definition{
    .name = "reservation",
    .purpose = "Books a slot and takes the money for it, all or nothing.",
    .steps = reservation_steps};
constexpr saga_definition hold_definition{
    .name = "hold", .purpose = "Keeps a slot for a person who decides.", .steps = hold_steps};
constexpr saga_definition cancellation_definition{
    .name = "cancellation",
    .purpose = "Frees the slot of a booking, then gives back what its policy promises.",
    .steps = cancellation_steps};
constexpr saga_definition change_definition{
    .name = "change",
    .purpose =
        "Moves a booking in time or to another room, or changes its party or title, and "
        "charges or refunds the difference, all or nothing.",
    .steps = change_steps};
constexpr saga_definition refund_definition{
    .name = "refund",
    .purpose = "Gives money back by hand, beyond what a cancellation does.",
    .steps = refund_steps};
constexpr saga_definition settlement_definition{
    .name = "settlement",
    .purpose = "Makes good at the provider what reconciliation found owed, or leaves it to people.",
    .steps = settlement_steps};
constexpr saga_definition expiry_definition{.name = "hold expiry",
                                            .purpose = "Ends a hold whose time is over.",
                                            .steps = expiry_steps,
                                            .driven_by = saga_definition::driver::due_clock};
constexpr saga_definition no_show_definition{
    .name = "no-show",
    .purpose = "Ends a booking that nobody checked in to in time, or completes one that is over.",
    .steps = no_show_steps,
    .driven_by = saga_definition::driver::due_clock};

constexpr std::array<const saga_definition*, 8> definitions{
    &reservation_definition, &change_definition,     &cancellation_definition, &hold_definition,
    &refund_definition,      &settlement_definition, &expiry_definition,       &no_show_definition};
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
    case saga_action::check_booking:
      return "check-booking";
    case saga_action::hold_change:
      return "hold-change";
    case saga_action::release_change:
      return "release-change";
    case saga_action::begin_leaving:
      return "begin-leaving";
    case saga_action::stay:
      return "stay";
    case saga_action::apply_change:
      return "apply-change";
    case saga_action::leave:
      return "leave";
    case saga_action::expire_hold:
      return "expire-hold";
    case saga_action::miss:
      return "miss";
    case saga_action::grant_refund:
      return "grant-refund";
    case saga_action::withdraw_refund:
      return "withdraw-refund";
    case saga_action::settle:
      return "settle";
  }
  return "?";
}

saga_party party_of(saga_action a) {
  switch (a) {
    case saga_action::none:
      return saga_party::nobody;
    case saga_action::authorize:
    case saga_action::capture:
    case saga_action::refund:
    case saga_action::void_payment:
    case saga_action::settle:
      return saga_party::provider;
    case saga_action::check_booking:
    case saga_action::begin_leaving:
    case saga_action::stay:
    case saga_action::leave:
      return saga_party::old_room;
    default:
      return saga_party::room;
  }
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
const saga_definition& refund_saga() {
  return refund_definition;
}
const saga_definition& settlement_saga() {
  return settlement_definition;
}

const saga_definition& change_saga() {
  return change_definition;
}
const saga_definition& expiry_saga() {
  return expiry_definition;
}
const saga_definition& no_show_saga() {
  return no_show_definition;
}
std::span<const saga_definition* const> all_sagas() {
  return definitions;
}

std::size_t step_of(const saga_definition& def, saga_action a) {
  const auto it =
      std::find_if(def.steps.begin(), def.steps.end(), [a](const auto& s) { return s.run == a; });
  return static_cast<std::size_t>(it - def.steps.begin());
}

const saga_definition& definition_of(const ev::saga_input& input) {
  if (std::holds_alternative<ev::booking_request>(input)) return reservation_definition;
  if (std::holds_alternative<ev::hold_request>(input)) return hold_definition;
  if (std::holds_alternative<ev::change_request>(input)) return change_definition;
  if (std::holds_alternative<ev::refund_request>(input)) return refund_definition;
  if (std::holds_alternative<ev::settle_request>(input)) return settlement_definition;
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
