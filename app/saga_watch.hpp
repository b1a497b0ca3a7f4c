#pragma once

#include <set>
#include <string>

#include "actors/protocol/command_port.hpp"

namespace atrium {

/// Tells the log of every saga that got stuck, once, and of every one that is no more. One thread.
class saga_watch {
 public:
  void look(const command_port& desk);

 private:
  std::set<std::string> stuck_;
};

}  // namespace atrium
