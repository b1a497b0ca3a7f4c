#include "actors/entity_traits.hpp"

namespace atrium {

void room_traits::describe(const room_book& state, const room_command& command,
                           entity_reply& reply) {
  std::visit(
      [&](const auto& c) {
        if constexpr (std::is_same_v<std::decay_t<decltype(c)>, cmd::confirm>) {
          // Its saga has the reservation already.
        } else if constexpr (std::is_same_v<std::decay_t<decltype(c)>, cmd::hold_change>) {
          if (const auto* offer = state.find_offer(c.terms.change)) reply.offer = *offer;
        } else if constexpr (requires {
                               { c.id } -> std::convertible_to<const reservation_id&>;
                             }) {
          if (const auto* r = state.find(c.id)) reply.booked = *r;
        } else if constexpr (requires {
                               { c.id } -> std::convertible_to<const hold_id&>;
                             }) {
          if (const auto* h = state.find_hold(c.id)) reply.held = *h;
        }
      },
      command);
}

}  // namespace atrium
