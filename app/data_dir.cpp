#include "app/data_dir.hpp"

#include <sodium.h>

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <fstream>
#include <string>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace atrium {
namespace {

namespace fs = std::filesystem;

failure cannot(const fs::path& what, const std::string& doing, int error) {
  return failure{error == ENOSPC ? ec::storage_full : ec::malformed,
                 what.string() + " " + doing + ": " + std::generic_category().message(error)};
}

/// What a freshly made file system may hold before anyone has used it.
bool is_innocent(const fs::path& name) {
  return name == "lost+found";
}

result<void> sync_folder(const fs::path& folder) {
  const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return cannot(folder, "cannot be opened", errno);
  const int error = ::fsync(fd) == 0 ? 0 : errno;
  ::close(fd);
  if (error != 0) return cannot(folder, "cannot be synchronised", error);
  return {};
}

}  // namespace

data_layout layout_of(const fs::path& data_dir) {
  return {data_dir,           data_dir / "journal", data_dir / "index",
          data_dir / "views", data_dir / "sandbox", data_dir / "pepper",
          data_dir / "demo",  data_dir / "outbox"};
}

result<data_layout> prepare_data_dir(const fs::path& data_dir) {
  auto where = layout_of(data_dir);
  std::error_code error;
  const bool is_new = fs::create_directories(data_dir, error);
  if (error) return cannot(data_dir, "cannot be made", error.value());
  if (is_new) fs::permissions(data_dir, fs::perms::owner_all, error);
  bool is_ours = fs::exists(where.journal, error);
  fs::directory_iterator entries(data_dir, error);
  if (error) return cannot(data_dir, "cannot be read", error.value());
  for (const auto& entry : entries) {
    if (is_ours || is_innocent(entry.path().filename())) continue;
    return failure{ec::malformed, data_dir.string() +
                                      " is not empty and holds no Atrium journal (" +
                                      entry.path().filename().string() +
                                      " is in it); nothing was changed. Name an empty or a new "
                                      "directory with --data-dir."};
  }
  return where;
}

result<http::key_pepper> load_pepper(const data_layout& where) {
  http::key_pepper pepper{};
  struct stat info {};
  if (::stat(where.pepper.c_str(), &info) != 0) {
    if (errno != ENOENT) return cannot(where.pepper, "cannot be examined", errno);
    randombytes_buf(pepper.data(), pepper.size());
    const std::string_view bytes(reinterpret_cast<const char*>(pepper.data()), pepper.size());
    if (auto written = write_private_file(where.pepper, bytes); !written) return written.error();
    return pepper;
  }
  if ((info.st_mode & 077) != 0)
    return failure{ec::malformed, where.pepper.string() +
                                      " can be read by other users: chmod 600 it, and think about "
                                      "who may have seen it."};
  std::ifstream in(where.pepper, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(in), {}};
  if (!in || bytes.size() != pepper.size())
    return failure{ec::malformed, where.pepper.string() +
                                      " is damaged: it has to hold 32 bytes. Restore it from a "
                                      "backup; without it no API key is valid any more."};
  std::copy(bytes.begin(), bytes.end(), pepper.begin());
  return pepper;
}

result<void> write_private_file(const fs::path& file, std::string_view content) {
  const auto fresh = fs::path(file.string() + ".new");
  const int fd = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) return cannot(fresh, "cannot be made", errno);
  int error = 0;
  while (!content.empty() && error == 0) {
    const auto written = ::write(fd, content.data(), content.size());
    if (written < 0 && errno != EINTR) error = errno;
    if (written > 0) content.remove_prefix(static_cast<std::size_t>(written));
  }
  if (error == 0 && ::fsync(fd) != 0) error = errno;
  ::close(fd);
  if (error == 0 && ::rename(fresh.c_str(), file.c_str()) != 0) error = errno;
  if (error != 0) {
    ::unlink(fresh.c_str());
    return cannot(file, "cannot be written", error);
  }
  return sync_folder(file.parent_path().empty() ? fs::path(".") : file.parent_path());
}

}  // namespace atrium
