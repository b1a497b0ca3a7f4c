#pragma once

#include <filesystem>
#include <memory>

#include "domain/failure.hpp"
#include "payments/provider.hpp"
#include "payments/timer.hpp"

namespace atrium {

/// A payment provider inside the process, for development, tests and demonstrations: it moves no
/// money, but keeps a ledger of its own that a killed server finds again, as it would find a real
/// provider's.
///
/// Operation: in the normal case `done` runs before the call returns. What a payment's token means
/// is in payments/sandbox_tokens.hpp; some tokens lose answers, answer late or fail, so that every
/// branch of a saga can be run. Idempotency keys are per payment: repeating a call with its key
/// gives the answer of the first. An authorisation repeated with another amount or token is
/// rejected with "idempotency_error". Voiding a payment that does not exist succeeds and blocks it
/// for good, so a late authorisation cannot slip in behind a compensation. Concurrency: every
/// member from any thread; one short lock around the ledger. Limitations: at most 10,000 answers
/// wait for their delay, beyond that calls fail retryably.
class sandbox_provider : public payment_provider {
 public:
  struct options {
    std::filesystem::path dir;             ///< <data dir>/sandbox
    milliseconds lost_answer_after{1500};  ///< when a lost answer becomes `unknown`
    milliseconds late_after{3000};  ///< when a late authorisation takes effect and is answered
    milliseconds retry_after{200};  ///< what retryable answers ask for
  };
  /// `clock` and `timers` must outlive the provider; answers that wait when it is destroyed are
  /// dropped. Fails as sandbox_ledger::open() does.
  static result<std::unique_ptr<sandbox_provider>> open(options o, const clock_port& clock,
                                                        timer_port& timers);
  /// The ledger's file in a sandbox folder.
  static std::filesystem::path ledger_file(const std::filesystem::path& dir);

  /// Bytes of an unfinished line that a crash left and open() dropped.
  virtual std::uint64_t dropped_bytes() const = 0;
  virtual std::uint64_t ledger_lines() const = 0;
};

}  // namespace atrium
