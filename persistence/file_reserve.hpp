#pragma once

#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <thread>

namespace atrium {

/// Keeps zeroed blocks ready behind the used part of a file that grows by synchronous writes, as
/// databases do with their write-ahead logs: a write into blocks that exist needs no change of the
/// file's metadata to become durable (ext4: fdatasync of 92 KiB 165 us instead of 280).
///
/// Zeros are only ever appended at the end of the file (O_APPEND, decided under the kernel's lock
/// of the file), so that they cannot meet what the owner writes, however far it has come meanwhile.
/// They pass by the page cache (O_DIRECT), so that the owner's next sync does not wait for them.
/// Nobody depends on the reserve: where it cannot be kept (a file system without O_DIRECT, a disk
/// that is nearly full) the file just grows as its owner writes.
///
/// Concurrency: used() from one thread at a time; the zeros are written by a thread of its own.
class file_reserve {
 public:
  /// Opens the file, which must exist; never fails. Keeps as much as is used ready, within
  /// smallest..largest bytes.
  explicit file_reserve(const std::filesystem::path& file);
  /// Waits for at most one piece to be written.
  ~file_reserve();
  file_reserve(const file_reserve&) = delete;
  file_reserve& operator=(const file_reserve&) = delete;

  /// The owner uses the file up to here; cheap, wakes the thread when half of the reserve is gone.
  void used(std::uint64_t bytes);

  static constexpr std::uint64_t smallest = 1u << 20;
  static constexpr std::uint64_t largest = 64u << 20;
  /// Bytes appended at once, a quarter of a millisecond in which the file is locked.
  static constexpr std::size_t piece = 256u << 10;

 private:
  static std::uint64_t wanted(std::uint64_t used);
  void run();
  bool append_piece();

  const std::filesystem::path file_;
  int fd_ = -1;  ///< -1: no reserve is kept
  std::mutex mutex_;
  std::condition_variable wake_;
  std::uint64_t used_ = 0;
  std::uint64_t size_ = 0;
  bool closing_ = false;
  std::thread thread_;
};

}  // namespace atrium
