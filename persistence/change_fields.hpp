#pragma once

#include "persistence/event_fields.hpp"

/// Changing a booking: the events of its rooms, and the input and result of the change saga.
namespace atrium::codec {

template <>
inline constexpr std::string_view name_of<ev::reservation_change_held> =
    "reservation.change_held.v1";
template <>
inline constexpr std::string_view name_of<ev::reservation_change_released> =
    "reservation.change_released.v1";
template <>
inline constexpr std::string_view name_of<ev::reservation_changed> = "reservation.changed.v1";
template <>
inline constexpr std::string_view name_of<ev::reservation_leaving> = "reservation.leaving.v1";
template <>
inline constexpr std::string_view name_of<ev::reservation_stayed> = "reservation.stayed.v1";
template <>
inline constexpr std::string_view name_of<ev::reservation_left> = "reservation.left.v1";

template <class A>
void fields(A& a, ref<A, interval> when) {
  slot(a, when);
}
template <class A>
void fields(A& a, ref<A, ev::reservation_change_held> e) {
  a("id", e.id);
  a("change", e.change);
  a("from", e.from);
  a("customer", e.customer);
  slot(a, e.when);
  a.optional("locks", e.locks);
  a("party_size", e.party_size);
  a.optional("title", e.title);
  a("price", e.price);
  a("policy", e.policy);
  a("time_zone", e.time_zone);
}
template <class A>
void fields(A& a, ref<A, ev::reservation_change_released> e) {
  a("id", e.id);
  a("change", e.change);
  a("customer", e.customer);
  slot(a, e.when);
  a.optional("why", e.why);
}
template <class A>
void fields(A& a, ref<A, ev::reservation_changed> e) {
  a("id", e.id);
  a("change", e.change);
  a("from", e.from);
  a("was_start_ms", e.was.start);
  a("was_end_ms", e.was.end);
  a.optional("no_show_was_ms", e.no_show_was);
  a("booked", e.booked);
  a.optional("no_show_at_ms", e.no_show_at);
  a.optional("refunds", e.refunds);
}
template <class A>
void fields(A& a, ref<A, ev::reservation_leaving> e) {
  a("id", e.id);
  a("change", e.change);
  a("to", e.to);
}
template <class A>
void fields(A& a, ref<A, ev::reservation_stayed> e) {
  a("id", e.id);
  a("change", e.change);
}
template <class A>
void fields(A& a, ref<A, ev::reservation_left> e) {
  a("id", e.id);
  a("change", e.change);
  a("to", e.to);
  slot(a, e.when);
  a.optional("no_show_at_ms", e.no_show_at);
}
template <class A>
void fields(A& a, ref<A, ev::change_request> r) {
  a("room", r.room);
  a("from", r.from);
  slot(a, r.when);
  a("party_size", r.party_size);
  a.optional("title", r.title);
  a("payment", r.payment);
  a.optional("as_operator", r.as_operator);
  a("captured", r.captured);
  a("refunded", r.refunded);
}
template <class A>
void fields(A& a, ref<A, ev::change_result> r) {
  a("changed", r.changed);
  a("captured", r.captured);
  a("refunded", r.refunded);
}

}  // namespace atrium::codec
