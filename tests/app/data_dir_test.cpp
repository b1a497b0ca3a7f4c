#include "app/data_dir.hpp"

#include <gtest/gtest.h>
#include <sodium.h>

#include <cstdlib>
#include <fstream>
#include <sys/stat.h>

namespace atrium {
namespace {

namespace fs = std::filesystem;

class DataDirTest : public testing::Test {
 protected:
  DataDirTest() {
    auto pattern = (fs::temp_directory_path() / "atrium-XXXXXX").string();
    root_ = ::mkdtemp(pattern.data());
    EXPECT_GE(::sodium_init(), 0);
  }
  ~DataDirTest() override { fs::remove_all(root_); }

  static void write(const fs::path& file, const std::string& text) { std::ofstream(file) << text; }
  static mode_t mode_of(const fs::path& file) {
    struct stat info {};
    EXPECT_EQ(::stat(file.c_str(), &info), 0);
    return info.st_mode & 0777;
  }

  fs::path root_;
};

TEST_F(DataDirTest, AMissingDirectoryIsMadeForItsOwnerOnly) {
  const auto where = prepare_data_dir(root_ / "a" / "b");
  ASSERT_TRUE(where);
  EXPECT_EQ(where->journal, root_ / "a" / "b" / "journal");
  EXPECT_EQ(mode_of(root_ / "a" / "b"), 0700u);
}

TEST_F(DataDirTest, OtherPeoplesFilesAreLeftAlone) {
  write(root_ / "thesis.tex", "x");
  const auto where = prepare_data_dir(root_);
  ASSERT_FALSE(where);
  EXPECT_NE(where.error().detail.find("thesis.tex"), std::string::npos);
}

TEST_F(DataDirTest, AFreshFileSystemIsEmptyEnough) {
  fs::create_directory(root_ / "lost+found");
  EXPECT_TRUE(prepare_data_dir(root_));
}

TEST_F(DataDirTest, OurOwnDirectoryMayHoldAnything) {
  fs::create_directory(root_ / "journal");
  write(root_ / "note.txt", "x");
  EXPECT_TRUE(prepare_data_dir(root_));
}

TEST_F(DataDirTest, ThePepperIsMadeOnceAndKept) {
  const auto where = layout_of(root_);
  const auto first = load_pepper(where);
  ASSERT_TRUE(first);
  EXPECT_NE(*first, http::key_pepper{});
  EXPECT_EQ(mode_of(where.pepper), 0600u);
  const auto second = load_pepper(where);
  ASSERT_TRUE(second);
  EXPECT_EQ(*first, *second);
}

TEST_F(DataDirTest, ADamagedPepperIsRefused) {
  const auto where = layout_of(root_);
  ASSERT_TRUE(write_private_file(where.pepper, "short"));
  const auto loaded = load_pepper(where);
  ASSERT_FALSE(loaded);
  EXPECT_NE(loaded.error().detail.find("32 bytes"), std::string::npos);
}

TEST_F(DataDirTest, APepperThatOthersCanReadIsRefused) {
  const auto where = layout_of(root_);
  ASSERT_TRUE(load_pepper(where));
  fs::permissions(where.pepper, fs::perms::group_read, fs::perm_options::add);
  const auto loaded = load_pepper(where);
  ASSERT_FALSE(loaded);
  EXPECT_NE(loaded.error().detail.find("chmod 600"), std::string::npos);
}

TEST_F(DataDirTest, AFileIsReplacedAsAWhole) {
  ASSERT_TRUE(write_private_file(root_ / "f", "one"));
  ASSERT_TRUE(write_private_file(root_ / "f", "two"));
  std::ifstream in(root_ / "f");
  std::string text;
  in >> text;
  EXPECT_EQ(text, "two");
  EXPECT_FALSE(fs::exists(root_ / "f.new"));
}

}  // namespace
}  // namespace atrium
