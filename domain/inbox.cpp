#include "domain/inbox.hpp"

namespace atrium {

namespace {
constexpr std::size_t most_remembered = 1000;
}

result<inbox::events> inbox::decide(const inbox_command& command, instant) const {
  const auto& mark = std::get<cmd::mark_read>(command);
  if (read_.contains(mark.notification)) return events{};
  return events{ev::notification_read{mark.notification}};
}

void inbox::apply(const event& e, instant, std::uint64_t seq) {
  const auto* mark = std::get_if<ev::notification_read>(&e);
  if (mark == nullptr) return;
  version_ = seq;
  if (!read_.insert(mark->notification).second) return;
  order_.push_back(mark->notification);
  if (order_.size() > most_remembered) {
    read_.erase(order_.front());
    order_.pop_front();
  }
}

}  // namespace atrium
