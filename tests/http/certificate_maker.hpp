#pragma once

#include <filesystem>
#include <string>

namespace atrium::http::test {

/// A fresh P-256 key and a certificate for localhost signed with it, as PEM text.
struct certificate {
  std::string chain, key;
};
/// Valid from `from_s` to `until_s` seconds from now.
certificate make_certificate(long from_s = -3600, long until_s = 3600);

/// The private key of `c` under a passphrase.
std::string with_passphrase(const certificate& c);

/// A directory of its own with files in it, removed at the end.
class file_box {
 public:
  file_box();
  ~file_box();
  file_box(const file_box&) = delete;
  file_box& operator=(const file_box&) = delete;
  /// Writes (or replaces) a file; its path.
  std::filesystem::path put(const std::string& name, const std::string& text) const;
  std::filesystem::path at(const std::string& name) const { return dir_ / name; }

 private:
  std::filesystem::path dir_;
};

}  // namespace atrium::http::test
