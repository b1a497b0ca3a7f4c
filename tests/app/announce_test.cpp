#include "app/announce.hpp"

#include <gtest/gtest.h>

namespace atrium {
namespace {

announcement plain() {
  announcement a;
  a.version = "1.2.3";
  a.address = "127.0.0.1:8080";
  a.data_dir = "/data";
  return a;
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t n = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++n;
  return n;
}

TEST(AnnounceTest, OneLineNamesTheAddressAndThreeCommandsFollow) {
  const auto text = to_text(plain());
  EXPECT_EQ(text.find("Atrium 1.2.3 is ready at http://127.0.0.1:8080 (data in /data)\n"), 0u);
  EXPECT_EQ(count(text, "curl "), 3u);
  EXPECT_NE(text.find("KEY=<your key>"), std::string::npos);
}

TEST(AnnounceTest, ANewKeyStandsBeforeTheReadyLine) {
  auto a = plain();
  a.new_key = "atr_secret";
  const auto text = to_text(a);
  EXPECT_LT(text.find("atr_secret"), text.find("is ready at"));
  EXPECT_NE(text.find("KEY=atr_secret"), std::string::npos);
}

TEST(AnnounceTest, TheDemonstrationShowsItsKeysAndASlotToBook) {
  auto a = plain();
  a.demo_keys = {{"Mina", "atr_mina"}, {"Jonas", "atr_jonas"}};
  a.demo_room = "rm_1";
  a.demo_start = "2030-01-01T10:00:00Z";
  a.demo_end = "2030-01-01T11:00:00Z";
  const auto text = to_text(a);
  for (const auto* part : {"atr_mina  Mina", "atr_jonas  Jonas", "KEY=atr_mina", "\"rm_1\"",
                           "2030-01-01T10:00:00Z", "Idempotency-Key"})
    EXPECT_NE(text.find(part), std::string::npos) << part;
  EXPECT_EQ(count(text, "curl "), 3u);
}

}  // namespace
}  // namespace atrium
