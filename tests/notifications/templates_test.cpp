#include "notifications/templates.hpp"

#include <gtest/gtest.h>
#include <rapidjson/document.h>

#include <set>

namespace atrium {
namespace {

notification_doc message(std::string type, std::int64_t amount = 22'000, std::string extra = {}) {
  notification_doc d;
  d.id = "ntf_7";
  d.type = std::move(type);
  d.account = account_id("ac_1");
  d.reservation = reservation_id("rs_1");
  d.room = room_id("rm_1");
  d.room_name = "Han";
  d.time_zone = "Asia/Seoul";
  d.when = {parse_instant("2026-11-22T00:00:00Z").value(),
            parse_instant("2026-11-22T02:00:00Z").value()};
  d.amount = {amount, "KRW"};
  d.extra = std::move(extra);
  d.created_at = parse_instant("2026-11-21T00:00:00Z").value();
  return d;
}

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

const char* const types[] = {
    "reservation.confirmed", "reservation.changed",    "reservation.not_changed",
    "reservation.cancelled", "reservation.expired",    "reservation.rejected",
    "reservation.no_show",   "payment.declined",       "payment.refunded",
    "hold.expired",          "payment.action_required"};

TEST(TemplatesTest, EveryTypeNamesRoomAndTimeInBothLanguages) {
  for (const language in : {language::en, language::ko}) {
    std::set<std::string> subjects;
    for (const char* type : types) {
      const auto words = render_notification(message(type), in);
      EXPECT_TRUE(holds(words.text, "Han")) << type;
      EXPECT_TRUE(holds(words.text, "2026-11-22 09:00-11:00 (Asia/Seoul)")) << type;
      subjects.insert(words.subject);
    }
    EXPECT_GE(subjects.size(), 9U) << "subjects tell the types apart";
  }
}

TEST(TemplatesTest, KoreanTextsAreKorean) {
  for (const char* type : types) {
    const auto words = render_notification(message(type), language::ko);
    EXPECT_TRUE(holds(words.text, "니다") || holds(words.text, "주십시오")) << words.text;
    EXPECT_FALSE(holds(words.text, "booking")) << words.text;
  }
}

TEST(TemplatesTest, WhoHasToActIsToldWhereAndUntilWhen) {
  const std::string until = "2026-11-21T23:30:00Z";
  const auto here = render_notification(
      message("payment.action_required", 22'000, until + " https://bank.example/1"), language::en);
  EXPECT_TRUE(holds(here.text, "by 2026-11-22 08:30 (Asia/Seoul)")) << here.text;
  EXPECT_TRUE(holds(here.text, "Confirm it here: https://bank.example/1")) << here.text;
  const auto elsewhere =
      render_notification(message("payment.action_required", 22'000, until + " "), language::ko);
  EXPECT_TRUE(holds(elsewhere.text, "2026-11-22 08:30 (Asia/Seoul)까지")) << elsewhere.text;
  EXPECT_FALSE(holds(elsewhere.text, "확인하기")) << elsewhere.text;
}

TEST(TemplatesTest, CancellationSaysWhatIsRefundedAndWhy) {
  const auto paid =
      render_notification(message("reservation.cancelled", 11'000, "plans changed"), language::en);
  EXPECT_TRUE(holds(paid.text, "KRW 11,000 will be refunded"));
  EXPECT_TRUE(holds(paid.text, "Reason: plans changed."));
  const auto nothing = render_notification(message("reservation.cancelled", 0), language::en);
  EXPECT_TRUE(holds(nothing.text, "nothing is refunded"));
  EXPECT_FALSE(holds(nothing.text, "Reason"));
}

TEST(TemplatesTest, DeclinedPaymentSaysWhyAndWhatToDo) {
  const auto words =
      render_notification(message("payment.declined", 22'000, "expired_card"), language::en);
  EXPECT_TRUE(holds(words.text, "KRW 22,000"));
  EXPECT_TRUE(holds(words.text, "The card has expired."));
  EXPECT_TRUE(holds(words.text, "another payment method"));
}

TEST(TemplatesTest, TypeOfALaterVersionStillReadsAsASentence) {
  const auto words = render_notification(message("reservation.moved"), language::en);
  EXPECT_TRUE(holds(words.text, "Han"));
  EXPECT_FALSE(words.subject.empty());
}

TEST(TemplatesTest, JsonHasTheFieldsOfTheApi) {
  notification_doc d = message("reservation.confirmed");
  d.room_name = "Han \"A\"";
  rapidjson::Document json;
  json.Parse(render(d, language::en).c_str());
  ASSERT_FALSE(json.HasParseError());
  EXPECT_STREQ(json["id"].GetString(), "ntf_7");
  EXPECT_STREQ(json["type"].GetString(), "reservation.confirmed");
  EXPECT_STREQ(json["reservationId"].GetString(), "rs_1");
  EXPECT_STREQ(json["roomId"].GetString(), "rm_1");
  EXPECT_STREQ(json["subject"].GetString(), "Booked: Han \"A\"");
  EXPECT_STREQ(json["createdAt"].GetString(), "2026-11-21T00:00:00Z");
  EXPECT_TRUE(json["readAt"].IsNull());
  d.read_at = d.created_at;
  d.reservation = {};
  json.Parse(render(d, language::ko).c_str());
  EXPECT_STREQ(json["readAt"].GetString(), "2026-11-21T00:00:00Z");
  EXPECT_TRUE(json["reservationId"].IsNull());
}

}  // namespace
}  // namespace atrium
