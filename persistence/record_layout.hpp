#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

/// Bytes of a journal record, format 1. All numbers are little-endian.
///
///   0  u8   format (1)
///   1  u8   zero
///   2  u16  shard            } filled in by the journal when the record becomes durable,
///   4  u64  offset           } not covered by the checksum
///  12  u32  checksum of everything from byte 16 on
///  16  u64  seq
///  24  i64  at, milliseconds since 1970
///  32  u16  length of type, stream, correlation, causation, actor (five numbers)
///  42  u32  length of data
///  46       the six texts in that order, nothing behind them
namespace atrium::record {

inline constexpr std::uint8_t format = 1;
inline constexpr std::size_t shard_at = 2, offset_at = 4, checksum_at = 12, seq_at = 16,
                             time_at = 24, lengths_at = 32, data_length_at = 42, head_size = 46;
inline constexpr std::size_t max_size = std::size_t{1} << 20;

template <class T>
T load(const char* from) noexcept {
  T n;
  std::memcpy(&n, from, sizeof n);
  return n;
}
template <class T>
void store(char* to, T n) noexcept {
  std::memcpy(to, &n, sizeof n);
}

/// Finds damage on disk, no defence against intent: FNV-1a over 8-byte words with a final mix,
/// folded to 32 bits. Part of format 1; never change it.
inline std::uint32_t checksum(std::string_view bytes) noexcept {
  constexpr std::uint64_t prime = 0x100000001b3;
  std::uint64_t h = 0xcbf29ce484222325 ^ bytes.size();
  const char* p = bytes.data();
  std::size_t left = bytes.size();
  for (; left >= 8; p += 8, left -= 8) {
    h = (h ^ load<std::uint64_t>(p)) * prime;
    h ^= h >> 32;
  }
  std::uint64_t tail = 0;
  if (left != 0) std::memcpy(&tail, p, left);
  h = (h ^ tail) * prime;
  h ^= h >> 29;
  h *= 0xbf58476d1ce4e5b9;
  return static_cast<std::uint32_t>(h ^ h >> 32);
}

/// What the journal fills in.
inline void place(char* record, std::uint16_t shard, std::uint64_t offset) noexcept {
  store(record + shard_at, shard);
  store(record + offset_at, offset);
}

}  // namespace atrium::record
