#include "psp/ledger.hpp"

#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <zlib.h>

namespace atrium::psp {
namespace {

constexpr std::size_t sum_chars = 9;  // eight hex digits and a space
constexpr std::size_t most_line_bytes = 1u << 20;

failure cannot(const std::filesystem::path& file, const std::string& what) {
  return {ec::malformed, "ledger " + file.string() + ": " + what};
}

std::string checksum(std::string_view line) {
  const auto crc = ::crc32_z(0, reinterpret_cast<const Bytef*>(line.data()), line.size());
  char text[sum_chars + 1];
  std::snprintf(text, sizeof text, "%08x ", static_cast<unsigned>(crc));
  return text;
}

class file_ledger final : public ledger {
 public:
  file_ledger() = default;
  file_ledger(const file_ledger&) = delete;
  file_ledger& operator=(const file_ledger&) = delete;
  ~file_ledger() override {
    if (fd_ >= 0) ::close(fd_);
  }

  std::optional<failure> start(const std::filesystem::path& file,
                               const std::function<void(place, std::string_view)>& visit) {
    if (file.has_parent_path()) std::filesystem::create_directories(file.parent_path());
    fd_ = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd_ < 0) return cannot(file, std::generic_category().message(errno));
    if (::flock(fd_, LOCK_EX | LOCK_NB) != 0)
      return cannot(file, "another process is writing to it; stop that first");
    std::string pending;
    char chunk[64 * 1024];
    std::uint64_t at = 0;
    while (true) {
      const auto n = ::pread(fd_, chunk, sizeof chunk, static_cast<off_t>(at));
      if (n < 0) return cannot(file, std::generic_category().message(errno));
      if (n == 0) break;
      at += static_cast<std::uint64_t>(n);
      pending.append(chunk, static_cast<std::size_t>(n));
      if (!take_lines(pending, visit))
        return cannot(file, "damaged at byte " + std::to_string(end_) +
                                "; nothing was changed. Move it away to start with an empty one.");
    }
    dropped_ = pending.size();
    if (::ftruncate(fd_, static_cast<off_t>(end_)) != 0)
      return cannot(file, std::generic_category().message(errno));
    return std::nullopt;
  }

  std::optional<place> append(std::string_view line) override {
    if (line.size() > most_line_bytes || line.find('\n') != std::string_view::npos)
      return std::nullopt;
    std::string text;
    text.reserve(sum_chars + line.size() + 1);
    text.append(checksum(line)).append(line).append("\n");
    std::size_t written = 0;
    while (written < text.size()) {
      const auto n = ::pwrite(fd_, text.data() + written, text.size() - written,
                              static_cast<off_t>(end_ + written));
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) {
        if (::ftruncate(fd_, static_cast<off_t>(end_)) != 0) return std::nullopt;
        return std::nullopt;
      }
      written += static_cast<std::size_t>(n);
    }
    const place where{end_ + sum_chars, static_cast<std::uint32_t>(line.size())};
    end_ += text.size();
    return where;
  }

  std::optional<std::string> read(place where) const override {
    std::string line(where.bytes, '\0');
    const auto n = ::pread(fd_, line.data(), line.size(), static_cast<off_t>(where.offset));
    if (n != static_cast<ssize_t>(line.size())) return std::nullopt;
    return line;
  }

  std::uint64_t dropped_bytes() const override { return dropped_; }

 private:
  /// Visits the whole lines at the front of `pending` and removes them; false at a damaged one.
  bool take_lines(std::string& pending, const std::function<void(place, std::string_view)>& visit) {
    std::size_t from = 0;
    for (auto end = pending.find('\n'); end != std::string::npos; end = pending.find('\n', from)) {
      const auto text = std::string_view(pending).substr(from, end - from);
      if (text.size() < sum_chars || checksum(text.substr(sum_chars)) != text.substr(0, sum_chars))
        return false;
      visit({end_ + sum_chars, static_cast<std::uint32_t>(text.size() - sum_chars)},
            text.substr(sum_chars));
      end_ += text.size() + 1;
      from = end + 1;
    }
    pending.erase(0, from);
    return pending.size() <= most_line_bytes + sum_chars;
  }

  int fd_ = -1;
  std::uint64_t end_ = 0, dropped_ = 0;
};

}  // namespace

result<std::unique_ptr<ledger>> ledger::open(
    const std::filesystem::path& file, const std::function<void(place, std::string_view)>& visit) {
  auto opened = std::make_unique<file_ledger>();
  if (auto why = opened->start(file, visit)) return *why;
  return std::unique_ptr<ledger>(std::move(opened));
}

}  // namespace atrium::psp
