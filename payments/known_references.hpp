#pragma once

#include <deque>
#include <mutex>
#include <string>
#include <unordered_map>

#include "domain/ids.hpp"

namespace atrium {

/// The provider's references of the payments last seen, so that they need not be searched for.
/// Concurrency: from any thread. Limitations: keeps the newest `most`.
class known_references {
 public:
  explicit known_references(std::size_t most) : most_(most) {}

  void remember(const payment_id& payment, const std::string& reference) {
    const std::lock_guard lock(mutex_);
    if (!by_payment_.insert_or_assign(payment, reference).second) return;
    order_.push_back(payment);
    if (order_.size() <= most_) return;
    by_payment_.erase(order_.front());
    order_.pop_front();
  }
  /// "" when it is not known.
  std::string find(const payment_id& payment) const {
    const std::lock_guard lock(mutex_);
    const auto it = by_payment_.find(payment);
    return it == by_payment_.end() ? std::string{} : it->second;
  }

 private:
  const std::size_t most_;
  mutable std::mutex mutex_;
  std::unordered_map<payment_id, std::string> by_payment_;
  std::deque<payment_id> order_;
};

}  // namespace atrium
