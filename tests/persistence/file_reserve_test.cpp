#include "persistence/file_reserve.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <fcntl.h>
#include <functional>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

#include "tests/persistence/temp_dir.hpp"

namespace atrium {
namespace {

constexpr std::size_t page = 4096;

/// An owner that writes pages, each full of its own number, one behind the other.
class owner {
 public:
  explicit owner(const std::filesystem::path& file)
      : file_(file), fd_(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {}
  ~owner() { ::close(fd_); }
  owner(const owner&) = delete;
  owner& operator=(const owner&) = delete;

  void write_page() {
    const std::string bytes(page, letter(pages_));
    ASSERT_EQ(::pwrite(fd_, bytes.data(), page, static_cast<off_t>(used())),
              static_cast<ssize_t>(page));
    ++pages_;
  }
  std::uint64_t used() const { return pages_ * page; }
  std::uint64_t size() const { return std::filesystem::file_size(file_); }

  /// Every page that was written has its number, and all behind them is zero.
  void check() const {
    std::vector<char> bytes(size());
    ASSERT_EQ(::pread(fd_, bytes.data(), bytes.size(), 0), static_cast<ssize_t>(bytes.size()));
    for (std::size_t i = 0; i != bytes.size(); ++i)
      ASSERT_EQ(bytes[i], i / page < pages_ ? letter(i / page) : '\0') << "byte " << i;
  }

 private:
  static char letter(std::uint64_t n) { return static_cast<char>('a' + n % 26); }

  std::filesystem::path file_;
  int fd_;
  std::uint64_t pages_ = 0;
};

/// False after ten seconds.
bool eventually(const std::function<bool()>& holds) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!holds()) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::yield();
  }
  return true;
}

/// Whether the file grows to so many bytes; where the file system takes no direct writes (tmpfs of
/// older kernels) it must stay as it is.
bool grows_to(const owner& file, std::uint64_t bytes, const tests::temp_dir& dir) {
  const int fd = ::open((dir / "probe").c_str(), O_WRONLY | O_CREAT | O_DIRECT | O_CLOEXEC, 0600);
  if (fd < 0) return file.size() < bytes;
  ::close(fd);
  return eventually([&] { return file.size() >= bytes; });
}

TEST(FileReserveTest, KeepsAsMuchReadyAsIsUsedWithinItsBounds) {
  const tests::temp_dir dir;
  owner file(dir / "data");
  file.write_page();
  file_reserve reserve(dir / "data");
  reserve.used(file.used());
  EXPECT_TRUE(grows_to(file, page + file_reserve::smallest, dir));
  reserve.used(3 * file_reserve::smallest);
  EXPECT_TRUE(grows_to(file, 6 * file_reserve::smallest, dir));
  reserve.used(10 * file_reserve::smallest);
  EXPECT_TRUE(grows_to(file, 20 * file_reserve::smallest, dir));
  EXPECT_LE(file.size(), 20 * file_reserve::smallest + file_reserve::piece);
}

TEST(FileReserveTest, KeepsNoMoreThanItsBoundReady) {
  const tests::temp_dir dir;
  owner file(dir / "data");
  file.write_page();
  const std::uint64_t used = 2 * file_reserve::largest;
  std::filesystem::resize_file(dir / "data", used);
  file_reserve reserve(dir / "data");
  reserve.used(used);
  EXPECT_TRUE(grows_to(file, used + file_reserve::largest, dir));
  EXPECT_LE(file.size(), used + file_reserve::largest + file_reserve::piece);
}

TEST(FileReserveTest, ZerosNeverMeetWhatTheOwnerWrites) {
  const tests::temp_dir dir;
  owner file(dir / "data");
  file.write_page();
  {
    file_reserve reserve(dir / "data");
    // Far ahead of what it tells, behind, and past the end of the file.
    for (int i = 0; i != 4000; ++i) {
      file.write_page();
      if (i % 7 == 0) reserve.used(file.used());
    }
  }
  file.check();
}

TEST(FileReserveTest, AFileThatCannotHaveOneIsLeftAlone) {
  const tests::temp_dir dir;
  owner file(dir / "data");
  file.write_page();
  std::filesystem::resize_file(dir / "data", 1000);  // no direct write could go on here
  {
    file_reserve reserve(dir / "data");
    reserve.used(1000);
  }
  EXPECT_EQ(file.size(), 1000u);
  file_reserve nowhere(dir / "missing");
  nowhere.used(1);
  EXPECT_FALSE(std::filesystem::exists(dir / "missing"));
}

}  // namespace
}  // namespace atrium
