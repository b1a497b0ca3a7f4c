#include "notifications/delivery_breakers.hpp"

namespace atrium {

std::shared_ptr<guarded_destination> delivery_breakers::of(const std::string& name) {
  const std::scoped_lock lock(mutex_);
  auto& found = all_[name];
  if (!found) found = std::make_shared<guarded_destination>(options_);
  return found;
}

void delivery_breakers::forget(const std::string& name) {
  const std::scoped_lock lock(mutex_);
  all_.erase(name);
}

void delivery_breakers::tidy(const std::string& name, instant now) {
  const std::scoped_lock lock(mutex_);
  const auto found = all_.find(name);
  if (found == all_.end() || found->second.use_count() > 1) return;
  if (found->second->breaker.describe(now).is == circuit_breaker::state::closed) all_.erase(found);
}

std::vector<delivery_breakers::status> delivery_breakers::describe(instant now) const {
  const std::scoped_lock lock(mutex_);
  std::vector<status> out;
  for (const auto& [name, d] : all_)
    out.push_back({name, d->breaker.describe(now), d->under_way.load()});
  return out;
}

}  // namespace atrium
