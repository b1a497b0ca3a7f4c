#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "domain/failure.hpp"

namespace atrium::psp {

/// An append-only file of checksummed lines of text.
///
/// Operation: append() hands the whole line to the kernel in one write before it returns, so what
/// was answered survives the death of the process at any moment (kill -9), not a power failure.
/// open() drops a last line that a crash cut short. Concurrency: not synchronised, its owner locks.
/// Limitations: 1 MiB a line.
class ledger {
 public:
  /// Where a line is, for read().
  struct place {
    std::uint64_t offset = 0;
    std::uint32_t bytes = 0;
  };
  /// Makes the file and its folder when missing and visits every line. Fails with a text for
  /// people: not a ledger, held by another process, damaged before its end, I/O error.
  static result<std::unique_ptr<ledger>> open(
      const std::filesystem::path& file, const std::function<void(place, std::string_view)>& visit);
  virtual ~ledger() = default;

  /// Nothing when the line could not be written; the file is then as it was before.
  virtual std::optional<place> append(std::string_view line) = 0;
  virtual std::optional<std::string> read(place where) const = 0;
  virtual std::uint64_t dropped_bytes() const = 0;
};

}  // namespace atrium::psp
