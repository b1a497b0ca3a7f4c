#pragma once

#include <string>
#include <variant>
#include <vector>

#include "domain/events.hpp"
#include "domain/failure.hpp"

namespace atrium {

namespace cmd {
/// Writes down what somebody did with the process itself.
struct note_act {
  account_id by;
  std::string action;  ///< "drill.stop"
  std::string target;  ///< "reviews"
  std::string note;
};
}  // namespace cmd
using audit_command = std::variant<cmd::note_act>;

/// The stream of administrative acts. It remembers nothing and refuses nothing.
class audit_log {
 public:
  using events = std::vector<event>;
  result<events> decide(const audit_command& command, instant) const {
    const auto& act = std::get<cmd::note_act>(command);
    return events{ev::operator_acted{act.by, act.action, act.target, act.note}};
  }
  void apply(const event&, instant, std::uint64_t seq) { version_ = seq; }
  std::uint64_t version() const noexcept { return version_; }

 private:
  std::uint64_t version_ = 0;
};

}  // namespace atrium
