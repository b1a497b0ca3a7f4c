#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "actors/protocol/command_port.hpp"
#include "domain/time.hpp"
#include "http/message.hpp"
#include "persistence/follower.hpp"
#include "persistence/lmdb_journal.hpp"
#include "persistence/stream_index.hpp"
#include "persistence/views.hpp"

namespace atrium {
class delivery_desk;
}

namespace atrium::http {

class credentials;
class drills;
class live_feed;
struct probe;

/// One line of /readyz.
struct readiness_check {
  std::string name;  ///< "journal", "views", ...
  bool ok = true;
  std::string detail;  ///< what is wrong, in words
};

/// One number for /metrics that somebody else counts.
struct metric_sample {
  enum class kind : std::uint8_t { counter, gauge, histogram } is = kind::gauge;
  std::string name;  ///< "atrium_http_requests_total"
  std::string help;
  std::vector<std::pair<std::string, std::string>> labels;
  double value = 0;  ///< of a histogram: the sum
  /// Of a histogram: upper bound and how many were at or below it; `count` is how many in all.
  std::vector<std::pair<double, std::uint64_t>> buckets = {};
  std::uint64_t count = 0;
};

/// Something outside that Atrium calls, behind a circuit breaker.
struct dependency_info {
  std::string name;                               ///< "payments"
  std::string state;                              ///< "closed", "open", "half-open", "tripped"
  instant since{};                                ///< of the state; zero: since the start
  std::uint64_t calls = 0, failed = 0, slow = 0;  ///< of the breaker's window
  std::uint64_t in_flight = 0, refused = 0, opened = 0;  ///< the last two since the start
  milliseconds retry_after{0};
  /// How many retries its budget would allow now; nothing: it has none.
  std::optional<std::uint64_t> retries_left;
  std::uint64_t retries_postponed = 0;  ///< for want of budget, since the start
};

/// What the last run of the scheduled reconciliation found.
struct reconciliation_report {
  struct difference {
    std::string kind, payment, reservation, currency, outcome, saga;
    std::int64_t amount = 0;
  };
  bool enabled = false;
  milliseconds every{0};
  std::uint64_t runs = 0, failed = 0;  ///< since the start
  std::uint64_t healed = 0;            ///< since the start
  instant started{}, finished{};       ///< of the last run; zero: there was none
  std::string problem;                 ///< why it could not be made
  std::uint64_t payments = 0;          ///< compared
  bool all_payments = true;            ///< false: only the newest
  std::vector<std::pair<std::string, std::uint64_t>> by_kind;
  std::vector<difference> found;  ///< at most 200
};

/// Everything the routes need, wired by app/. Whatever is referred to outlives the server;
/// functions may be called from any thread and must not block; an empty function means "nothing to
/// say".
struct api_context {
  command_port& commands;
  views& read;
  stream_index& index;
  journal& log;
  const clock_port& clock;
  credentials& keys;
  live_feed& feed;
  std::string version;  ///< of the program
  instant started_at{};

  std::function<journal_stats()> journal_numbers;
  std::function<std::vector<follower::status>()> followers;
  std::function<std::vector<readiness_check>()> readiness;  ///< all ok: ready
  std::function<bool()> started;                            ///< recovery has ended
  std::function<bool()> draining;                           ///< SIGTERM was received
  std::function<const probe*()> transport;                  ///< counters of the server, or null
  std::function<std::vector<dependency_info>()> dependencies;
  /// Trips or resets the breaker of a dependency for this operator; false for an unknown name.
  std::function<bool(std::string_view, bool trip, const account_id&)> switch_dependency;
  /// Takes an event of the payment provider: its signature header and its body as sent.
  std::function<result<void>(std::string_view signature, std::string_view body)> payment_event;
  /// Plays the customer of a payment that waits for them; false when it does not, or when the
  /// provider has customers of its own.
  std::function<bool(const payment_id&, bool succeeded)> authenticate;
  std::function<reconciliation_report()> reconciliation;
  std::vector<std::function<std::vector<metric_sample>()>> metric_sources;
  milliseconds hold_ttl{std::chrono::minutes(10)};  ///< of a hold whose request does not say
  std::string receipt_issuer = "Atrium";            ///< printed on receipts
  delivery_desk* deliveries = nullptr;              ///< null: nothing leaves this server
  drills* drill = nullptr;                          ///< null: nothing can be stopped
};

/// Every route of the API with its access rule. The context must outlive the handlers.
std::vector<route> api_routes(api_context& context);

}  // namespace atrium::http
