#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "outbound/client.hpp"
#include "payments/timer.hpp"
#include "psp/faults.hpp"

namespace atrium::psp {

/// "t=...,v1=..." as Stripe signs: HMAC-SHA256 with the endpoint's secret over "<t>.<body>".
std::string signature(std::string_view secret, std::int64_t at_s, std::string_view body);

/// Tells an endpoint what happened, at least once, unless the plan loses it.
///
/// Operation: a webhook that is not answered 2xx is repeated up to eight times with growing pauses.
/// Concurrency: from any thread; never blocks. Limitations: at most 10,000 wait, further ones are
/// lost; what waits when the process dies is lost too, so that its receivers have to reconcile.
class webhook_sender {
 public:
  struct options {
    std::string url;     ///< "": none are sent
    std::string secret;  ///< "whsec_..."
  };
  /// `plan` and `timers` outlive the sender.
  webhook_sender(options o, fault_plan& plan, timer_port& timers);
  ~webhook_sender();

  /// False when there is nobody to send to.
  bool is_on() const;
  /// `body` is the event.
  void send(std::string body);
  std::size_t waiting() const;

 private:
  struct impl;
  std::shared_ptr<impl> impl_;
};

}  // namespace atrium::psp
