#include "app/storage.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>

namespace atrium {
namespace {

/// The journal cannot be written: nothing that waits will be answered, since nobody knows what is
/// on the disk. The text is for the operator; the next start reads what is really there.
void die_of_journal(const std::string& why) {
  spdlog::critical("stopping: {}", why);
  spdlog::shutdown();
  std::_Exit(74);  // EX_IOERR
}

}  // namespace

result<std::unique_ptr<storage>> storage::open(const options& o) {
  auto s = std::make_unique<storage>();
  auto where = prepare_data_dir(o.data_dir);
  if (!where) return where.error();
  s->where = std::move(*where);

  lmdb_journal_options journal_options;
  journal_options.dir = s->where.journal;
  journal_options.shards = static_cast<shard_no>(o.shards);
  journal_options.map_size_mb = static_cast<std::size_t>(o.journal_map_mb);
  journal_options.on_fatal = die_of_journal;
  auto log = lmdb_journal::open(std::move(journal_options));
  if (!log) return log.error();
  s->log = std::move(*log);

  const auto map_mb = static_cast<std::size_t>(o.views_map_mb);
  auto index = lmdb_stream_index::open(s->where.index, *s->log, map_mb);
  if (!index) return index.error();
  s->index = std::move(*index);

  auto read = views::open({s->where.views, map_mb});
  if (!read) return read.error();
  s->read = std::move(*read);

  s->feeder = std::make_unique<follower>(
      *s->log, std::vector<projection*>{&s->index->as_projection(), &s->read->as_projection()});
  const auto began = std::chrono::steady_clock::now();
  const auto behind =
      s->log->durable_position() - std::min(s->index->position(), s->read->position());
  s->feeder->catch_up();
  if (behind > 0)
    spdlog::info(
        "caught up with {} events of the journal in {} ms", behind,
        std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - began).count());
  s->log->subscribe([feeder = s->feeder.get()](std::uint64_t) { feeder->nudge(); });
  return s;
}

void storage::close() {
  // The journal first: its thread nudges the follower.
  if (log) log->close();
  if (feeder) {
    feeder->stop();
    feeder.reset();
  }
  if (read) read->close();
  read.reset();
  if (index) index->close();
  index.reset();
  log.reset();
}

}  // namespace atrium
