#pragma once

#include <deque>
#include <string>
#include <unordered_set>
#include <vector>

#include "domain/events.hpp"
#include "domain/failure.hpp"

namespace atrium {

namespace cmd {
/// The caller has already shown that the notification is in this inbox.
struct mark_read {
  std::string notification;
};
}  // namespace cmd
using inbox_command = std::variant<cmd::mark_read>;

/// Which messages of one person were read. Remembers the last 1,000 marks, enough to make repeats
/// write nothing; an older repeat writes one more event and changes no view.
class inbox {
 public:
  using events = std::vector<event>;
  result<events> decide(const inbox_command& command, instant now) const;
  void apply(const event& e, instant at, std::uint64_t seq);
  std::uint64_t version() const noexcept { return version_; }

 private:
  std::unordered_set<std::string> read_;
  std::deque<std::string> order_;
  std::uint64_t version_ = 0;
};

}  // namespace atrium
