#include "persistence/file_reserve.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <fcntl.h>
#include <optional>
#include <pthread.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <system_error>
#include <unistd.h>

namespace atrium {

namespace {

/// What O_DIRECT asks of addresses, lengths and offsets on every common disk.
constexpr std::size_t block = 4096;

/// Between two pieces, for the owner to get at the file: the kernel lets who has just held its lock
/// have it again for milliseconds (commits of 25 ms were seen without a pause).
constexpr std::chrono::milliseconds pause{1};

/// Not const: zeros of the program itself would be stored in its file.
alignas(block) char zeros[file_reserve::piece];

std::optional<std::uint64_t> size_of(int fd) {
  struct stat st {};
  if (::fstat(fd, &st) != 0) return std::nullopt;
  return static_cast<std::uint64_t>(st.st_size);
}

/// Whether the disk has room for far more than the reserve, which must not take it from others.
bool has_plenty(int fd) {
  struct statvfs vfs {};
  if (::fstatvfs(fd, &vfs) != 0) return false;
  return std::uint64_t{vfs.f_bavail} * vfs.f_frsize > 8 * file_reserve::largest;
}

}  // namespace

file_reserve::file_reserve(const std::filesystem::path& file) : file_(file) {
  fd_ = ::open(file_.c_str(), O_WRONLY | O_APPEND | O_DIRECT | O_CLOEXEC);
  if (fd_ < 0) return;
  const auto size = size_of(fd_);
  if (!size || *size % block != 0) {
    ::close(fd_);
    fd_ = -1;
    return;
  }
  size_ = *size;
  thread_ = std::thread([this] { run(); });
}

file_reserve::~file_reserve() {
  {
    const std::scoped_lock lock(mutex_);
    closing_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
  if (fd_ >= 0) ::close(fd_);
}

std::uint64_t file_reserve::wanted(std::uint64_t used) {
  return std::clamp(used, smallest, largest);
}

void file_reserve::used(std::uint64_t bytes) {
  if (fd_ < 0) return;
  bool low = false;
  {
    const std::scoped_lock lock(mutex_);
    used_ = bytes;
    low = size_ < used_ + wanted(used_) / 2;
  }
  if (low) wake_.notify_one();
}

void file_reserve::run() {
  ::pthread_setname_np(::pthread_self(), "atrium-reserve");
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return closing_ || size_ < used_ + wanted(used_) / 2; });
    while (!closing_ && size_ < used_ + wanted(used_)) {
      lock.unlock();
      const bool more = append_piece();
      const auto size = size_of(fd_);
      lock.lock();
      if (!more || !size) return;
      size_ = *size;
      wake_.wait_for(lock, pause, [this] { return closing_; });
    }
    if (closing_) return;
    // The new length itself, so that the owner's next sync does not have to.
    lock.unlock();
    const bool synced = ::fdatasync(fd_) == 0;
    lock.lock();
    if (!synced) return;
  }
}

/// False ends the reserve: the owner hears of a bad disk by its own writes.
bool file_reserve::append_piece() {
  if (!has_plenty(fd_)) {
    spdlog::info("no space is kept ready behind {}: the disk is nearly full", file_.string());
    return false;
  }
  const auto written = ::write(fd_, zeros, sizeof zeros);
  if (written > 0 && static_cast<std::size_t>(written) % block == 0) return true;
  const auto why = written < 0 ? std::generic_category().message(errno) : "a short write";
  spdlog::info("no space is kept ready behind {}: {}", file_.string(), why);
  return false;
}

}  // namespace atrium
