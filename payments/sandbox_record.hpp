#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "payments/sandbox_ledger.hpp"

/// The bytes of a ledger file: a 64-byte head, then lines of `u32 length, u32 checksum, payload`,
/// each starting on a multiple of 8. A length of zero ends the file. Little endian, as the machine.
namespace atrium::sandbox_file {

inline constexpr std::string_view magic = "ATRIUMSB";
inline constexpr std::uint32_t version = 1;
inline constexpr std::uint64_t head_bytes = 64;
inline constexpr std::uint64_t line_head_bytes = 8;
inline constexpr std::uint32_t max_payload_bytes = 64u << 10;

constexpr std::uint64_t padded(std::uint64_t bytes) {
  return (bytes + 7) & ~std::uint64_t{7};
}

/// CRC-32 of length and payload, so that a length of another line does not pass.
std::uint32_t checksum(std::string_view payload);

std::string encode(const ledger_entry& e);
/// Nothing when the payload is not what encode() makes.
std::optional<ledger_entry> decode(std::string_view payload, std::uint64_t offset);

/// The whole line at `offset` of a file of these bytes, or nothing at its end or at a damaged
/// place. `next` is set to the offset after the line.
std::optional<ledger_entry> line_at(std::string_view file, std::uint64_t offset,
                                    std::uint64_t& next);

/// For lines that are known to be whole, because line_at() found them so or this process wrote
/// them: no checksum is computed.
std::optional<ledger_entry> known_line_at(std::string_view file, std::uint64_t offset);
std::string_view payment_of_known_line(std::string_view file, std::uint64_t offset);

}  // namespace atrium::sandbox_file
