#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "domain/failure.hpp"
#include "domain/ids.hpp"
#include "domain/time.hpp"

namespace atrium::http {

/// What a drill may stop, because bookings, payments and cancellations do without it.
enum class subsystem : std::uint8_t {
  notifier,             ///< mails and web hooks: they wait in the outbox
  projector,            ///< the read model: it stays where it is
  reviews,              ///< writing reviews: 503
  room_administration,  ///< registering, changing and retiring rooms, blackouts: 503
};
inline constexpr std::size_t subsystem_count = 4;

std::string_view to_string(subsystem s);
std::optional<subsystem> parse_subsystem(std::string_view name);

/// Subsystems that an administrator has stopped, to see that everything else goes on. Kept in
/// memory: a restart starts them all.
/// Concurrency: every member from any thread; is_stopped() is one atomic read.
class drills {
 public:
  /// `on_switch` stops or starts what is not a matter of routes; called with a lock held, must not
  /// call back.
  explicit drills(std::function<void(subsystem, bool stop)> on_switch = {})
      : on_switch_(std::move(on_switch)) {}

  bool is_stopped(subsystem s) const {
    return stopped_[static_cast<std::size_t>(s)].load(std::memory_order_relaxed);
  }
  /// False when it was so already.
  bool set(subsystem s, bool stop, const account_id& by, instant now);

  struct status {
    subsystem what{};
    bool stopped = false;
    instant since{};  ///< of the last change; zero: none yet
    account_id by;
  };
  std::vector<status> describe() const;
  /// The names of what is stopped, for people: "reviews, notifier".
  std::string stopped_names() const;

  /// Why a request that needs `s` is refused; nothing while it runs.
  std::optional<failure> refusal(subsystem s) const;

 private:
  std::array<std::atomic<bool>, subsystem_count> stopped_{};
  std::function<void(subsystem, bool)> on_switch_;
  mutable std::mutex mutex_;
  struct change {
    instant at{};
    account_id by;
  };
  std::array<change, subsystem_count> last_;
};

}  // namespace atrium::http
