// verify, dump, stats and the rebuild of views; backup and restore are in backup.cpp.
#include "persistence/maintenance.hpp"

#include <ostream>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "domain/refusal.hpp"
#include "persistence/derived_env.hpp"
#include "persistence/journal_snapshot.hpp"
#include "persistence/lmdb_env.hpp"
#include "persistence/lmdb_journal.hpp"
#include "persistence/stream_facts.hpp"
#include "persistence/views.hpp"

namespace atrium::maintenance {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t max_problems_told = 100;

/// Holds record after record against those before it.
class verifier {
 public:
  explicit verifier(verify_report& report) : report_(report), offsets_(report.shards, 0) {}

  void check(std::uint64_t position, std::string_view record) {
    if (position != ++expected_) {
      problem(position, "follows position " + std::to_string(expected_ - 1));
      expected_ = position;
    }
    const auto e = decode_record(position, record);
    if (!e) return problem(position, e.error().detail);
    ++report_.events;
    check_places(*e);
    check_beginning(*e);
  }
  std::uint64_t streams() const { return seqs_.size(); }

 private:
  void check_places(const stored_event& e) {
    if (e.shard >= report_.shards) {
      problem(e.position, "shard " + std::to_string(e.shard) + " does not exist");
    } else if (auto& last = offsets_[e.shard]; e.offset != last + 1) {
      problem(e.position, "offset " + std::to_string(e.offset) + " follows " +
                              std::to_string(last) + " in shard " + std::to_string(e.shard));
      last = e.offset;
    } else {
      ++last;
    }
    auto& seq = seqs_[e.stream];
    if (e.seq != seq + 1)
      problem(e.position, "seq " + std::to_string(e.seq) + " follows " + std::to_string(seq) +
                              " in stream " + e.stream);
    seq = e.seq;
    if (e.at < min_instant || e.at > max_instant) problem(e.position, "its time is out of range");
  }

  void check_beginning(const stored_event& e) {
    if (e.seq != 1) return;
    bool founded = true;
    if (!id_in(e.stream, room_streams).empty()) {
      founded = std::holds_alternative<ev::room_registered>(e.what);
    } else if (!id_in(e.stream, saga_streams).empty()) {
      founded = std::holds_alternative<ev::saga_started>(e.what);
    } else if (e.stream.starts_with("account/")) {
      founded = std::holds_alternative<ev::account_created>(e.what);
    }
    if (!founded) problem(e.position, "stream " + e.stream + " begins with " + e.type);
  }

  void problem(std::uint64_t position, const std::string& what) {
    if (++report_.problem_count <= max_problems_told)
      report_.problems.push_back("position " + std::to_string(position) + ": " + what);
  }

  verify_report& report_;
  std::uint64_t expected_ = 0;
  std::vector<std::uint64_t> offsets_;
  std::unordered_map<std::string, std::uint64_t> seqs_;
};

}  // namespace

result<verify_report> verify(const fs::path& data_dir) {
  const auto log = journal_snapshot::open(data_dir / "journal");
  if (!log) return log.error();
  verify_report report;
  report.journal_id = log->facts().journal_id;
  report.shards = log->facts().shards;
  report.last_position = log->facts().last_position;
  verifier v(report);
  log->for_each(1, [&](std::uint64_t position, std::string_view record) {
    v.check(position, record);
    return true;
  });
  report.streams = v.streams();
  return report;
}

result<std::uint64_t> dump(const fs::path& data_dir, std::ostream& out, std::uint64_t from,
                           std::uint64_t limit) {
  const auto log = journal_snapshot::open(data_dir / "journal");
  if (!log) return log.error();
  std::uint64_t written = 0;
  std::string problem;
  log->for_each(from, [&](std::uint64_t position, std::string_view record) {
    if (written == limit) return false;
    const auto e = decode_record(position, record);
    if (!e) {
      problem = "position " + std::to_string(position) + ": " + e.error().detail;
      return false;
    }
    out << to_json_line(*e) << '\n';
    ++written;
    return out.good();
  });
  if (!problem.empty()) return refusal(ec::malformed, problem);
  if (!out.good()) return refusal(ec::storage_full, "the output cannot be written");
  return written;
}

result<std::uint64_t> each_event(const fs::path& data_dir,
                                 const std::function<void(const stored_event&)>& visit) {
  const auto log = journal_snapshot::open(data_dir / "journal");
  if (!log) return log.error();
  std::string problem;
  std::uint64_t last = 0;
  log->for_each(1, [&](std::uint64_t position, std::string_view record) {
    const auto e = decode_record(position, record);
    if (!e) {
      problem = "position " + std::to_string(position) + ": " + e.error().detail;
      return false;
    }
    visit(*e);
    last = position;
    return true;
  });
  if (!problem.empty()) return refusal(ec::malformed, problem);
  return last;
}

result<journal_summary> stats(const fs::path& data_dir) {
  const auto log = journal_snapshot::open(data_dir / "journal");
  if (!log) return log.error();
  journal_summary s;
  s.journal_id = log->facts().journal_id;
  s.shards = log->facts().shards;
  s.last_position = log->facts().last_position;
  for (const auto next : log->facts().next_offsets) s.events_by_shard.push_back(next - 1);
  s.file_bytes = log->env().map_used();
  std::string problem;
  log->for_each(1, [&](std::uint64_t position, std::string_view record) {
    const auto head = decode_head(record);
    if (!head) {
      problem = "position " + std::to_string(position) + ": " + head.error().detail;
      return false;
    }
    auto& type = s.types[std::string(head->type)];
    ++type.events;
    type.bytes += record.size();
    s.record_bytes += record.size();
    if (head->seq == 1) ++s.streams;
    if (position == 1) s.first_at = head->at;
    s.last_at = head->at;
    return true;
  });
  if (!problem.empty()) return refusal(ec::malformed, problem);
  return s;
}

result<std::uint64_t> rebuild_views(const fs::path& data_dir) {
  lmdb_journal_options log_options;
  log_options.dir = data_dir / "journal";
  if (std::error_code ignored; !fs::exists(log_options.dir / lmdb::data_file, ignored))
    return refusal(ec::not_found, "there is no journal in " + log_options.dir.string());
  auto log = lmdb_journal::open(log_options);
  if (!log) return log.error();
  try {
    derived_env::drop(data_dir / "views");
  } catch (const fs::filesystem_error& e) {
    return journal_files::explain(data_dir / "views", e.code().value(), e.what());
  }
  views::options options;
  options.dir = data_dir / "views";
  options.journal_id = (*log)->id();
  auto built = views::open(options);
  if (!built) return built.error();
  follower feed(**log, {&(*built)->as_projection()});
  feed.catch_up();
  const auto status = feed.describe().front();
  if (status.lag != 0)
    return refusal(ec::malformed, "the views stopped at position " +
                                      std::to_string(status.position) + ": " + status.last_error);
  (*built)->close();
  return status.position;
}

}  // namespace atrium::maintenance
