#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

#include "tests/domain/builders.hpp"
#include "tests/domain/room_model.hpp"

/// Random command sequences: the room answers as a naive model does, never lets two bookings closer
/// than the buffer, and a replay of its journal or of its condensed journal is the same room.
namespace atrium {
namespace {

using std::chrono::minutes;
using testing::live_room;
using testing::room_model;

/// One step of a random history: which command, and numbers from which its arguments are made.
/// Plain integers, so that a failing history shrinks and prints.
struct step {
  int command = 0;
  int id = 0;
  int start = 0;
  int length = 1;
  int extra = 0;
};

void showValue(const step& s, std::ostream& out) {
  out << "{" << s.command << ", " << s.id << ", " << s.start << ", " << s.length << ", " << s.extra
      << "}";
}

}  // namespace
}  // namespace atrium

namespace rc {
template <>
struct Arbitrary<atrium::step> {
  static Gen<atrium::step> arbitrary() {
    return gen::build<atrium::step>(gen::set(&atrium::step::command, gen::inRange(0, 52)),
                                    gen::set(&atrium::step::id, gen::inRange(0, 10)),
                                    gen::set(&atrium::step::start, gen::inRange(-4, 40)),
                                    gen::set(&atrium::step::length, gen::inRange(0, 6)),
                                    gen::set(&atrium::step::extra, gen::inRange(0, 12)));
  }
};
}  // namespace rc

namespace atrium {
namespace {

const std::array<const char*, 4> mornings{"2026-03-28T20:00:00Z", "2026-10-31T22:00:00Z",
                                          "2026-04-04T06:00:00Z", "2026-11-23T08:00:00Z"};

room_facts arbitrary_room() {
  auto f = testing::plain_room();
  f.time_zone = *rc::gen::element<std::string>("UTC", "Europe/Berlin", "America/New_York",
                                               "Asia/Seoul", "Australia/Lord_Howe");
  f.step_minutes = *rc::gen::element(15, 30, 60);
  f.min_duration_minutes = f.step_minutes;
  f.max_duration_minutes = 4 * f.step_minutes;
  f.buffer_minutes = *rc::gen::element(0, 0, 10, 15, 45);
  f.check_in_required = *rc::gen::arbitrary<bool>();
  if (*rc::gen::arbitrary<bool>()) {
    f.opening_hours = {testing::every_day(7 * 60, 12 * 60), testing::every_day(12 * 60, 60)};
  }
  return f;
}

/// Turns steps into commands and compares the room with the model after each.
class history {
 public:
  history(const room_facts& facts, instant from) : room_(facts, from), model_(facts), from_(from) {}

  void take(const step& s) {
    if (s.command >= 34 && s.command < 40) {
      pass_time(s);
      return;
    }
    const auto command = command_of(s);
    const auto expected = model_.expect(command, room_.now);
    const auto alternatives = model_alternatives(command, expected);
    const auto answer = room_.run(command);
    RC_LOG() << "at " << format_instant(room_.now) << ": "
             << (answer ? std::to_string(answer->size()) + " events" : answer.error().detail)
             << std::endl;
    if (const auto* held = std::get_if<cmd::hold_change>(&command); held && answer)
      if (!answer->empty()) asked_[held->terms.change.str()] = held->terms;
    if (expected.code) {
      RC_ASSERT(!answer);
      RC_ASSERT(to_string(answer.error().code) == to_string(*expected.code));
      RC_ASSERT(!answer.error().detail.empty());
      if (alternatives) RC_ASSERT(answer.error().alternatives == *alternatives);
    } else {
      RC_ASSERT(static_cast<bool>(answer));
      RC_ASSERT(answer->size() == expected.events);
    }
    RC_ASSERT(model_.agrees_with(room_.book));
    RC_ASSERT(model_.nobody_is_too_close(room_.now));
  }

  void finish() {
    RC_ASSERT(testing::replayed(room_.journal) == room_.book);
    const auto condensed = room_.book.condense();
    const auto again = testing::replayed(condensed);
    RC_ASSERT(again == room_.book);
    RC_ASSERT(again.condense() == condensed);
    RC_ASSERT(again.version() == room_.book.version());
  }

 private:
  void pass_time(const step& s) {
    if (s.command == 39) {
      room_.now += std::chrono::hours{20 * s.extra};
    } else {
      room_.now += minutes{7 * s.extra};
    }
  }

  interval when_of(const step& s) const {
    // A history's days go on with its clock.
    const auto day = std::chrono::floor<std::chrono::days>(room_.now - from_);
    const auto start = from_ + day + minutes{15 * s.start};
    return {start, start + minutes{room_.book.facts().step_minutes * s.length}};
  }

  room_command command_of(const step& s) const {
    const std::string id = std::to_string(s.id);
    const std::string customer = s.extra % 3 == 0 ? "bob" : "ann";
    const reservation_id r{"r" + id};
    const hold_id h{"h" + std::to_string(s.id % 4)};
    const bool as_operator = s.extra % 5 == 0;
    switch (s.command) {
      case 0:
      case 1:
      case 2:
      case 3:
      case 4:
      case 5:
      case 6:
      case 7: {
        auto c = live_room::hold(r.str(), when_of(s), customer);
        c.party_size = s.extra == 11 ? 99 : 2;
        return c;
      }
      case 8:
      case 9:
      case 10: {
        // Mostly exactly what is held, so that it often works.
        auto c = live_room::hold(r.str(), when_of(s), customer);
        c.from_hold = h;
        if (const auto* known = room_.book.find_hold(h); known != nullptr && s.extra != 1) {
          c.when = known->when;
        }
        return c;
      }
      case 11:
      case 12:
      case 13:
      case 14:
        return room_.keep(h.str(), when_of(s), customer);
      case 15:
        return cmd::release_hold{h, account_id{s.extra == 2 ? "" : customer}};
      case 16:
        return cmd::expire_hold{h};
      case 17:
      case 18:
        return cmd::release_slot{r, reservation_status::payment_failed};
      case 19:
      case 20:
        return cmd::cancel{r, account_id{customer}, as_operator, s.extra % 2 == 0, "rain"};
      case 21:
      case 22:
        return cmd::check_in{r, account_id{customer}, as_operator};
      case 23:
        return cmd::check_out{r, account_id{customer}, as_operator};
      case 24:
      case 25:
        return cmd::advance{r};
      case 26:
        return cmd::add_blackout{blackout_id{"b" + std::to_string(s.id % 3)}, when_of(s), "paint"};
      case 27:
        return cmd::remove_blackout{blackout_id{"b" + std::to_string(s.id % 3)}};
      case 28:
        if (s.extra == 0) return cmd::retire_room{0, s.id % 2 == 0};
        return cmd::advance{r};
      case 29:
      case 30:
        return cmd::await_payment{r, room_.now + minutes{15}};
      default:
        return s.command < 34 ? cmd::confirm{r} : change_of(s, customer, as_operator);
    }
  }

  /// Commands of changes: of the room's own bookings, and of some from elsewhere ("m...").
  room_command change_of(const step& s, const std::string& customer, bool as_operator) const {
    const bool comes_in = s.extra % 4 == 3;
    const reservation_id of{(comes_in ? "m" : "r") + std::to_string(comes_in ? s.id % 3 : s.id)};
    cmd::change_terms t;
    t.change = saga_id{"c" + std::to_string(s.id % 5)};
    const auto* known = room_.book.find(of);
    if (known != nullptr) t.from = *known;
    t.from.id = of;
    if (comes_in) {
      t.from.room = room_id{"elsewhere"};
      t.from.customer = account_id{customer};
      if (known == nullptr) t.from.price = {500, "EUR"};
    } else {
      t.from.room = room_.book.id();
      if (s.extra == 8) t.from.when.end += minutes{1};
    }
    t.when = when_of(s);
    t.party_size = 2;
    t.by = account_id{customer};
    t.as_operator = as_operator;
    // The saga repeats what it asked for: what an offer is about is not another booking.
    if (const auto* offer = room_.book.find_offer(t.change)) {
      if (offer->id != of) return cmd::release_change{t.change, "given up"};
      t = asked_.at(t.change.str());
    }
    switch (s.command) {
      case 40:
      case 41:
      case 42:
      case 43:
        return cmd::hold_change{t};
      case 44:
      case 45:
      case 46:
        return cmd::apply_change{t};
      case 47:
        return cmd::release_change{t.change, "given up"};
      case 48:
        return cmd::begin_leaving{t, room_id{"loft"}};
      case 49:
        return cmd::stay{of, t.change};
      case 50:
        return cmd::leave{of, t.change};
      default:
        return cmd::check_change{t};
    }
  }

  /// What nearest_free should offer, for the first few refusals of a history (it takes the model
  /// long).
  std::optional<std::vector<alternative>> model_alternatives(
      const room_command& c, const room_model::expectation& expected) {
    const auto* hold = std::get_if<cmd::hold_slot>(&c);
    if (hold == nullptr || expected.code != ec::slot_taken || compared_ == 2) return std::nullopt;
    ++compared_;
    return model_.nearest_free(room_.book.id(), hold->when, hold->party_size, room_.now, 3);
  }

  live_room room_;
  room_model model_;
  std::map<std::string, cmd::change_terms> asked_;
  instant from_;
  int compared_ = 0;
};

RC_GTEST_PROP(RoomBookProperty, AnswersAsTheModelAndReplaysToTheSameState, ()) {
  const auto from = testing::at(mornings[*rc::gen::inRange<std::size_t>(0, mornings.size())]);
  history h(arbitrary_room(), from);
  const auto steps = *rc::gen::scale(3.0, rc::gen::arbitrary<std::vector<step>>());
  for (const auto& s : steps) h.take(s);
  h.finish();
}

RC_GTEST_PROP(RoomBookProperty, AlternativesOnOddGridsAroundClockChangesAreTheNearest, ()) {
  auto facts = arbitrary_room();
  facts.step_minutes = facts.min_duration_minutes = *rc::gen::element(32, 45, 48, 96);
  facts.max_duration_minutes = 4 * facts.step_minutes;
  const auto from = testing::at(mornings[*rc::gen::inRange<std::size_t>(0, mornings.size())]);
  live_room room{facts, from};
  room_model model{facts};
  const auto slot_of = [&](int start, int length) {
    // The model looks in quarters of an hour where the grid consists of such.
    const int tick = facts.step_minutes % 15 == 0 ? 15 : 1;
    const auto begin = from + minutes{start - start % tick};
    return interval{begin, begin + minutes{facts.step_minutes * length}};
  };
  for (int i = 0; i < 4; ++i) {
    const auto near = slot_of(*rc::gen::inRange(0, 1000), *rc::gen::inRange(1, 5));
    const auto free = room.book.nearest_free(near, 1, room.now, 1);
    RC_ASSERT(free == model.nearest_free(room.book.id(), near, 1, room.now, 1));
    if (free.empty()) continue;
    const auto hold = live_room::hold("r" + std::to_string(i), free.front().when);
    RC_ASSERT(!model.expect(hold, room.now).code);
    RC_ASSERT(static_cast<bool>(room.run(hold)));
  }
  const auto asked = slot_of(*rc::gen::inRange(-100, 1100), *rc::gen::inRange(1, 5));
  RC_ASSERT(room.book.nearest_free(asked, 1, room.now, 4) ==
            model.nearest_free(room.book.id(), asked, 1, room.now, 4));
}

RC_GTEST_PROP(RoomBookProperty, EventsOfOtherStreamsChangeNothing, ()) {
  live_room room;
  const auto before = room.book;
  room.book.apply(ev::notification_read{"n"}, room.now, 7);
  room.book.apply(ev::account_deleted{}, room.now, 8);
  room.book.apply(ev::payment_captured{}, room.now, 9);
  RC_ASSERT(room.book == before);
}

/// The checker is able to fail: a planted overlap and a planted wrong status are noticed.
TEST(RoomModelCheck, NoticesPlantedViolations) {
  const auto facts = testing::plain_room();
  live_room room{facts};
  room_model model{facts};
  const auto first = live_room::hold("a", testing::slot("09:00", "10:00"));
  ASSERT_FALSE(model.expect(first, room.now).code);
  ASSERT_TRUE(room.run(first));
  ASSERT_TRUE(model.agrees_with(room.book));
  ASSERT_TRUE(model.nobody_is_too_close(room.now));

  auto lost = model;
  lost.plant_status("a", reservation_status::confirmed);
  EXPECT_FALSE(lost.agrees_with(room.book));
  auto overlapping = model;
  overlapping.plant_booking("b", testing::slot("09:30", "10:30"));
  EXPECT_FALSE(overlapping.nobody_is_too_close(room.now));
  EXPECT_FALSE(overlapping.agrees_with(room.book));
}

}  // namespace
}  // namespace atrium
