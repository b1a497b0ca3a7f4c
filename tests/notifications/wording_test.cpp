#include "notifications/wording.hpp"

#include <gtest/gtest.h>

namespace atrium {
namespace {

TEST(WordingTest, AmountsHaveTheDecimalsOfTheirCurrency) {
  EXPECT_EQ(money_text({33'000, "KRW"}, language::en), "KRW 33,000");
  EXPECT_EQ(money_text({33'000, "KRW"}, language::ko), "33,000원");
  EXPECT_EQ(money_text({1'234'567, "EUR"}, language::en), "EUR 12,345.67");
  EXPECT_EQ(money_text({1'205, "EUR"}, language::ko), "12.05 EUR");
  EXPECT_EQ(money_text({5, "USD"}, language::en), "USD 0.05");
  EXPECT_EQ(money_text({0, "KRW"}, language::ko), "0원");
  EXPECT_EQ(money_text({1'500, "KWD"}, language::en), "KWD 1.500");
  EXPECT_EQ(money_text({-1'500, "USD"}, language::en), "USD -15.00");
}

TEST(WordingTest, SlotsAreInTheRoomsTime) {
  const auto at = [](const char* text) { return parse_instant(text).value(); };
  EXPECT_EQ(local_slot_text({at("2026-11-22T00:00:00Z"), at("2026-11-22T02:30:00Z")}, "Asia/Seoul"),
            "2026-11-22 09:00-11:30 (Asia/Seoul)");
  EXPECT_EQ(local_slot_text({at("2026-11-22T14:00:00Z"), at("2026-11-22T16:00:00Z")}, "Asia/Seoul"),
            "2026-11-22 23:00 - 2026-11-23 01:00 (Asia/Seoul)");
}

TEST(WordingTest, UnknownDeclineCodesAreShownAsTheyAre) {
  EXPECT_EQ(decline_text("insufficient_funds", language::en), "The card has insufficient funds.");
  EXPECT_NE(decline_text("new_code", language::en).find("new_code"), std::string::npos);
  EXPECT_NE(decline_text("new_code", language::ko).find("new_code"), std::string::npos);
  EXPECT_NE(decline_text("", language::en).find("unknown"), std::string::npos);
}

TEST(WordingTest, LanguageTagsOfKoreaAreKorean) {
  EXPECT_EQ(parse_language("ko"), language::ko);
  EXPECT_EQ(parse_language("ko-KR"), language::ko);
  EXPECT_EQ(parse_language("kok"), language::en);
  EXPECT_EQ(parse_language(""), language::en);
}

}  // namespace
}  // namespace atrium
