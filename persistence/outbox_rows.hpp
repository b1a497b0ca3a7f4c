#pragma once

#include <string>
#include <string_view>

#include "persistence/lmdb_env.hpp"
#include "persistence/outbox.hpp"

/// Keys and rows of the outbox. Unlike the views' rows they outlive a release: change them only
/// together with `outbox_format`, and read the old form.
namespace atrium::outbox_rows {

inline constexpr std::uint64_t outbox_format = 1;
inline constexpr std::size_t longest_error = 500;

struct destination_row {
  std::uint64_t waiting = 0;
  std::uint64_t ended = 0;
  std::optional<instant> failing_since;
};

std::string pack(const delivery& d);
/// Throws std::runtime_error on a damaged row.
delivery unpack(std::string destination, std::uint64_t position, std::string_view row);
std::string pack(const destination_row& row);
destination_row unpack_destination(std::string_view row);

/// "<destination>\0": what all keys of a destination begin with.
std::string prefix_of(std::string_view destination);
/// prefix + position.
std::string row_key(std::string_view destination, std::uint64_t position);
/// prefix + time + position, in order of time.
std::string time_key(std::string_view destination, instant at, std::uint64_t position);
struct time_place {
  instant at{};
  std::uint64_t position = 0;
};
time_place place_of(std::string_view time_key);

}  // namespace atrium::outbox_rows
