// Journals written by released versions: every later one must read them, and read the same.
#include "tests/persistence/frozen_journal.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "persistence/codec.hpp"
#include "persistence/memory_journal.hpp"
#include "persistence/memory_stream_index.hpp"

namespace atrium {
namespace {

namespace fs = std::filesystem;
using tests::from_hex;
using tests::lines_of;

class FrozenJournalTest : public testing::TestWithParam<std::string> {
 protected:
  static fs::path root() { return fs::path(ATRIUM_SOURCE_DIR) / "tests/persistence/frozen"; }
  void SetUp() override {
    for (const auto& line : lines_of(root() / GetParam() / "records.hex"))
      records.push_back(from_hex(line));
    expected = lines_of(root() / GetParam() / "expected.jsonl");
    ASSERT_FALSE(records.empty());
    ASSERT_EQ(records.size(), expected.size());
  }
  std::vector<std::string> records;
  std::vector<std::string> expected;
};

TEST_P(FrozenJournalTest, EveryRecordReadsAsItDidThen) {
  for (std::size_t i = 0; i != records.size(); ++i) {
    const auto e = decode_record(i + 1, records[i]);
    ASSERT_TRUE(e) << "line " << i + 1 << ": " << e.error().detail;
    EXPECT_EQ(to_json_line(*e), expected[i]) << "line " << i + 1;
  }
}

TEST_P(FrozenJournalTest, TypesThatKeptTheirVersionAreStillWrittenTheSame) {
  for (std::size_t i = 0; i != records.size(); ++i) {
    const auto e = decode_record(i + 1, records[i]);
    ASSERT_TRUE(e);
    if (type_name(e->what) != e->type) continue;  // upcast: another version by now
    EXPECT_EQ(encode_data(e->what), decode_head(records[i])->data) << "line " << i + 1;
  }
}

TEST_P(FrozenJournalTest, AnIndexIsBuiltFromIt) {
  memory_journal log(12);
  std::set<std::string> streams;
  for (const auto& record : records) {
    const auto head = decode_head(record);
    ASSERT_TRUE(head);
    EXPECT_EQ(head->shard, shard_of(head->stream, 12));
    streams.insert(std::string(head->stream));
    log.append(head->shard, {record}, {});
  }
  log.flush();
  memory_stream_index index(log);
  index.catch_up();
  std::size_t events = 0;
  for (const auto& stream : streams) events += index.read_stream(stream, 1).size();
  EXPECT_EQ(events, records.size());
}

TEST(FrozenJournalsTest, TheFirstReleaseHoldsEveryTypeOfItsTime) {
  const auto dir = fs::path(ATRIUM_SOURCE_DIR) / "tests/persistence/frozen/v0.1.0";
  std::set<std::string, std::less<>> types;
  for (const auto& line : lines_of(dir / "records.hex")) {
    const std::string record = from_hex(line);
    types.insert(std::string(decode_head(record)->type));
  }
  EXPECT_EQ(types.size(), 35u);
}

std::vector<std::string> frozen_versions() {
  std::vector<std::string> all;
  for (const auto& e :
       fs::directory_iterator(fs::path(ATRIUM_SOURCE_DIR) / "tests/persistence/frozen"))
    if (e.is_directory()) all.push_back(e.path().filename());
  std::sort(all.begin(), all.end());
  return all;
}

INSTANTIATE_TEST_SUITE_P(Of, FrozenJournalTest, testing::ValuesIn(frozen_versions()),
                         [](const auto& info) {
                           std::string name = info.param;
                           std::replace(name.begin(), name.end(), '.', '_');
                           return name;
                         });

}  // namespace
}  // namespace atrium
