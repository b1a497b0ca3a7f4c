#pragma once

#include <memory>

#include "app/data_dir.hpp"
#include "cluster-config/options.hpp"
#include "domain/failure.hpp"
#include "payments/guarded_provider.hpp"
#include "payments/timer.hpp"

namespace atrium {

/// The payment provider that the options name. `clock` and `timers`
/// outlive it. Fails with a text for people: a ledger or a key file that cannot be used.
result<std::unique_ptr<payment_provider>> open_payments(const options& o, const data_layout& where,
                                                        const clock_port& clock,
                                                        timer_port& timers);

/// How long a saga waits for the provider's answer: longer than the adapter does, which then knows
/// whether anything was sent.
milliseconds patience_with_provider(const options& o);

/// The same behind a circuit breaker, as a server uses it. `clock` outlives it.
std::unique_ptr<guarded_provider> guard_payments(const options& o,
                                                 std::unique_ptr<payment_provider> provider,
                                                 const clock_port& clock);

}  // namespace atrium
