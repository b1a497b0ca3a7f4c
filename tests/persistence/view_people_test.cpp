#include <gmock/gmock.h>

#include "tests/persistence/view_fixture.hpp"

namespace atrium::test {
namespace {

class PeopleViewTest : public testing::Test {
 protected:
  void key(const std::string& account, const std::string& id, const std::string& hash) {
    story.add("account/" + account,
              ev::api_key_created{api_key_id(id), "ci", {"rooms:read"}, hash, at_hour(50)});
  }

  script story;
  fed_views views;
};

TEST_F(PeopleViewTest, AccountsAreListedAndPaged) {
  for (const char* id : {"ac_b", "ac_a", "ac_c"}) story.account(id, std::string("Name ") + id);
  views.follow(story);
  const auto first = views->accounts(2, "");
  ASSERT_EQ(first->items.size(), 2U);
  EXPECT_EQ(first->items[0].id, account_id("ac_a"));
  const auto second = views->accounts(2, first->next);
  ASSERT_EQ(second->items.size(), 1U);
  EXPECT_EQ(second->items[0].facts.name, "Name ac_c");
  EXPECT_TRUE(second->next.empty());
}

TEST_F(PeopleViewTest, KeyOpensItsAccountUntilRevoked) {
  story.account("ac_1", "Ann");
  key("ac_1", "k_1", "aaaa");
  key("ac_1", "k_2", "bbbb");
  views.follow(story);
  const key_owner owner = views->find_key("aaaa").value();
  EXPECT_EQ(owner.account, account_id("ac_1"));
  EXPECT_EQ(owner.key, api_key_id("k_1"));
  EXPECT_EQ(owner.facts.name, "Ann");
  EXPECT_EQ(owner.expires_at, at_hour(50));
  EXPECT_EQ(views->keys(account_id("ac_1")).size(), 2U);
  EXPECT_FALSE(views->find_key("aaa"));
  story.add("account/ac_1", ev::api_key_revoked{api_key_id("k_1"), "aaaa"});
  views.follow(story);
  EXPECT_FALSE(views->find_key("aaaa"));
  EXPECT_TRUE(views->find_key("bbbb"));
  EXPECT_EQ(views->keys(account_id("ac_1")).size(), 1U);
}

TEST_F(PeopleViewTest, ChangedRoleCountsForKeysAtOnce) {
  story.account("ac_1", "Ann");
  key("ac_1", "k_1", "aaaa");
  story.add("account/ac_1", ev::account_changed{{"Ann", "a@b.c", ev::role::admin, "ko"}});
  views.follow(story);
  EXPECT_EQ(views->find_key("aaaa")->facts.as, ev::role::admin);
  EXPECT_EQ(views->account(account_id("ac_1"))->version, 3U);
}

TEST_F(PeopleViewTest, DeletedAccountTakesItsKeysAlong) {
  story.account("ac_1", "Ann");
  key("ac_1", "k_1", "aaaa");
  story.add("account/ac_1", ev::account_deleted{});
  views.follow(story);
  EXPECT_FALSE(views->account(account_id("ac_1")));
  EXPECT_FALSE(views->find_key("aaaa"));
  EXPECT_TRUE(views->keys(account_id("ac_1")).empty());
}

TEST_F(PeopleViewTest, ReviewsRateTheRoomAsTheyComeChangeAndGo) {
  story.account("ac_1", "Ann");
  story.room("rm_1", script::plain_room("Han"));
  const auto post = [&](const std::string& id, int rating) {
    story.add("review/rs_" + id,
              ev::review_posted{review_id(id), reservation_id("rs_" + id), room_id("rm_1"),
                                account_id("ac_1"), rating, "fine"});
  };
  const auto rating = [&] {
    views.follow(story);
    const room_doc d = views->room(room_id("rm_1")).value();
    EXPECT_EQ(views->room_json(room_id("rm_1"))->json, render(d));
    return std::pair(d.rating_sum, d.rating_count);
  };
  post("rv_1", 5);
  post("rv_2", 4);
  EXPECT_EQ(rating(), std::pair(std::int64_t{9}, std::int64_t{2}));
  story.add("review/rs_rv_1", ev::review_changed{review_id("rv_1"), 1, "not so fine"});
  EXPECT_EQ(rating(), std::pair(std::int64_t{5}, std::int64_t{2}));
  EXPECT_EQ(views->review(review_id("rv_1"))->text, "not so fine");
  EXPECT_EQ(views->review(review_id("rv_1"))->version, 2U);
  EXPECT_EQ(views->review(review_id("rv_1"))->author_name, "Ann");
  const auto listed = views->reviews(room_id("rm_1"), 10, "");
  ASSERT_EQ(listed->items.size(), 2U);
  EXPECT_EQ(listed->items[0].id, review_id("rv_2")) << "newest first";
  story.add("review/rs_rv_1", ev::review_deleted{review_id("rv_1")});
  EXPECT_EQ(rating(), std::pair(std::int64_t{4}, std::int64_t{1}));
  EXPECT_FALSE(views->review(review_id("rv_1")));
}

TEST_F(PeopleViewTest, MessageIsReadOnceAndKeepsItsIdInARebuild) {
  story.room("rm_1", script::plain_room("Han"));
  story.booked("rm_1", "rs_1", "ac_1", hours(9, 11));
  story.booked("rm_1", "rs_2", "ac_1", hours(12, 13));
  views.follow(story);
  const auto inbox = views->notifications(account_id("ac_1"), false, 10, "");
  ASSERT_EQ(inbox->items.size(), 2U);
  const notification_doc message = inbox->items[1];
  EXPECT_EQ(message.reservation, reservation_id("rs_1"));
  EXPECT_EQ(message.room_name, "Han");
  EXPECT_EQ(message.when, hours(9, 11));
  EXPECT_EQ(message.amount, (money{20'000, "KRW"}));
  EXPECT_FALSE(message.read_at);

  story.add("inbox/ac_1", ev::notification_read{message.id}, at_hour(3));
  story.add("inbox/ac_1", ev::notification_read{message.id}, at_hour(4));
  story.add("inbox/ac_2", ev::notification_read{inbox->items[0].id}, at_hour(4));
  story.add("inbox/ac_1", ev::notification_read{"no such message"}, at_hour(4));
  views.follow(story);
  EXPECT_EQ(views->notification(account_id("ac_1"), message.id)->read_at, at_hour(3));
  EXPECT_EQ(views->notifications(account_id("ac_1"), true, 10, "")->items.size(), 1U);
  EXPECT_FALSE(views->notification(account_id("ac_2"), message.id))
      << "ids open only one's own inbox";

  fed_views rebuilt;
  rebuilt.follow(story);
  EXPECT_EQ(rebuilt->notification(account_id("ac_1"), message.id)->reservation,
            reservation_id("rs_1"));
}

}  // namespace
}  // namespace atrium::test
