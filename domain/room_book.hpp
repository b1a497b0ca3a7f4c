#pragma once

#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

#include "domain/events.hpp"
#include "domain/failure.hpp"
#include "domain/reservation.hpp"
#include "domain/room.hpp"

namespace atrium {

// ---- commands a room understands ---------------------------------------------------------------
namespace cmd {
struct register_room { room_facts facts; };
/// `if_version`: the room's version the caller saw (ETag); 0 means any.
struct change_room { room_facts facts; std::uint64_t if_version = 0; };
/// Fails with room_has_bookings (naming them) unless cancel_bookings.
struct retire_room { std::uint64_t if_version = 0; bool cancel_bookings = false; };
struct add_blackout { blackout_id id; interval when; std::string reason; };
struct remove_blackout { blackout_id id; };
/// Holds a slot for a person who decides; ends by itself at expires_at.
struct place_hold { hold_id id; account_id customer; interval when; int party_size = 1; instant expires_at{}; };
/// `by` empty: the engine itself. Someone else's hold is not_found.
struct release_hold { hold_id id; account_id by; };
/// Sent by the clock; does nothing when the hold has ended or expires later than now.
struct expire_hold { hold_id id; };
/// Locks the slot for a saga. With from_hold the customer's hold is turned into the lock.
struct hold_slot { reservation_id id; account_id customer; interval when; int party_size = 1; std::string title; hold_id from_hold; payment_id payment; };
/// The pivot. Repeating it for a confirmed reservation succeeds and changes nothing.
struct confirm { reservation_id id; };
/// Compensation of hold_slot; repeating it succeeds and changes nothing.
struct release_slot { reservation_id id; reservation_status as = reservation_status::rejected; };
/// `by` must be the customer unless as_operator; full_refund overrides the policy.
struct cancel { reservation_id id; account_id by; bool as_operator = false; bool full_refund = false; std::string reason; };
struct check_in { reservation_id id; account_id by; bool as_operator = false; };
struct check_out { reservation_id id; account_id by; bool as_operator = false; };
/// Sent by the clock: completes or marks as no-show whatever is due at now; does nothing otherwise.
struct advance { reservation_id id; };
}  // namespace cmd

using room_command =
    std::variant<cmd::register_room, cmd::change_room, cmd::retire_room, cmd::add_blackout,
                 cmd::remove_blackout, cmd::place_hold, cmd::release_hold, cmd::expire_hold,
                 cmd::hold_slot, cmd::confirm, cmd::release_slot, cmd::cancel, cmd::check_in,
                 cmd::check_out, cmd::advance>;

/// What a room keeps in memory: its facts and everything that occupies its calendar from
/// `forget_before` on. Ended reservations are forgotten after a week (their history is in the
/// journal), so that a room's memory is bounded by its horizon, not by its age.
class room_book {
 public:
  using events = std::vector<event>;

  explicit room_book(room_id id = {}) : id_(std::move(id)) {}

  /// Pure: which events the command leads to at `now`, or why not. An empty list means "already so".
  result<events> decide(const room_command& command, instant now) const;
  /// Pure state change; the same on the live path and on replay. `at` is the event's time, `seq` its
  /// number in the room's stream.
  void apply(const event& e, instant at, std::uint64_t seq);

  bool exists() const noexcept { return version_ > 0 && !registered_.name.empty(); }
  const room_id& id() const noexcept { return id_; }
  const room_facts& facts() const noexcept { return registered_; }
  room_status status() const noexcept { return status_; }
  /// Stream number of the last change of facts or status (the ETag of the room resource); bookings do
  /// not change it.
  std::uint64_t version() const noexcept { return version_; }

  const reservation* find(const reservation_id& id) const;
  struct hold { hold_id id; account_id customer; interval when; int party_size = 1; money price; instant expires_at{}; };
  const hold* find_hold(const hold_id& id) const;

  /// Up to `most` free slots of the same length nearest to `when` that pass check_slot.
  std::vector<alternative> nearest_free(const interval& when, int party_size, instant now,
                                        std::size_t most) const;
  /// Reservations that are confirmed or checked in and end after `now`.
  std::vector<reservation_id> future_bookings(instant now) const;

  /// The shortest list of events that builds this state again: a snapshot is a condensed journal, so
  /// it needs no format of its own. Ended reservations older than a week are left out.
  std::vector<recorded_event> condense() const;

 private:
  enum class occupant : std::uint8_t { hold, reservation, blackout };
  struct slot { instant end{}; occupant kind = occupant::reservation; std::string id; };

  result<events> decide_slot(const interval& when, int party_size, instant now, const std::string& ignore_id) const;
  bool is_free(const interval& when, const std::string& ignore_id) const;

  room_id id_;
  room_facts registered_;
  room_status status_ = room_status::active;
  std::uint64_t version_ = 0;
  std::multimap<instant, slot> calendar_;  ///< everything that occupies time, by start
  std::unordered_map<std::string, reservation> reservations_;
  std::unordered_map<std::string, hold> holds_;
  std::unordered_map<std::string, ev::blackout_added> blackouts_;
};

}  // namespace atrium
