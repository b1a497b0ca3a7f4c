#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

#include "domain/events.hpp"
#include "domain/failure.hpp"
#include "domain/reservation.hpp"
#include "domain/room.hpp"
#include "domain/slot_table.hpp"

namespace atrium {

// ---- commands a room understands ---------------------------------------------------------------
namespace cmd {
struct register_room {
  room_facts facts;
};
/// `if_version`: the room's version the caller saw (ETag); 0 means any.
struct change_room {
  room_facts facts;
  std::uint64_t if_version = 0;
};
/// Fails with room_has_bookings (naming them) unless cancel_bookings.
struct retire_room {
  std::uint64_t if_version = 0;
  bool cancel_bookings = false;
};
struct add_blackout {
  blackout_id id;
  interval when;
  std::string reason;
};
struct remove_blackout {
  blackout_id id;
};
/// Holds a slot for a person who decides; ends by itself at expires_at.
struct place_hold {
  hold_id id;
  account_id customer;
  interval when;
  int party_size = 1;
  instant expires_at{};
};
/// `by` empty: the engine itself. Someone else's hold is not_found.
struct release_hold {
  hold_id id;
  account_id by;
};
/// Sent by the clock; does nothing when the hold has ended or expires later than now.
struct expire_hold {
  hold_id id;
};
/// Locks the slot for a saga. With from_hold the customer's hold is turned into the lock.
struct hold_slot {
  reservation_id id;
  account_id customer;
  interval when;
  int party_size = 1;
  std::string title;
  hold_id from_hold;
  payment_id payment;
};
/// The customer has to act before the money is there; the saga waits until `until` at most.
/// Repeating it changes nothing.
struct await_payment {
  reservation_id id;
  instant until{};
};
/// The pivot. Repeating it for a confirmed reservation succeeds and changes nothing.
struct confirm {
  reservation_id id;
};
/// Compensation of hold_slot; repeating it succeeds and changes nothing.
struct release_slot {
  reservation_id id;
  reservation_status as = reservation_status::rejected;
};
/// `by` must be the customer unless as_operator; full_refund overrides the policy.
struct cancel {
  reservation_id id;
  account_id by;
  bool as_operator = false;
  bool full_refund = false;
  std::string reason;
};
struct check_in {
  reservation_id id;
  account_id by;
  bool as_operator = false;
};
struct check_out {
  reservation_id id;
  account_id by;
  bool as_operator = false;
};
/// Promises a refund beyond the cancellation's; amount 0: all that is left. `left` is what the read
/// model says could be given back: the room may have forgotten the booking.
struct grant_refund {
  saga_id id;
  reservation_id reservation;
  payment_id payment;
  money amount;
  money left;
  account_id by;
  std::string reason;
};
/// Compensation of grant_refund; repeating it succeeds and changes nothing.
struct withdraw_refund {
  saga_id id;
};
/// Sent by the clock: completes or marks as no-show whatever is due at now; does nothing otherwise.
struct advance {
  reservation_id id;
};

/// What a booking is to become. `from` is the booking as the caller saw it: another one now, and
/// the change fails with precondition_failed.
struct change_terms {
  saga_id change;
  reservation from;
  interval when;
  int party_size = 1;
  std::string title;
  payment_id payment;  ///< what the change charges lies on this
  account_id by;
  bool as_operator = false;
};
/// Asks the room the booking is in whether it may be changed; changes nothing.
struct check_change {
  change_terms terms;
};
/// Locks the new slot, in the room it lies in. The booking's own slot is no obstacle.
struct hold_change {
  change_terms terms;
};
/// Compensation of hold_change; repeating it succeeds and changes nothing.
struct release_change {
  saga_id change;
  std::string why;
};
/// Keeps everything else from the booking while it changes rooms: only between this and leave or
/// stay, both of which follow at once.
struct begin_leaving {
  change_terms terms;
  room_id to;
};
struct stay {
  reservation_id id;
  saga_id change;
};
/// The pivot: the booking is what the change made it. Repeating it succeeds and changes nothing.
struct apply_change {
  change_terms terms;
};
/// The other room has the booking; repeating it succeeds and changes nothing.
struct leave {
  reservation_id id;
  saga_id change;
};
}  // namespace cmd

using room_command =
    std::variant<cmd::register_room, cmd::change_room, cmd::retire_room, cmd::add_blackout,
                 cmd::remove_blackout, cmd::place_hold, cmd::release_hold, cmd::expire_hold,
                 cmd::hold_slot, cmd::await_payment, cmd::confirm, cmd::release_slot, cmd::cancel,
                 cmd::check_in, cmd::check_out, cmd::advance, cmd::grant_refund,
                 cmd::withdraw_refund, cmd::check_change, cmd::hold_change, cmd::release_change,
                 cmd::begin_leaving, cmd::stay, cmd::apply_change, cmd::leave>;

/// A changed booking and the money that has to move for it.
struct settled_change {
  reservation booked;
  money to_take;  ///< on the change's payment; 0 when it does not cost more
  std::vector<refund_part> refunds;
};
/// What `from` becomes by the offer of the room it goes to. Pure, so that the room and the saga
/// agree on it.
settled_change settle_change(const reservation& from, const ev::reservation_change_held& offer,
                             const room_id& room, const payment_id& payment);
/// What has to be given back for a cancellation, and from which payments.
std::vector<refund_part> refunds_of(const ev::reservation_cancelled& c);

/// What a room keeps in memory: its facts and everything that occupies its calendar.
///
/// *Ended things fade.* Reservations that were cancelled, completed or missed are remembered for
/// seven days after the event that ended them, reservations given back by their saga and ended
/// holds for one day (so that a repeated command meets what it repeats; idempotency keys outlive
/// that in the saga's own stream), and of all ended things at most the 4096 that fade last. Ended
/// blackouts go seven days after their end, when another is added. So a room's memory is bounded by
/// its horizon, not by its age; the history is in the journal. What has faded is unknown:
/// release_slot of it succeeds, everything else is not_found.
///
/// *Granted refunds* are remembered as long as their booking and for seven days at least, at most
/// 1024: by then the read model knows what is left of the payment.
///
/// *Expired holds* keep nobody out from expires_at on, even before the clock's expire_hold arrives:
/// the command that takes the slot releases them in the same batch.
///
/// *Concurrency*: none; a room is used by one thread at a time.
class room_book {
 public:
  using events = std::vector<event>;

  explicit room_book(room_id id = {}) : id_(std::move(id)) {}

  /// Pure: which events the command leads to at `now`, or why not. An empty list means "already
  /// so".
  result<events> decide(const room_command& command, instant now) const;
  /// Pure state change; the same on the live path and on replay. `at` is the event's time, `seq`
  /// its number in the room's stream. Events of other streams change nothing.
  void apply(const event& e, instant at, std::uint64_t seq);

  bool exists() const noexcept { return version_ > 0 && !registered_.name.empty(); }
  const room_id& id() const noexcept { return id_; }
  const room_facts& facts() const noexcept { return registered_; }
  room_status status() const noexcept { return status_; }
  /// Stream number of the last change of facts or status (the ETag of the room resource); bookings
  /// do not change it.
  std::uint64_t version() const noexcept { return version_; }

  /// Also finds ended reservations that have not faded yet.
  const reservation* find(const reservation_id& id) const;
  struct hold {
    hold_id id;
    account_id customer;
    interval when;
    int party_size = 1;
    money price;
    instant expires_at{};
    int tax_rate_bp = 0;
    friend bool operator==(const hold&, const hold&) = default;
  };
  /// Only holds that have not ended.
  const hold* find_hold(const hold_id& id) const;
  /// The offer of a change that has neither been made nor given up.
  const ev::reservation_change_held* find_offer(const saga_id& change) const;

  /// Up to `most` free slots of the same length nearest to `when` (by start; `when` itself when it
  /// is free) that pass check_slot, within 14 days before and after it.
  std::vector<alternative> nearest_free(const interval& when, int party_size, instant now,
                                        std::size_t most) const;
  /// Reservations that are confirmed or checked in and end after `now`, by start.
  std::vector<reservation_id> future_bookings(instant now) const;

  /// The shortest list of events that builds this state again: a snapshot is a condensed journal,
  /// so it needs no format of its own. Of ended things only what a repeated command needs is told:
  /// sums and reasons of a cancellation are not. Not for indexes or views. Every event carries
  /// version() as its stream number.
  std::vector<recorded_event> condense() const;

  /// Same state, down to what has faded.
  friend bool operator==(const room_book&, const room_book&) = default;

 private:
  struct decider;
  class free_search;

  struct booking {
    reservation facts;
    std::optional<instant> no_show_at;
    instant ended_at{};
    instant pay_by{};                  ///< while it awaits its payment
    std::vector<refund_part> refunds;  ///< by its cancellation
    saga_id changed_by;                ///< the last change
    saga_id leaving;                   ///< the change that is taking it to another room just now
    room_id going_to{};  ///< where: also once it has left (its status is cancelled then)
    friend bool operator==(const booking&, const booking&) = default;
  };
  struct ended_hold {
    hold what;
    ev::hold_end reason = ev::hold_end::released;
    instant ended_at{};
    friend bool operator==(const ended_hold&, const ended_hold&) = default;
  };
  struct granted_refund {
    ev::refund_granted what;
    instant at{};
    friend bool operator==(const granted_refund&, const granted_refund&) = default;
  };
  /// When an ended thing is forgotten; ordered, so that the next one to go is in front.
  struct fading {
    instant forget_at{};
    occupied_slot::kind what = occupied_slot::kind::reservation;
    id_text id;
    friend auto operator<=>(const fading&, const fading&) = default;
  };

  milliseconds buffer() const { return std::chrono::minutes{registered_.buffer_minutes}; }

  void add_blackout(const ev::blackout_added& e, instant at);
  void unite_blackouts();
  void place_hold(const ev::hold_placed& e);
  void end_hold(const ev::hold_released& e, instant at);
  void hold_slot(const ev::reservation_held& e, instant at);
  void grant_refund(const ev::refund_granted& e, instant at);
  void withdraw_refund(const ev::refund_withdrawn& e);
  void forget_refunds(instant at);
  bool remembers(const granted_refund& r, instant at) const;
  /// What was given back by hand, by payment.
  std::vector<charge> granted_of(const reservation_id& id) const;
  void end_booking(const reservation_id& id, reservation_status as, instant at);
  void hold_change(const ev::reservation_change_held& e);
  void end_change(const saga_id& change);
  void change(const ev::reservation_changed& e);
  void let_go(const ev::reservation_left& e, instant at);
  /// Forgets what is left of an ended reservation of that id.
  void bury(const reservation_id& id);
  booking* find_booking(const reservation_id& id);
  void fade(fading f);
  void forget(instant at);
  void forget_first();
  void condense_hold(const hold& h, std::vector<recorded_event>& out) const;
  void condense_booking(const booking& b, std::vector<recorded_event>& out) const;

  room_id id_;
  room_facts registered_;
  room_status status_ = room_status::active;
  std::uint64_t version_ = 0;
  slot_table calendar_;    ///< live holds and reservations that keep their slot
  interval_union closed_;  ///< union of the blackouts
  std::unordered_map<id_text, booking> reservations_;
  std::unordered_map<id_text, hold> holds_;
  std::unordered_map<id_text, ended_hold> ended_holds_;
  std::map<id_text, ev::reservation_change_held> offers_;  ///< by change
  std::unordered_map<id_text, ev::blackout_added> blackouts_;
  std::set<fading> fading_;
  std::vector<granted_refund> refunds_;  ///< newest last
};

}  // namespace atrium
