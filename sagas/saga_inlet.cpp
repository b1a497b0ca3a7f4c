#include "sagas/saga_inlet.hpp"

#include <caf/send.hpp>

namespace atrium {

void saga_inlet::connect(saga_host_actor host) {
  std::lock_guard lock{mutex_};
  if (!closed_) host_ = std::move(host);
}

void saga_inlet::wake(std::unique_lock<std::mutex> lock) {
  const auto host = host_;
  lock.unlock();
  caf::anon_send(host, host_wake{});
}

std::size_t saga_inlet::size() const {
  std::lock_guard lock{mutex_};
  return waiting_.size();
}

void saga_inlet::take(std::vector<saga_message>& out) {
  out.clear();
  std::lock_guard lock{mutex_};
  waiting_.swap(out);
  asleep_ = out.empty();
}

void saga_inlet::close() {
  std::vector<saga_message> dropped;
  saga_host_actor released;
  std::lock_guard lock{mutex_};
  closed_ = true;
  asleep_ = false;
  waiting_.swap(dropped);
  std::swap(host_, released);
}

}  // namespace atrium
