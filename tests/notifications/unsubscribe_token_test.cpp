#include "notifications/unsubscribe_token.hpp"

#include <gtest/gtest.h>

namespace atrium {
namespace {

TEST(UnsubscribeTokenTest, NamesItsAccountAndNoOther) {
  server_pepper pepper{};
  pepper[0] = 7;
  const account_id mina("acc_mina"), jonas("acc_jonas");
  const auto token = unsubscribe_token(pepper, mina);
  EXPECT_EQ(account_of_token(pepper, token), mina);
  EXPECT_NE(token, unsubscribe_token(pepper, jonas));
  EXPECT_EQ(token, unsubscribe_token(pepper, mina)) << "the same mail has the same bytes";
  server_pepper another = pepper;
  another[31] ^= 1;
  EXPECT_FALSE(account_of_token(another, token));
}

TEST(UnsubscribeTokenTest, EveryChangedCharacterIsNoticed) {
  const server_pepper pepper{};
  const auto token = unsubscribe_token(pepper, account_id("acc_1"));
  for (std::size_t i = 0; i < token.size(); ++i) {
    auto changed = token;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(account_of_token(pepper, changed)) << i;
    EXPECT_FALSE(account_of_token(pepper, token.substr(0, i))) << i;
  }
  for (const char* wrong : {"", ".", "..", "A.", ".A", "=.="})
    EXPECT_FALSE(account_of_token(pepper, wrong));
  EXPECT_FALSE(account_of_token(pepper, token + "A"));
  EXPECT_FALSE(account_of_token(pepper, std::string(600, 'A')));
}

}  // namespace
}  // namespace atrium
