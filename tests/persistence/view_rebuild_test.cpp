#include <gmock/gmock.h>

#include <algorithm>
#include <random>

#include "tests/persistence/view_fixture.hpp"

/// Views equal a replay of the journal, whatever the journal says and however it was cut into
/// transactions.
namespace atrium::test {
namespace {

/// Any event about a few things, in any order: more than a room would ever allow, so that no rule
/// of the domain hides a mistake of the projection.
class chaos {
 public:
  explicit chaos(std::uint64_t seed) : random_(seed) {}

  script events(int n) {
    script s;
    for (int i = 0; i < n; ++i) one(s);
    return s;
  }

 private:
  int upto(int n) { return static_cast<int>(random_() % static_cast<unsigned>(n)); }
  std::string id(const char* kind, int n) { return kind + std::to_string(upto(n)); }
  interval slot() {
    const int from = upto(200);
    return hours(from, from + 1 + upto(30));
  }
  template <class Event>
  void about(script& s, const std::string& stream, Event e) {
    s.add(stream, std::move(e), at_hour(upto(500)));
  }

  void one(script& s) {
    switch (upto(5)) {
      case 0:
        return of_room(s);
      case 1:
        return of_booking(s);
      case 2:
        return of_money(s);
      case 3:
        return of_person(s);
      default:
        return of_review(s);
    }
  }

  void of_room(script& s) {
    const std::string room = "room/" + id("rm_", 4);
    switch (upto(6)) {
      case 0:
        return about(s, room, ev::room_registered{script::plain_room(id("N", 5), id("S", 2))});
      case 1:
        return about(s, room, ev::room_changed{script::plain_room(id("N", 5), id("S", 2))});
      case 2:
        return about(s, room, ev::room_retired{});
      case 3:
        return about(s, room, ev::blackout_added{blackout_id(id("bo_", 3)), slot(), "x"});
      case 4:
        return about(s, room, ev::blackout_removed{blackout_id(id("bo_", 3))});
      default:
        break;
    }
    if (upto(2) == 0) return s.hold(room.substr(5), id("hd_", 6), id("ac_", 3), slot());
    about(s, room,
          ev::hold_released{hold_id(id("hd_", 6)), static_cast<ev::hold_end>(upto(3)), slot(),
                            at_hour(1)});
  }

  void of_booking(script& s) {
    const reservation_id booking(id("rs_", 8));
    const std::string room = "room/rm_" + std::to_string(booking.str().back() % 4);
    switch (upto(8)) {
      case 0:
        return s.held(room.substr(5), booking.str(), "ac_1", slot(), id("T", 9));
      case 1:
        return s.confirmed(room.substr(5), booking.str(), slot());
      case 2:
        return about(s, room,
                     ev::reservation_released{booking, reservation_status::expired, slot()});
      case 3:
        return about(s, room,
                     ev::reservation_released{booking, reservation_status::rejected, slot()});
      case 4:
        return s.cancelled(room.substr(5), booking.str(), slot(), upto(2) * 10'000);
      case 5:
        return about(s, room, ev::reservation_checked_in{booking, slot(), std::nullopt});
      case 6:
        return about(s, room, ev::reservation_completed{booking, slot(), ev::completion::by_clock});
      default:
        return about(s, room, ev::reservation_no_show{booking, slot(), std::nullopt});
    }
  }

  void of_money(script& s) {
    const reservation_id booking(id("rs_", 8));
    const payment_id payment("pay_" + booking.str());
    const std::string saga = "saga/" + booking.str();
    const money m{upto(5) * 1'000, "KRW"};
    switch (upto(6)) {
      case 0:
        return about(s, saga, ev::payment_voided{payment, booking});
      case 1:
        return about(s, saga,
                     ev::payment_unknown{payment, booking, upto(2) == 0 ? "refund" : "capture"});
      case 2:
        return about(s, saga, ev::refund_requested{payment, booking, m});
      case 3:
        return about(s, saga, ev::payment_refunded{payment, booking, m});
      case 4:
        return about(
            s, saga,
            ev::payment_declined{payment, booking, account_id("ac_1"), m, "card", "sandbox", "no"});
      default:
        return about(
            s, saga,
            ev::saga_completed{saga_id("c"), ev::cancel_result{booking, m, m, std::nullopt}});
    }
  }

  void of_person(script& s) {
    const std::string name = id("ac_", 3);
    const std::string account = "account/" + name;
    const std::string key = id("k_", 4);
    switch (upto(6)) {
      case 0:
        return s.account(name, id("N", 9));
      case 1:
        return about(s, account,
                     ev::account_changed{{id("N", 9), "a@b.c", ev::role::operator_, "ko"}});
      case 2:
        return about(s, account, ev::account_deleted{});
      case 3:
        return about(s, account,
                     ev::api_key_created{api_key_id(key), "n", {}, name + key, std::nullopt});
      case 4:
        return about(s, account, ev::api_key_revoked{api_key_id(key), name + key});
      default:
        break;
    }
    about(s, "inbox/" + name,
          ev::notification_read{view::notification_id(static_cast<unsigned>(upto(400)))});
  }

  void of_review(script& s) {
    const std::string id_text = id("rv_", 5);
    const std::string stream = "review/" + id_text;
    switch (upto(3)) {
      case 0:
        return about(
            s, stream,
            ev::review_posted{review_id(id_text), reservation_id("rs_1"), room_id(id("rm_", 4)),
                              account_id("ac_1"), 1 + upto(5), "text"});
      case 1:
        return about(s, stream, ev::review_changed{review_id(id_text), 1 + upto(5), "other"});
      default:
        return about(s, stream, ev::review_deleted{review_id(id_text)});
    }
  }

  std::mt19937_64 random_;
};

/// Feeds in transactions of random size; some fail and are run again, some events come twice, and
/// now and then the store is closed and opened.
void feed_in_pieces(fed_views& views, const std::vector<stored_event>& events, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::size_t done = 0;
  while (done < events.size()) {
    projection& p = views->as_projection();
    const std::size_t from = done - std::min<std::size_t>(done, random() % 3);
    const std::size_t to = std::min<std::size_t>(events.size(), done + 1 + random() % 12);
    p.begin();
    for (std::size_t i = from; i < to; ++i) p.apply(events[i]);
    if (random() % 4 == 0) {
      p.rollback();
      continue;
    }
    p.commit(events[to - 1].position);
    done = to;
    if (random() % 20 == 0) views.reopen();
  }
}

TEST(ViewRebuildTest, PiecesRetriesAndRepeatsEqualOneReplay) {
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const script s = chaos(seed).events(500);
    fed_views in_pieces;
    feed_in_pieces(in_pieces, s.events(), seed);
    fed_views at_once;
    at_once.follow(s);
    const auto expected = at_once.dump();
    EXPECT_GT(expected.size(), 40U);
    ASSERT_EQ(first_difference(in_pieces.dump(), expected), "");
  }
}

/// One of everything that changes a view.
script everything() {
  script s;
  s.account("ac_1", "Ann");
  s.add("account/ac_1", ev::account_changed{{"Anna", "a@b.c", ev::role::customer, "ko"}});
  s.add("account/ac_1", ev::api_key_created{api_key_id("k_1"), "ci", {}, "aa", std::nullopt});
  s.add("account/ac_1", ev::api_key_created{api_key_id("k_2"), "ci", {}, "bb", std::nullopt});
  s.add("account/ac_1", ev::api_key_revoked{api_key_id("k_1"), "aa"});
  s.room("rm_1", script::plain_room("Han"));
  s.add("room/rm_1", ev::room_changed{script::plain_room("Nam")});
  s.add("room/rm_1", ev::blackout_added{blackout_id("bo_1"), hours(1, 2), ""});
  s.add("room/rm_1", ev::blackout_added{blackout_id("bo_2"), hours(1, 2), ""});
  s.add("room/rm_1", ev::blackout_removed{blackout_id("bo_1")});
  s.hold("rm_1", "hd_1", "ac_1", hours(3, 4));
  s.hold("rm_1", "hd_2", "ac_1", hours(5, 6));
  s.add("room/rm_1",
        ev::hold_released{hold_id("hd_1"), ev::hold_end::expired, hours(3, 4), at_hour(2)});
  s.booked("rm_1", "rs_1", "ac_1", hours(9, 11));
  s.cancelled("rm_1", "rs_1", hours(9, 11), 10'000);
  s.refunded("rs_1", 10'000);
  s.booked("rm_1", "rs_2", "ac_1", hours(12, 14));
  s.add("room/rm_1",
        ev::reservation_checked_in{reservation_id("rs_2"), hours(12, 14), std::nullopt});
  s.add("room/rm_1",
        ev::reservation_completed{reservation_id("rs_2"), hours(12, 14), ev::completion::by_clock});
  s.declined("rm_1", "rs_3", "ac_1", hours(15, 16));
  s.booked("rm_1", "rs_4", "ac_1", hours(17, 18));
  s.add("room/rm_1", ev::reservation_no_show{reservation_id("rs_4"), hours(17, 18), std::nullopt});
  s.add("review/rs_2", ev::review_posted{review_id("rv_1"), reservation_id("rs_2"), room_id("rm_1"),
                                         account_id("ac_1"), 5, ""});
  s.add("review/rs_2", ev::review_changed{review_id("rv_1"), 4, ""});
  s.add("review/rs_4", ev::review_posted{review_id("rv_2"), reservation_id("rs_4"), room_id("rm_1"),
                                         account_id("ac_1"), 5, ""});
  s.add("review/rs_4", ev::review_deleted{review_id("rv_2")});
  s.add("room/rm_1", ev::room_retired{});
  return s;
}

std::size_t failed_saga_end(const script& s) {
  for (std::size_t i = 0; i < s.events().size(); ++i)
    if (const auto* end = std::get_if<ev::saga_completed>(&s.events()[i].what))
      if (std::holds_alternative<failure>(end->result)) return i;
  return s.events().size();
}

TEST(ViewRebuildTest, MissingOneEventIsSeenByTheComparison) {
  const script s = everything();
  const std::span<const stored_event> events = s.events();
  int seen = 0;
  // Right after the event, since a later one may undo what it did.
  for (std::size_t i = 0; i < events.size(); ++i) {
    // No view shows a saga's beginning or the end of one that failed.
    if (events[i].type == "saga.started.v1" || i == failed_saga_end(s)) continue;
    fed_views whole;
    whole.follow(events.first(i + 1), i + 1);
    fed_views missing;
    missing.follow(events.first(i), i + 1);
    EXPECT_NE(first_difference(whole.dump(), missing.dump()), "")
        << events[i].type << " at " << i + 1;
    ++seen;
  }
  EXPECT_GT(seen, 40);
}

TEST(ViewRebuildTest, EventLostInTheMiddleIsSeenAtTheEnd) {
  const script s = everything();
  fed_views whole;
  whole.follow(s);
  for (const char* lost : {"reservation.confirmed.v1", "payment.captured.v1", "payment.refunded.v1",
                           "room.changed.v1", "review.changed.v1", "account.changed.v1"}) {
    std::vector<stored_event> rest = s.events();
    rest.erase(std::find_if(rest.begin(), rest.end(),
                            [&](const stored_event& e) { return e.type == lost; }));
    fed_views views;
    views.follow(rest, s.events().size());
    EXPECT_NE(first_difference(whole.dump(), views.dump()), "") << lost;
  }
}

TEST(ViewRebuildTest, AStoreThatWasClosedGoesOnWhereItWas) {
  const script s = everything();
  fed_views views;
  views.follow(s);
  const auto before = views.dump();
  views.reopen();
  EXPECT_EQ(views->position(), s.events().size());
  EXPECT_EQ(first_difference(views.dump(), before), "");
}

TEST(ViewRebuildTest, AFullMapGrowsWithoutLosingARow) {
  script s;
  room_facts f = script::plain_room("Han");
  f.description = std::string(4'000, 'x');
  // More than the 16 MiB that the fixture's map and its headroom begin with hold.
  for (int i = 0; i < 12'000; ++i) s.room("rm_" + std::to_string(i), f);
  fed_views views;
  views.follow(s);
  EXPECT_EQ(views->room(room_id("rm_11999"))->facts, f);
  std::map<std::string, std::uint64_t> sizes;
  for (const auto& [name, size] : views->table_sizes()) sizes[name] = size;
  EXPECT_EQ(sizes["rooms"], 12'000U);
  EXPECT_GT(sizes["map_used"], 128U << 20) << "more than the map had when the transaction began";
}

}  // namespace
}  // namespace atrium::test
