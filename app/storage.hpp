#pragma once

#include <memory>

#include "app/data_dir.hpp"
#include "cluster-config/options.hpp"
#include "persistence/follower.hpp"
#include "persistence/lmdb_journal.hpp"
#include "persistence/lmdb_stream_index.hpp"
#include "persistence/views.hpp"

namespace atrium {

/// The data directory of a running process: the journal, and what is derived from it, fed by one
/// follower. Members in the order in which they are opened; destroyed in the opposite order.
struct storage {
  data_layout where;
  std::unique_ptr<lmdb_journal> log;
  std::unique_ptr<lmdb_stream_index> index;
  std::unique_ptr<views> read;
  std::unique_ptr<follower> feeder;

  /// Opens everything and lets the derived stores catch up with the journal; the follower's thread
  /// does not run yet. Fails with a text for people.
  static result<std::unique_ptr<storage>> open(const options& o);

  /// Stops the follower, writes what the journal has queued, closes all. Idempotent.
  void close();
  ~storage() { close(); }
};

}  // namespace atrium
