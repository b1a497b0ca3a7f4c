#include "persistence/stream_facts.hpp"

namespace atrium {

std::string_view id_in(std::string_view stream, std::string_view prefix) {
  return stream.starts_with(prefix) ? stream.substr(prefix.size()) : std::string_view{};
}

void advance(saga_entry& saga, const stored_event& e) {
  using state = saga_entry::state;
  saga.last_position = e.position;
  if (const auto* started = std::get_if<ev::saga_started>(&e.what)) {
    // A saga that ended in a refusal for the moment runs again when its request is repeated.
    saga.is = state::running;
    saga.started_position = e.position;
    std::visit([&](const auto& input) { saga.room = input.room; }, started->input);
  } else if (std::holds_alternative<ev::saga_completed>(e.what)) {
    saga.is = state::completed;
  } else if (saga.is != state::completed) {
    // Whatever a parked saga writes next shows that somebody let it run again.
    saga.is = std::holds_alternative<ev::saga_parked>(e.what) ? state::parked : state::running;
  }
}

}  // namespace atrium
