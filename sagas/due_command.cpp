#include "sagas/due_command.hpp"

namespace atrium {

std::optional<room_command> command_of(const due_entry& e) {
  switch (e.what) {
    case due_entry::kind::expire_hold:
      return cmd::expire_hold{hold_id{e.id}};
    case due_entry::kind::advance:
      return cmd::advance{reservation_id{e.id}};
    case due_entry::kind::cancel_for_room:
      break;
  }
  return std::nullopt;
}

std::chrono::milliseconds pause_of(const due_entry& e) {
  const auto& def = e.what == due_entry::kind::expire_hold ? expiry_saga() : no_show_saga();
  return def.steps.front().retry.first;
}

}  // namespace atrium
