#include "http/public_events.hpp"

#include <algorithm>
#include <type_traits>

namespace atrium::http {
namespace {

template <class T, class... Of>
constexpr bool one_of = (std::is_same_v<T, Of> || ...);

room_id room_of_stream(std::string_view stream) {
  constexpr std::string_view prefix = "room/";
  if (stream.substr(0, prefix.size()) != prefix) return {};
  return room_id(std::string(stream.substr(prefix.size())));
}

}  // namespace

bool sees(const principal& who, const public_event& e) {
  if (who.is_operator() || e.who == public_event::audience::everyone) return true;
  return !e.owner.empty() && e.owner == who.account;
}

board_change board_change_of(const stored_event& e) {
  board_change change;
  change.room = room_of_stream(e.stream);
  std::visit(
      [&change](const auto& what) {
        using T = std::decay_t<decltype(what)>;
        if constexpr (one_of<T, ev::saga_started, ev::saga_step, ev::saga_parked,
                             ev::saga_completed, ev::account_created, ev::account_changed,
                             ev::account_deleted, ev::api_key_created, ev::api_key_revoked,
                             ev::notification_read, ev::operator_acted, ev::webhook_registered,
                             ev::webhook_changed, ev::webhook_secret_rotated, ev::webhook_disabled,
                             ev::webhook_deleted>)
          return;
        else if constexpr (std::is_same_v<T, ev::reservation_changed>)
          // Readers of the old slot and of the new one.
          change.when = interval{std::min(what.was.start, what.booked.when.start),
                                 std::max(what.was.end, what.booked.when.end)};
        else if constexpr (requires {
                             { what.when } -> std::convertible_to<interval>;
                           })
          change.when = what.when;
        change.any = true;
      },
      e.what);
  return change;
}

}  // namespace atrium::http
