// Writes the sample journal as this release encodes it. Run once a release, before tagging it:
//   freeze_journal tests/persistence/frozen/v0.2.0
// and never again for that version: the point of a frozen journal is that it does not follow.
#include <filesystem>
#include <fstream>
#include <iostream>

#include "persistence/memory_journal.hpp"
#include "tests/persistence/frozen_journal.hpp"
#include "tests/persistence/sample_events.hpp"

int main(int argc, char** argv) {
  using namespace atrium;
  const std::filesystem::path dir = argc == 2 ? argv[1] : "";
  if (dir.empty() || std::filesystem::exists(dir)) {
    std::cerr << "usage: freeze_journal NEW_DIRECTORY\n";
    return 2;
  }
  memory_journal log(12);
  for (const auto& e : tests::sample_journal())
    log.append(shard_of(e.stream, log.shards()), {encode_record(e)}, {});
  log.flush();
  std::filesystem::create_directories(dir);
  std::ofstream records(dir / "records.hex");
  std::ofstream expected(dir / "expected.jsonl");
  log.read(1, SIZE_MAX, [&](std::uint64_t position, std::string_view record) {
    records << tests::to_hex(record) << '\n';
    expected << to_json_line(*decode_record(position, record)) << '\n';
    return true;
  });
  return records.good() && expected.good() ? 0 : 1;
}
