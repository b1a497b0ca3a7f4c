#pragma once

#include <memory>
#include <string>
#include <vector>

#include "http/message.hpp"
#include "payments/timer.hpp"
#include "psp/faults.hpp"
#include "psp/store.hpp"
#include "psp/webhooks.hpp"

namespace atrium::psp {

/// The payment API with its faults, as routes of the transport.
///
/// Operation: every call passes credentials and version, then draws its fault; then it waits for
/// its latency; then it is decided and written under one lock; then it is answered, or not. A call
/// that is under way goes on when its caller has left, as at a real provider. Concurrency: any
/// thread. `timers` outlives the service; calls that wait when it is destroyed are dropped.
class service {
 public:
  struct options {
    std::string secret_key;                     ///< "sk_test_..."
    std::chrono::milliseconds silence{60'000};  ///< how long a call that is never answered hangs
  };
  service(options o, std::unique_ptr<store> data, webhook_sender::options hooks,
          timer_port& timers);
  ~service();

  std::vector<http::route> routes();

 private:
  struct impl;
  std::shared_ptr<impl> impl_;
};

}  // namespace atrium::psp
