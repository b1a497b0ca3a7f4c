#include "domain/review.hpp"

#include <gtest/gtest.h>

#include "tests/domain/builders.hpp"

namespace atrium {
namespace {

class ReviewTest : public ::testing::Test {
 protected:
  result<std::vector<event>> run(const review_command& c) {
    auto decided = said.decide(c, now);
    if (decided) {
      for (const auto& e : *decided) said.apply(e, now, ++seq);
    }
    return decided;
  }
  static cmd::post_review post(int rating = 4, const std::string& text = "Bright and quiet") {
    return {review_id{"rev"},
            reservation_id{"res"},
            room_id{"atelier"},
            account_id{"ann"},
            rating,
            text};
  }

  instant now = testing::clock("08:00");
  std::uint64_t seq = 0;
  review said;
};

TEST_F(ReviewTest, IsPostedChangedAndDeletedByItsAuthor) {
  ASSERT_TRUE(run(post()));
  EXPECT_TRUE(said.exists());
  EXPECT_EQ(said.id(), review_id{"rev"});
  ASSERT_EQ(run(cmd::change_review{account_id{"ann"}, 5, "Even better", 1})->size(), 1u);
  EXPECT_EQ(said.version(), 2u);
  ASSERT_TRUE(run(cmd::delete_review{account_id{"ann"}, false, 2}));
  EXPECT_FALSE(said.exists());
}

TEST_F(ReviewTest, OneBookingHasOneReview) {
  ASSERT_TRUE(run(post()));
  EXPECT_TRUE(run(post())->empty());
  EXPECT_EQ(run(post(1, "Changed my mind")).error().code, ec::already_exists);
}

TEST_F(ReviewTest, ADeletedReviewMayBeWrittenAnew) {
  ASSERT_TRUE(run(post()));
  ASSERT_TRUE(run(cmd::delete_review{account_id{"op"}, true, 0}));
  EXPECT_EQ(run(cmd::delete_review{account_id{"op"}, true, 0}).error().code, ec::not_found);
  EXPECT_EQ(run(post(1, "Again"))->size(), 1u);
  EXPECT_TRUE(said.exists());
}

TEST_F(ReviewTest, OthersMayNotTouchIt) {
  ASSERT_TRUE(run(post()));
  EXPECT_EQ(run(cmd::change_review{account_id{"bob"}, 1, "Bad", 0}).error().code, ec::forbidden);
  EXPECT_EQ(run(cmd::delete_review{account_id{"bob"}, false, 0}).error().code, ec::forbidden);
}

TEST_F(ReviewTest, StaleVersionsAreRefused) {
  ASSERT_TRUE(run(post()));
  EXPECT_EQ(run(cmd::change_review{account_id{"ann"}, 1, "Bad", 9}).error().code,
            ec::precondition_failed);
  EXPECT_EQ(run(cmd::delete_review{account_id{"ann"}, false, 9}).error().code,
            ec::precondition_failed);
}

TEST_F(ReviewTest, RatingAndTextAreBounded) {
  for (const int rating : {0, 6, -1}) {
    EXPECT_EQ(run(post(rating)).error().violations.at(0).pointer, "/rating");
  }
  EXPECT_EQ(run(post(5, std::string(4001, 'x'))).error().violations.at(0).pointer, "/text");
  ASSERT_TRUE(run(post()));
  EXPECT_EQ(run(cmd::change_review{account_id{"ann"}, 6, "", 0}).error().code, ec::validation);
}

TEST_F(ReviewTest, NoReviewNoChange) {
  EXPECT_EQ(run(cmd::change_review{account_id{"ann"}, 1, "", 0}).error().code, ec::not_found);
  EXPECT_EQ(run(cmd::delete_review{account_id{"ann"}, false, 0}).error().code, ec::not_found);
}

}  // namespace
}  // namespace atrium
