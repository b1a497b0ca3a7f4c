#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "domain/account.hpp"
#include "domain/audit.hpp"
#include "domain/events.hpp"
#include "domain/review.hpp"
#include "domain/room_book.hpp"

/// How the edge talks to the actors, without knowing actors: no CAF in here, so http/ and its tests
/// compile quickly and can be run under a thread sanitizer.
namespace atrium {

/// Who asks and in which request; goes into every event this request causes.
struct command_context {
  account_id principal;
  std::string correlation;  ///< trace id, 32 hex digits
  instant deadline{};       ///< absolute; receivers drop what they meet after it
  bool urgent = false;      ///< an operator's: let in before new bookings when there is too much
};

struct start_saga {
  saga_id id;  ///< from saga_id_of(principal, idempotency key)
  std::string
      fingerprint;  ///< hash of the canonical body; another one under the same id is refused
  ev::saga_input input;
  /// What the edge refuses a new request with (a stale If-Match); a repeated one still gets its
  /// stored answer. Not journalled: it must go on being true.
  std::optional<failure> if_new{};
};
/// The answer to start_saga: the stored result, or nothing when the saga still runs at the deadline
/// (the edge then answers 202).
struct saga_answer {
  std::uint64_t position = 0;  ///< of saga.completed
  ev::saga_result result;
  bool replayed = false;       ///< a duplicate got the stored answer
  bool still_running = false;  ///< `result` means nothing yet
  instant completed_at{};
  /// It still runs because the customer has to act first.
  std::optional<customer_action> action;
};

/// A plain command for one entity: decided, journalled, answered.
struct room_task {
  room_id room;
  room_command command;
};
struct account_task {
  account_id account;
  account_command command;
};
struct review_task {
  reservation_id reservation;
  review_command command;
};
struct read_mark_task {
  account_id account;
  std::string notification;
};
struct audit_task {
  cmd::note_act act;
};
using entity_task = std::variant<room_task, account_task, review_task, read_mark_task, audit_task>;

struct entity_answer {
  std::uint64_t position = 0;  ///< of the last event written; 0 when nothing changed
  std::uint64_t version = 0;   ///< the entity's new version (ETag)
  std::vector<event> events;   ///< what was written; empty when it was already so
};

/// Retiring a room together with its bookings: each is cancelled through its own saga.
struct retire_answer {
  std::uint64_t position = 0;
  std::vector<reservation_id> cancelled;
  std::vector<reservation_id> still_running;  ///< go on by themselves (due-time index)
};

/// The payment provider says that something happened to a payment. It is a hint, never the truth: a
/// saga that waits for news of this payment looks it up at once.
struct payment_notice {
  payment_id payment;
  std::string reference;  ///< the provider's; may be empty
};

/// Numbers of one actor or saga for introspection.
struct actor_info {
  std::uint64_t id = 0;
  std::string kind, key;
  std::uint64_t handled = 0, failed = 0, queued = 0, oldest_ms = 0, mean_us = 0, max_us = 0;
  std::string last_error;
};
/// `retry`: go on now. `compensate`: undo what was done. `resolve`: end it; what the provider's
/// ledger shows is recorded, the rest was settled by hand.
enum class saga_order : std::uint8_t { retry, compensate, resolve };
inline constexpr std::array<std::string_view, 3> saga_order_names{"retry", "compensate", "resolve"};
constexpr std::string_view to_string(saga_order o) {
  return saga_order_names[static_cast<std::size_t>(o)];
}
constexpr std::optional<saga_order> parse_saga_order(std::string_view s) {
  for (std::size_t i = 0; i < saga_order_names.size(); ++i)
    if (saga_order_names[i] == s) return static_cast<saga_order>(i);
  return std::nullopt;
}

struct saga_info {
  saga_id id;
  std::string definition, state, step, waiting_for;
  instant started{}, until{};
  int attempts = 0;
  room_id room;
  instant since{};                 ///< at this step, or parked
  bool is_stuck = false;           ///< longer than its definition allows
  std::vector<saga_order> orders;  ///< what an administrator may tell it now
};
/// What an administrator tells one saga.
struct saga_instruction {
  saga_id id;
  saga_order order = saga_order::retry;
  std::string note;
};
/// How much there is of what, without a list of it.
struct desk_census {
  struct of_kind {
    std::uint64_t actors = 0, handled = 0, failed = 0, queued = 0, oldest_ms = 0;
  };
  std::map<std::string, of_kind> kinds;
  std::map<std::string, std::uint64_t> sagas;  ///< by state
  std::uint64_t stuck = 0;
};

/// What is in flight and what bounds it, for introspection and metrics.
struct load_info {
  std::size_t in_flight = 0;
  std::size_t limit = 0, limit_urgent = 0;      ///< in force now
  std::size_t limit_least = 0, limit_most = 0;  ///< what `limit` may become
  std::uint64_t step_us = 0, target_us = 0;     ///< mean latency of a step, and its bound
  std::uint64_t wait_us = 0;                    ///< mean wait of requests to be read
  std::uint64_t per_second = 0;                 ///< rate at which work ended lately; 0: not known
  std::uint64_t done = 0, refused_full = 0, refused_over_share = 0;  ///< since the start
};

/// The booking desk as the edge sees it.
///
/// Concurrency: every member from any thread, none blocks. Completions run once, on a thread of the
/// actor system; they must only hand over (post to an io_context). When too much is in flight the
/// completion comes at once with overloaded and retry_after_ms from the measured drain rate.
class command_port {
 public:
  template <class T>
  using completion = std::function<void(result<T>)>;
  virtual ~command_port() = default;

  virtual void submit(start_saga request, command_context ctx, completion<saga_answer> done) = 0;
  virtual void execute(entity_task task, command_context ctx, completion<entity_answer> done) = 0;
  virtual void retire_room(room_id room, std::uint64_t if_version, bool cancel_bookings,
                           command_context ctx, completion<retire_answer> done) = 0;

  /// Never refused; one that finds nobody who waits for it, or too many others before it, is
  /// dropped.
  virtual void notice(payment_notice what) = 0;

  /// Tells a running or parked saga what to do; answered once that is durable, with the saga as it
  /// then is. Fails with not_found, and with illegal_transition when the saga cannot do so now.
  virtual void instruct(saga_instruction what, command_context ctx, completion<saga_info> done) = 0;

  /// Counts every actor and saga; takes time for their number, but no memory.
  virtual desk_census census() const = 0;
  /// Busiest first.
  virtual std::vector<actor_info> actors(std::size_t most) const = 0;
  /// Parked and stuck ones first.
  virtual std::vector<saga_info> sagas(std::size_t most) const = 0;
  virtual std::size_t in_flight() const = 0;
  virtual load_info load() const { return {.in_flight = in_flight()}; }
  /// Why a new booking of this customer would be refused now, without looking at it: asked before a
  /// body is read. Nothing when it may come.
  virtual std::optional<failure> busy_for(const account_id& customer, bool urgent) {
    static_cast<void>(customer), static_cast<void>(urgent);
    return std::nullopt;
  }
  /// At the edge a request waited so long to be read: the admission takes it into account.
  virtual void edge_waited(std::chrono::nanoseconds time) { static_cast<void>(time); }
};

}  // namespace atrium
