#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "actors/protocol/command_port.hpp"
#include "http/api_context.hpp"
#include "payments/reconciliation.hpp"
#include "persistence/stream_index.hpp"
#include "persistence/views.hpp"

namespace atrium {

/// Holds the journal, as the read model shows it, against the payment provider's ledger every so
/// often, while bookings go on.
///
/// Operation: what differed before and after the ledger was read, and stood still in between and
/// for the grace, is a difference. Each starts the settlement saga named after it: that makes good
/// what is owed, and parks the rest for an operator; the same difference finds the same saga.
/// Concurrency: a thread of its own, which may block; report() and numbers() from any thread.
/// Limitations: compares the newest million payments; reports 200 differences.
class reconciler {
 public:
  struct world {
    views& read;
    const stream_index& index;
    command_port& desk;
    const clock_port& clock;
    /// Reads the provider's ledger since then; may block.
    std::function<result<std::vector<provider_entry>>(instant)> ledger;
  };
  struct options {
    milliseconds every{0};  ///< 0: never
    milliseconds grace{300'000};
  };
  reconciler(world w, options o) : world_(std::move(w)), options_(o) {}
  ~reconciler() { stop(); }

  void start();
  /// Waits for the call of the provider that is under way, if there is one.
  void stop();
  /// One comparison, now, on the caller's thread.
  void run();

  http::reconciliation_report report() const;
  std::vector<http::metric_sample> numbers() const;

 private:
  result<own_payments> ours(http::reconciliation_report& r, instant& oldest) const;
  void add_unknown(own_payments& to, const std::vector<provider_entry>& theirs) const;
  bool is_running(const std::string& saga) const;
  bool is_under_way(const difference& d) const;
  bool is_current() const;
  void settle(const difference& d);

  /// What answers of sagas are noted in; they may come when this has gone.
  struct results {
    std::mutex mutex;
    http::reconciliation_report last;
    void note(const std::string& saga, const result<saga_answer>& answer);
  };

  const world world_;
  const options options_;
  std::shared_ptr<results> results_ = std::make_shared<results>();
  std::mutex mutex_;
  std::condition_variable stopping_;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace atrium
