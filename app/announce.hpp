#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace atrium {

/// What a person learns when the server is ready. Goes to standard output, never into the log.
struct announcement {
  std::string version;
  std::string scheme = "http";  ///< or "https"
  std::string address;          ///< "127.0.0.1:8080"
  std::filesystem::path data_dir;
  std::string new_key;  ///< the administrator's, when it was made just now
  std::vector<std::pair<std::string, std::string>> demo_keys;  ///< name, key
  std::string demo_room;             ///< id of a room to book; empty without --demo
  std::string demo_start, demo_end;  ///< a free slot in it
};

/// Keys first, then the line `Atrium <version> is ready at <scheme>://<address> (data in <dir>)`,
/// then three commands to try: who waits for the line has the keys by then.
std::string to_text(const announcement& a);

}  // namespace atrium
