#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "notifications/lane.hpp"

namespace atrium {

/// The circuit breakers of one channel's relays and endpoints, by name. One that is closed and used
/// by no lane is forgotten, so there are at most as many as destinations with something to do or to
/// remember.
/// Concurrency: any thread; a short lock.
class delivery_breakers {
 public:
  explicit delivery_breakers(circuit_breaker::options o) : options_(o) {}

  /// The one of this name, made when it is missing.
  std::shared_ptr<guarded_destination> of(const std::string& name);
  void forget(const std::string& name);
  /// Forgets what nobody would miss.
  void tidy(const std::string& name, instant now);

  struct status {
    std::string name;
    circuit_breaker::status breaker;
    std::uint64_t under_way = 0;
  };
  std::vector<status> describe(instant now) const;

 private:
  const circuit_breaker::options options_;
  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<guarded_destination>> all_;
};

}  // namespace atrium
