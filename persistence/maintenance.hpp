#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <iosfwd>
#include <map>
#include <string>
#include <vector>

#include "domain/failure.hpp"
#include "domain/time.hpp"
#include "persistence/codec.hpp"
#include "persistence/journal.hpp"

/// What an operator does to a data directory from the command line: `atrium journal
/// verify|dump|stats`, `atrium backup`, `atrium restore`, `atrium views rebuild`.
///
/// verify, dump, stats and backup read a journal that a server may be writing, from another
/// process; never call them in the process that has the journal open. Every function reports
/// failures as a text for people; none prints.
namespace atrium::maintenance {

/// What verify() found. Memory: about 150 bytes a stream while it runs.
struct verify_report {
  std::uint64_t journal_id = 0;
  shard_no shards = 0;
  std::uint64_t events = 0;  ///< readable records
  std::uint64_t last_position = 0;
  std::uint64_t streams = 0;
  std::uint64_t problem_count = 0;
  std::vector<std::string> problems;  ///< the first 100, "position 17: ..."
  bool is_sound() const noexcept { return problem_count == 0; }
};
/// Reads every record: it decodes, positions have no gaps, offsets have none within their shard
/// (and the shard exists), seqs none within their stream, times do not run before 1970, and streams
/// of rooms, sagas and accounts begin with the event that founds them.
result<verify_report> verify(const std::filesystem::path& data_dir);

/// Writes records from `from` on as JSON lines, at most `limit`; returns how many. A record that
/// does not decode ends it with malformed, naming the position.
result<std::uint64_t> dump(const std::filesystem::path& data_dir, std::ostream& out,
                           std::uint64_t from = 1, std::uint64_t limit = UINT64_MAX);

/// Visits every event of the journal as it stands at one moment; returns the last position. A
/// record that does not decode ends it with malformed, naming the position.
result<std::uint64_t> each_event(const std::filesystem::path& data_dir,
                                 const std::function<void(const stored_event&)>& visit);

struct journal_summary {
  std::uint64_t journal_id = 0;
  shard_no shards = 0;
  std::uint64_t last_position = 0;
  std::uint64_t record_bytes = 0;
  std::uint64_t file_bytes = 0;
  std::uint64_t streams = 0;
  instant first_at{}, last_at{};  ///< equal to instant{} when empty
  struct per_type {
    std::uint64_t events = 0, bytes = 0;
  };
  std::map<std::string, per_type> types;
  std::vector<std::uint64_t> events_by_shard;
};
result<journal_summary> stats(const std::filesystem::path& data_dir);

struct backup_report {
  std::uint64_t journal_id = 0;
  std::uint64_t last_position = 0;
  std::uint64_t bytes = 0;
};
/// Copies the journal as it stands at one moment, while a server goes on serving, then the sandbox
/// provider's ledger if there is one, and a manifest. `target` must be missing or empty. Derived
/// stores are left out: they are rebuilt. On failure `target` is emptied again.
result<backup_report> backup(const std::filesystem::path& data_dir,
                             const std::filesystem::path& target, instant now);

/// Makes a data directory from a backup and verifies it. `data_dir` must be missing or empty; on
/// failure it is emptied again. The restored journal gets an id of its own, so that nothing derived
/// from the original is ever taken for its own.
result<backup_report> restore(const std::filesystem::path& backup_dir,
                              const std::filesystem::path& data_dir);

/// Deletes the views and builds them again from the journal; returns the position they reached.
/// Fails while a server has the data directory.
result<std::uint64_t> rebuild_views(const std::filesystem::path& data_dir);

}  // namespace atrium::maintenance
