#pragma once

#include <filesystem>
#include <memory>

#include "domain/failure.hpp"
#include "persistence/follower.hpp"
#include "persistence/stream_index.hpp"

namespace atrium {

/// The stream index in a derived LMDB environment.
///
/// Operation: the follower feeds it through as_projection(). Sagas carry the positions of their own
/// events, so that a saga is one row; within one transaction its row is kept aside and written
/// once. Concurrency and limitations: as stream_index; destroy the follower first.
class lmdb_stream_index : public stream_index {
 public:
  /// Opens or makes the store in `dir`; drops one that cannot be trusted
  /// (persistence/derived_env.hpp) and then starts at position 0. `log` must outlive it.
  static result<std::unique_ptr<lmdb_stream_index>> open(const std::filesystem::path& dir,
                                                         const journal& log,
                                                         std::size_t map_size_mb = 1024);
  virtual projection& as_projection() = 0;
  /// Makes it durable and marks it clean; call after the follower has stopped. Idempotent.
  virtual void close() = 0;
};

}  // namespace atrium
