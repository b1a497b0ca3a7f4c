#pragma once

#include "domain/room_book.hpp"

namespace atrium {

/// The decisions of a room, one overload per command; private to the files that implement it.
struct room_book::decider {
  const room_book& self;
  instant now;

  // room_book_decide.cpp: the room itself
  result<events> operator()(const cmd::register_room& c) const;
  result<events> operator()(const cmd::change_room& c) const;
  result<events> operator()(const cmd::retire_room& c) const;
  result<events> operator()(const cmd::add_blackout& c) const;
  result<events> operator()(const cmd::remove_blackout& c) const;

  // room_book_book.cpp: taking and giving back slots
  result<events> operator()(const cmd::place_hold& c) const;
  result<events> operator()(const cmd::release_hold& c) const;
  result<events> operator()(const cmd::expire_hold& c) const;
  result<events> operator()(const cmd::hold_slot& c) const;
  result<events> operator()(const cmd::await_payment& c) const;
  result<events> operator()(const cmd::confirm& c) const;
  result<events> operator()(const cmd::release_slot& c) const;

  // room_book_stay.cpp: what becomes of a confirmed booking
  result<events> operator()(const cmd::cancel& c) const;
  result<events> operator()(const cmd::check_in& c) const;
  result<events> operator()(const cmd::check_out& c) const;
  result<events> operator()(const cmd::advance& c) const;

  // room_book_change.cpp: moving it, and the like
  result<events> operator()(const cmd::check_change& c) const;
  result<events> operator()(const cmd::hold_change& c) const;
  result<events> operator()(const cmd::release_change& c) const;
  result<events> operator()(const cmd::begin_leaving& c) const;
  result<events> operator()(const cmd::stay& c) const;
  result<events> operator()(const cmd::apply_change& c) const;
  result<events> operator()(const cmd::leave& c) const;
  result<events> offer(const cmd::change_terms& t, bool stays) const;
  /// Why the booking may not be changed; nothing when it may.
  std::optional<failure> unchangeable(const cmd::change_terms& t) const;
  std::optional<failure> begun(const cmd::change_terms& t) const;
  /// What a booking on its way to another room answers to everything.
  std::optional<failure> away(const booking& b) const;
  static event given_up(const ev::reservation_change_held& offer, std::string why);
  // room_book_refunds.cpp: money given back by hand
  result<events> operator()(const cmd::grant_refund& c) const;
  result<events> operator()(const cmd::withdraw_refund& c) const;

  // Shared parts.
  failure no_such_room() const;
  failure no_such_reservation(const reservation_id& id) const;
  /// rule_violation "room-retired".
  failure retired(const interval& when) const;
  failure stale() const;
  failure taken(const interval& when, int party_size, const account_id& customer) const;
  /// May this slot be taken now? If so: the releases of expired holds that lie in it. What `moving`
  /// has is no obstacle.
  result<events> open_slot(const interval& when, int party_size, const account_id& customer,
                           const reservation_id* moving = nullptr) const;
  result<events> hold_from(const cmd::hold_slot& c) const;
  const booking* find(const reservation_id& id) const;
  /// What of the payment may still be given back, in minor units.
  std::int64_t refundable(const cmd::grant_refund& c) const;
  /// The booking if the caller may act on it.
  const booking* find_for(const reservation_id& id, const account_id& by, bool as_operator) const;
  /// When a booking that nobody checked in to is over; nothing in rooms without that rule.
  std::optional<instant> no_show_of(const interval& when) const;
  event held(const cmd::hold_slot& c, money price, int tax_rate_bp) const;
  static event released(const hold& h, ev::hold_end why);
};

/// How a status is called in a sentence.
std::string_view in_words(reservation_status s);

}  // namespace atrium
