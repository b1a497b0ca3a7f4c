#pragma once

#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <string>
#include <vector>

#include "persistence/lmdb_journal.hpp"
#include "tests/persistence/sample_events.hpp"

namespace atrium::tests {

inline lmdb_journal_options small_journal(const std::filesystem::path& dir) {
  lmdb_journal_options o;
  o.dir = dir;
  o.shards = 4;
  o.map_size_mb = 16;
  return o;
}

/// Opens or fails the test with the reason.
inline std::unique_ptr<lmdb_journal> open_journal(lmdb_journal_options options) {
  auto opened = lmdb_journal::open(std::move(options));
  if (!opened) {
    ADD_FAILURE() << opened.error().detail;
    return nullptr;
  }
  return std::move(*opened);
}

/// Appends and waits until durable.
inline append_result append_now(journal& log, shard_no shard, journal::batch records) {
  std::promise<append_result> answer;
  log.append(shard, std::move(records), [&](const append_result& r) { answer.set_value(r); });
  return answer.get_future().get();
}

/// Writes the sample journal, one batch an event, and waits until all is durable.
inline void append_samples(journal& log) {
  for (const auto& e : sample_journal())
    log.append(shard_of(e.stream, log.shards()), {encode_record(e)}, {});
  append_now(log, 0, {});
}

inline std::vector<std::string> records_of(const journal& log, std::uint64_t from = 1) {
  std::vector<std::string> all;
  log.read(from, SIZE_MAX, [&](std::uint64_t, std::string_view record) {
    all.emplace_back(record);
    return true;
  });
  return all;
}

}  // namespace atrium::tests
