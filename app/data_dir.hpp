#pragma once

#include <filesystem>

#include "domain/failure.hpp"
#include "http/credentials.hpp"

namespace atrium {

/// Where things are in a data directory.
struct data_layout {
  std::filesystem::path root, journal, index, views, sandbox, pepper, demo, outbox;
};
data_layout layout_of(const std::filesystem::path& data_dir);

/// Makes the directory (mode 0700) when it is missing. Refuses one that holds other people's files:
/// not empty, and no journal in it.
result<data_layout> prepare_data_dir(const std::filesystem::path& data_dir);

/// The secret key of the key hashes: read, or made on the first start. It is on the disk before it
/// is used, since losing it makes every API key worthless. Fails when the file is not 32 bytes or
/// can be read by others.
result<http::key_pepper> load_pepper(const data_layout& where);

/// Replaces `file` (mode 0600) as a whole: written, synchronised, renamed. Nothing, or why not.
result<void> write_private_file(const std::filesystem::path& file, std::string_view content);

}  // namespace atrium
