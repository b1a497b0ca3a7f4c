#include "persistence/maintenance.hpp"

#include <cstdio>
#include <iostream>
#include <system_error>

#include "app/commands.hpp"
#include "app/data_dir.hpp"

namespace atrium {
namespace {

namespace fs = std::filesystem;

int complain(const std::string& why) {
  std::fprintf(stderr, "atrium: %s\n", why.c_str());
  return 1;
}

/// "1,234,567"
std::string grouped(std::uint64_t n) {
  auto text = std::to_string(n);
  for (int at = static_cast<int>(text.size()) - 3; at > 0; at -= 3) text.insert(at, ",");
  return text;
}

void line(const char* name, const std::string& value) {
  std::printf("%-24s %s\n", name, value.c_str());
}

/// What belongs to a data directory besides what persistence/ knows: without the pepper a restored
/// journal's API keys would open nothing.
result<void> copy_private_files(const data_layout& from, const data_layout& to) {
  for (const auto member : {&data_layout::pepper, &data_layout::demo}) {
    std::error_code error;
    if (!fs::exists(from.*member, error)) continue;
    fs::copy_file(from.*member, to.*member, error);
    if (error)
      return failure{ec::malformed,
                     (from.*member).string() + " cannot be copied: " + error.message()};
    fs::permissions(to.*member, fs::perms::owner_read | fs::perms::owner_write, error);
  }
  return {};
}

int report(const char* done, const result<maintenance::backup_report>& r, const data_layout& from,
           const data_layout& to) {
  if (!r) return complain(r.error().detail);
  if (const auto copied = copy_private_files(from, to); !copied)
    return complain(copied.error().detail);
  std::printf("%s %s up to position %s, %s bytes\n", done, to.root.c_str(),
              grouped(r->last_position).c_str(), grouped(r->bytes).c_str());
  return 0;
}

}  // namespace

int verify_journal(const fs::path& data_dir) {
  const auto r = maintenance::verify(data_dir);
  if (!r) return complain(r.error().detail);
  for (const auto& problem : r->problems) std::printf("%s\n", problem.c_str());
  if (r->problem_count > r->problems.size())
    std::printf("... and %s more\n", grouped(r->problem_count - r->problems.size()).c_str());
  std::printf("%s events in %s streams, %u shards, last position %s: %s\n",
              grouped(r->events).c_str(), grouped(r->streams).c_str(), unsigned{r->shards},
              grouped(r->last_position).c_str(), r->is_sound() ? "sound" : "DAMAGED");
  return r->is_sound() ? 0 : 1;
}

int dump_journal(const fs::path& data_dir, std::uint64_t from, std::uint64_t limit) {
  std::ios::sync_with_stdio(false);
  const auto r = maintenance::dump(data_dir, std::cout, from, limit);
  std::cout.flush();
  return r ? 0 : complain(r.error().detail);
}

int print_journal_stats(const fs::path& data_dir) {
  const auto r = maintenance::stats(data_dir);
  if (!r) return complain(r.error().detail);
  line("events", grouped(r->last_position));
  line("streams", grouped(r->streams));
  line("shards", std::to_string(r->shards));
  line("bytes of records", grouped(r->record_bytes));
  line("bytes of the file", grouped(r->file_bytes));
  if (r->first_at != instant{}) {
    line("first event at", format_instant(r->first_at));
    line("last event at", format_instant(r->last_at));
  }
  std::printf("\n%-34s %12s %14s\n", "type", "events", "bytes");
  for (const auto& [type, n] : r->types)
    std::printf("%-34s %12s %14s\n", type.c_str(), grouped(n.events).c_str(),
                grouped(n.bytes).c_str());
  std::printf("\n%-34s %12s\n", "shard", "events");
  for (std::size_t shard = 0; shard < r->events_by_shard.size(); ++shard)
    std::printf("%-34zu %12s\n", shard, grouped(r->events_by_shard[shard]).c_str());
  return 0;
}

int back_up(const fs::path& data_dir, const fs::path& to) {
  return report("backed up to", maintenance::backup(data_dir, to, system_clock().now()),
                layout_of(data_dir), layout_of(to));
}

int restore(const fs::path& from, const fs::path& data_dir) {
  return report("restored", maintenance::restore(from, data_dir), layout_of(from),
                layout_of(data_dir));
}

int rebuild_views(const fs::path& data_dir) {
  const auto reached = maintenance::rebuild_views(data_dir);
  if (!reached) return complain(reached.error().detail);
  std::printf("the read model is built again, up to position %s\n", grouped(*reached).c_str());
  return 0;
}

}  // namespace atrium
