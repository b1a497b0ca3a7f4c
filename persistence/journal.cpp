#include "persistence/journal.hpp"

#include <stdexcept>

#include "persistence/record_layout.hpp"

namespace atrium {

shard_no shard_of(std::string_view key, shard_no shards) {
  std::uint64_t h = 0xcbf29ce484222325;
  for (const char c : key) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return static_cast<shard_no>(h % shards);
}

void check_batch(shard_no shard, shard_no shards, const journal::batch& records) {
  if (shard >= shards) throw std::logic_error("append to a shard that does not exist");
  if (records.size() > 64) throw std::logic_error("a batch holds at most 64 records");
  for (const auto& record : records)
    if (record.size() < record::head_size || record.size() > record::max_size)
      throw std::logic_error("a journal record holds 46 bytes to 1 MiB");
}

}  // namespace atrium
