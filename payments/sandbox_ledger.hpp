#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "domain/failure.hpp"
#include "payments/provider.hpp"
#include "payments/sandbox_tokens.hpp"

namespace atrium {

/// One line of the sandbox's ledger. Each carries the payment's state after it, so that the newest
/// line of a payment says everything about it.
struct ledger_entry {
  /// `attempt` counts a call that had no effect; `schedule` an authorisation that takes effect at
  /// due.
  /// `authenticate` is what the customer did. The values are in the files: never renumber them.
  enum class operation : std::uint8_t {
    authorize,
    capture,
    void_,
    refund,
    attempt,
    schedule,
    authenticate
  };
  std::uint64_t offset = 0;  ///< where in the file; set by append()
  std::uint64_t prev = 0;    ///< offset of the payment's line before, 0 for none; set by append()
  operation what = operation::authorize;
  payment_answer::kind outcome = payment_answer::kind::ok;
  payment_record::state state = payment_record::state::none;
  sandbox_behaviour how = sandbox_behaviour::approve;
  instant at{};
  instant due{};                ///< of schedule, kept while the state stays none
  std::int64_t amount = 0;      ///< of this operation
  std::int64_t authorized = 0;  ///< the rest: of the payment, after this operation
  std::int64_t captured = 0;
  std::int64_t refunded = 0;
  std::string currency;
  payment_id payment;
  std::string key;    ///< idempotency key of the call
  std::string token;  ///< only of authorize and schedule
  std::string code;   ///< decline or error code
};
std::string_view to_string(ledger_entry::operation op);
std::string_view to_string(payment_record::state s);

/// The sandbox's memory: an append-only file, mapped shared and written by memcpy.
///
/// Operation: a line is in the page cache as soon as append() returns, without a system call, so it
/// survives the death of the process at any moment (kill -9), but not a power failure: an fsync for
/// play money would slow every booking down. The length of a line is stored last, so a line cut
/// short by a crash was never there; each has a checksum as well, and everything from the first bad
/// line on is dropped by open(). In memory there are 16 bytes or so per payment. Concurrency: not
/// synchronised, its owner locks. read() may run in another process at any time. Limitations: 64
/// KiB a line, max_bytes in all.
class sandbox_ledger {
 public:
  struct options {
    std::filesystem::path file;
    std::uint64_t chunk_bytes = 4u << 20;  ///< grows by this much; blocks are really allocated
    std::uint64_t max_bytes = 64ull << 30;
  };
  /// Makes the file and its folder when missing. Fails with a text for people: not a ledger, of a
  /// newer version, held by another process, no space.
  static result<std::unique_ptr<sandbox_ledger>> open(options o);
  virtual ~sandbox_ledger() = default;

  /// False when the disk or max_bytes is full: nothing was written.
  virtual bool append(ledger_entry e) = 0;
  virtual std::optional<ledger_entry> newest(const payment_id& payment) const = 0;
  /// `newest` and the payment's lines before it, newest first, until `visit` returns false.
  virtual void history(const ledger_entry& newest,
                       const std::function<bool(const ledger_entry&)>& visit) const = 0;
  virtual std::uint64_t lines() const = 0;
  /// Bytes of an unfinished last line that open() dropped.
  virtual std::uint64_t dropped_bytes() const = 0;

  /// Visits every whole line in order, without lock and without writing: also while a server runs.
  static result<std::uint64_t> read(const std::filesystem::path& file,
                                    const std::function<void(const ledger_entry&)>& visit);
};

/// The ledger as one JSON document: {"payments":[...], "entries":[...]}, written to `out`
/// piecewise.
result<void> export_ledger(const std::filesystem::path& file,
                           const std::function<void(std::string_view)>& out);

}  // namespace atrium
