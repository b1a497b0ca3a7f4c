#pragma once

#include <optional>
#include <string>
#include <vector>

#include "domain/calendar.hpp"
#include "domain/room_book.hpp"

namespace atrium::testing {

/// What a room should answer, computed the slow and obvious way: a list of everything that was ever
/// put into the room, searched from end to end. Only check_slot() is shared with the room (it has a
/// model of its own, minute by minute).
class room_model {
 public:
  explicit room_model(room_facts facts) : facts_(std::move(facts)) {}

  struct expectation {
    std::optional<ec> code;  ///< none: the command succeeds
    std::size_t events = 0;
  };
  /// The expected answer; a success changes the model.
  expectation expect(const room_command& command, instant now);

  bool agrees_with(const room_book& book) const;
  bool nobody_is_too_close(instant now) const;
  std::vector<alternative> nearest_free(const room_id& id, const interval& when, int party,
                                        instant now, std::size_t most) const;

  /// For tests of the checks themselves.
  void plant_status(const std::string& id, reservation_status s) { booking(id)->status = s; }
  void plant_booking(const std::string& id, const interval& when) {
    bookings_.push_back({id, "ann", when});
  }

 private:
  struct booking_entry {
    std::string id;
    std::string customer;
    interval when;
    reservation_status status = reservation_status::held;
    std::optional<instant> no_show_at;
    std::optional<instant> forget_at;
    std::string changed_by, leaving;
    bool is_away = false;
  };
  struct offer_entry {
    std::string change;
    std::string booking;
    std::string customer;
    interval when;
    std::vector<interval> locks;
    bool stays = true;
  };
  struct hold_entry {
    std::string id;
    std::string customer;
    interval when;
    instant expires_at{};
    bool ended = false;
    instant forget_at{};
  };
  struct blackout_entry {
    std::string id;
    interval when;
  };

  expectation on(const cmd::hold_slot& c, instant now);
  expectation on(const cmd::await_payment& c, instant now);
  expectation on(const cmd::confirm& c, instant now);
  expectation on(const cmd::release_slot& c, instant now);
  expectation on(const cmd::place_hold& c, instant now);
  expectation on(const cmd::release_hold& c, instant now);
  expectation on(const cmd::expire_hold& c, instant now);
  expectation on(const cmd::cancel& c, instant now);
  expectation on(const cmd::check_in& c, instant now);
  expectation on(const cmd::check_out& c, instant now);
  expectation on(const cmd::advance& c, instant now);
  expectation on(const cmd::add_blackout& c, instant now);
  expectation on(const cmd::remove_blackout& c, instant now);
  expectation on(const cmd::retire_room& c, instant now);
  expectation on(const cmd::register_room&, instant) { return {ec::already_exists, 0}; }
  expectation on(const cmd::change_room&, instant) { return {std::nullopt, 0}; }
  // Not among the generated commands: room_refund_test.cpp is about them.
  expectation on(const cmd::grant_refund&, instant) { return {ec::validation, 0}; }
  expectation on(const cmd::withdraw_refund&, instant) { return {std::nullopt, 0}; }

  // room_model_change.cpp
  expectation on(const cmd::check_change& c, instant now);
  expectation on(const cmd::hold_change& c, instant now);
  expectation on(const cmd::release_change& c, instant now);
  expectation on(const cmd::begin_leaving& c, instant now);
  expectation on(const cmd::stay& c, instant now);
  expectation on(const cmd::apply_change& c, instant now);
  expectation on(const cmd::leave& c, instant now);
  std::optional<ec> unchangeable(const cmd::change_terms& t);
  offer_entry* offer(const std::string& change);

  booking_entry* booking(const std::string& id);
  hold_entry* hold(const std::string& id);
  void end(booking_entry& b, reservation_status as, instant now);
  void end(hold_entry& h, instant now);
  /// Ends the expired holds in the way and says how many there were; nothing when the slot is
  /// taken.
  std::optional<std::size_t> make_way(const interval& when, milliseconds gap, instant now,
                                      const std::string& moving = "");
  bool blocked(const interval& when, milliseconds gap, instant now,
               const std::string& moving = "") const;
  std::optional<instant> no_show_of(const interval& when) const;
  milliseconds gap() const { return std::chrono::minutes{facts_.buffer_minutes}; }

  room_facts facts_;
  bool retired_ = false;
  std::vector<booking_entry> bookings_;
  std::vector<hold_entry> holds_;
  std::vector<offer_entry> offers_;
  std::vector<blackout_entry> blackouts_;
};

}  // namespace atrium::testing
