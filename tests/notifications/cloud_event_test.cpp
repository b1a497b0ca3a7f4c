#include "notifications/cloud_event.hpp"

#include <gtest/gtest.h>
#include <rapidjson/document.h>

namespace atrium {
namespace {

stored_event stored(std::string stream, event what) {
  stored_event e;
  e.position = 42;
  e.stream = std::move(stream);
  e.at = parse_instant("2026-11-22T09:00:00Z").value();
  e.what = std::move(what);
  return e;
}

rapidjson::Document parsed(const public_event& e) {
  rapidjson::Document d;
  d.Parse(e.json.c_str());
  EXPECT_FALSE(d.HasParseError()) << e.json;
  return d;
}

const interval slot{parse_instant("2026-11-23T09:00:00Z").value(),
                    parse_instant("2026-11-23T10:00:00Z").value()};

TEST(CloudEventTest, HasEveryAttributeOfCloudEvents) {
  const auto e = to_cloud_event(
      stored("room/rm_1", ev::reservation_confirmed{reservation_id("rs_1"), slot, {}}));
  ASSERT_TRUE(e);
  const auto json = parsed(*e);
  EXPECT_STREQ(json["specversion"].GetString(), "1.0");
  EXPECT_STREQ(json["id"].GetString(), "42");
  EXPECT_STREQ(json["source"].GetString(), "/v1/events");
  EXPECT_STREQ(json["type"].GetString(), "reservation.confirmed");
  EXPECT_STREQ(json["time"].GetString(), "2026-11-22T09:00:00Z");
  EXPECT_STREQ(json["subject"].GetString(), "reservations/rs_1");
  EXPECT_STREQ(json["datacontenttype"].GetString(), "application/json");
  EXPECT_STREQ(json["data"]["roomId"].GetString(), "rm_1");
  EXPECT_STREQ(json["data"]["start"].GetString(), "2026-11-23T09:00:00Z");
  EXPECT_EQ(e->position, 42U);
  EXPECT_EQ(e->reservation, reservation_id("rs_1"));
  EXPECT_TRUE(e->owner.empty()) << "the caller looks it up";
  EXPECT_EQ(e->who, public_event::audience::owner);
}

TEST(CloudEventTest, EveryPublicEventIsValidJsonForItsAudience) {
  const reservation_id rs("rs_1");
  const payment_id pay("pay_1");
  const money m{5, "KRW"};
  room_facts facts;
  facts.name = "Han \"A\"";
  ev::hold_placed hold;
  hold.id = hold_id("hd_1");
  hold.customer = account_id("ac_1");
  ev::reservation_held held;
  held.id = rs;
  held.customer = account_id("ac_1");
  ev::reservation_cancelled cancelled;
  cancelled.id = rs;
  using enum public_event::audience;
  const std::vector<std::tuple<std::string, event, std::string, public_event::audience>> all{
      {"room/rm_1", ev::room_registered{facts}, "room.registered", everyone},
      {"room/rm_1", ev::room_changed{facts}, "room.changed", everyone},
      {"room/rm_1", ev::room_retired{{rs}}, "room.retired", everyone},
      {"room/rm_1", ev::blackout_added{blackout_id("b"), slot, "secret"}, "blackout.added",
       everyone},
      {"room/rm_1", ev::blackout_removed{blackout_id("b")}, "blackout.removed", everyone},
      {"room/rm_1", hold, "hold.placed", owner},
      {"room/rm_1", ev::hold_released{hold_id("hd_1"), ev::hold_end::booked, slot, {}},
       "hold.released", owner},
      {"room/rm_1", held, "reservation.held", owner},
      {"room/rm_1", ev::reservation_awaiting_payment{rs, slot, {}}, "reservation.awaiting_payment",
       owner},
      {"saga/s",
       ev::payment_action_required{
           pay, rs, account_id("ac_1"), m, "card", "stripe", "ref", "https://bank.example/1", {}},
       "payment.action_required", owner},
      {"room/rm_1", ev::reservation_released{rs, reservation_status::rejected, slot},
       "reservation.released", owner},
      {"room/rm_1", cancelled, "reservation.cancelled", owner},
      {"room/rm_1", ev::reservation_checked_in{rs, slot, {}}, "reservation.checked_in", owner},
      {"room/rm_1", ev::reservation_completed{rs, slot, ev::completion::by_clock},
       "reservation.completed", owner},
      {"room/rm_1", ev::reservation_no_show{rs, slot, {}}, "reservation.no_show", owner},
      {"saga/s", ev::payment_authorized{pay, rs, account_id("ac_1"), m, "card", "sandbox", "ref"},
       "payment.authorized", owner},
      {"saga/s", ev::payment_declined{pay, rs, account_id("ac_1"), m, "card", "sandbox", "no"},
       "payment.declined", owner},
      {"saga/s", ev::payment_captured{pay, rs, m}, "payment.captured", owner},
      {"saga/s", ev::payment_voided{pay, rs}, "payment.voided", owner},
      {"saga/s", ev::payment_unknown{pay, rs, "capture"}, "payment.unknown", owner},
      {"saga/s", ev::refund_requested{pay, rs, m}, "payment.refund_requested", owner},
      {"saga/s", ev::payment_refunded{pay, rs, m}, "payment.refunded", owner},
      {"review/rs_1",
       ev::review_posted{review_id("rv"), rs, room_id("rm_1"), account_id("ac_1"), 5, "x"},
       "review.posted", everyone},
      {"review/rs_1", ev::review_changed{review_id("rv"), 4, "y"}, "review.changed", everyone},
      {"review/rs_1", ev::review_deleted{review_id("rv")}, "review.deleted", everyone},
  };
  for (const auto& [stream, what, type, who] : all) {
    const auto e = to_cloud_event(stored(stream, what));
    ASSERT_TRUE(e) << type;
    EXPECT_EQ(e->type, type);
    EXPECT_EQ(e->who, who) << type;
    const auto json = parsed(*e);
    EXPECT_TRUE(json["data"].IsObject()) << type;
    EXPECT_GT(json["subject"].GetStringLength(), 0U) << type;
    if (who == public_event::audience::everyone) {
      EXPECT_EQ(e->json.find("secret"), std::string::npos);
      EXPECT_EQ(e->json.find("rs_1"), std::string::npos)
          << "bookings are their guests' business: " << type;
    } else {
      EXPECT_FALSE(e->owner.empty() && e->reservation.empty() && e->hold.empty()) << type;
    }
  }
}

TEST(CloudEventTest, WhatIsInsideStaysInside) {
  const std::vector<event> inside{
      ev::saga_started{},    ev::saga_step{},         ev::saga_parked{},     ev::saga_completed{},
      ev::account_created{}, ev::account_changed{},   ev::account_deleted{}, ev::api_key_created{},
      ev::api_key_revoked{}, ev::notification_read{}, ev::operator_acted{},  ev::refund_granted{},
      ev::refund_withdrawn{}};
  for (const event& what : inside)
    EXPECT_FALSE(to_cloud_event(stored("x/y", what))) << what.index();
}

}  // namespace
}  // namespace atrium
