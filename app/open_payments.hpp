#pragma once

#include <memory>

#include "app/data_dir.hpp"
#include "cluster-config/options.hpp"
#include "domain/failure.hpp"
#include "payments/guarded_provider.hpp"
#include "payments/timer.hpp"

namespace atrium {

/// The payment provider that the options name, behind its circuit breaker. `clock` and `timers`
/// outlive it. Fails with a text for people: a ledger or a key file that cannot be used.
result<std::unique_ptr<guarded_provider>> open_payments(const options& o, const data_layout& where,
                                                        const clock_port& clock,
                                                        timer_port& timers);

}  // namespace atrium
