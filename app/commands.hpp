#pragma once

#include <filesystem>
#include <string>

#include "cluster-config/settings.hpp"

/// What the subcommands other than `serve` do. Each prints to standard output, complaints to
/// standard error, and returns the process's exit status: 0, or 1 when it could not be done.
namespace atrium {

int show_config(const settings& s);

/// Prints the sandbox's ledger as JSON; also while a server runs and after one was killed.
int print_ledger(const std::filesystem::path& data_dir);

/// Checks every record of the journal: decodable, stream numbers without gaps, shards' offsets in
/// order.
int verify_journal(const std::filesystem::path& data_dir);
/// One event a line as JSON, from position `from`, at most `limit`.
int dump_journal(const std::filesystem::path& data_dir, std::uint64_t from, std::uint64_t limit);
/// Counts by type, sizes, first and last time.
int print_journal_stats(const std::filesystem::path& data_dir);

/// Copies the data directory, also while a server writes to it, into the new directory `to`.
int back_up(const std::filesystem::path& data_dir, const std::filesystem::path& to);
/// Makes the new data directory from a backup.
int restore(const std::filesystem::path& from, const std::filesystem::path& data_dir);

/// Prints messages as people get them, about an imagined booking.
struct notification_preview {
  std::string type;             ///< e.g. "reservation.confirmed"; empty: all types
  std::string locale = "en";    ///< "en" or "ko"
  std::string format = "text";  ///< "text", "html", or "mail": the whole message
};
int preview_notifications(const notification_preview& what);

/// Drops the read model and builds it from the journal again. No server may run.
int rebuild_views(const std::filesystem::path& data_dir);

}  // namespace atrium
