#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string_view>

#include "persistence/journal_files.hpp"

namespace atrium {

/// A journal opened only to be read, from a process beside the server's; for maintenance.
class journal_snapshot {
 public:
  /// Fails with a text for people when there is none or it cannot be read. `alone`: makes no lock
  /// file, for a copy that nobody writes.
  static result<journal_snapshot> open(const std::filesystem::path& dir, bool alone = false);

  const journal_files::meta& facts() const noexcept { return facts_; }
  const lmdb::env& env() const noexcept { return *env_; }
  /// Visits every record up to facts().last_position in order, a few thousand a read transaction,
  /// until `visit` returns false. Keys that are no positions come as position 0.
  void for_each(std::uint64_t from,
                const std::function<bool(std::uint64_t, std::string_view)>& visit) const;
  /// Copies what is durable now, compactly, into an empty directory. Throws lmdb::error.
  void copy_to(const std::filesystem::path& dir) const;

 private:
  journal_snapshot() = default;
  std::unique_ptr<lmdb::env> env_;
  lmdb::table metas_, records_;
  journal_files::meta facts_;
};

}  // namespace atrium
