#pragma once

#include <array>
#include <tuple>
#include <utility>
#include <variant>

#include "persistence/change_fields.hpp"
#include "persistence/event_fields.hpp"

/// Stream saga/<saga id>: a saga's steps and the money it moved.
namespace atrium::codec {

template <>
inline constexpr std::string_view name_of<ev::saga_started> = "saga.started.v1";
template <>
inline constexpr std::string_view name_of<ev::saga_step> = "saga.step.v1";
template <>
inline constexpr std::string_view name_of<ev::saga_parked> = "saga.parked.v1";
template <>
inline constexpr std::string_view name_of<ev::saga_completed> = "saga.completed.v2";
template <>
inline constexpr std::string_view name_of<ev::payment_authorized> = "payment.authorized.v1";
template <>
inline constexpr std::string_view name_of<ev::payment_action_required> =
    "payment.action_required.v1";
template <>
inline constexpr std::string_view name_of<ev::payment_declined> = "payment.declined.v1";
template <>
inline constexpr std::string_view name_of<ev::payment_captured> = "payment.captured.v1";
template <>
inline constexpr std::string_view name_of<ev::payment_voided> = "payment.voided.v1";
template <>
inline constexpr std::string_view name_of<ev::payment_unknown> = "payment.unknown.v1";
template <>
inline constexpr std::string_view name_of<ev::refund_requested> = "payment.refund_requested.v1";
template <>
inline constexpr std::string_view name_of<ev::payment_refunded> = "payment.refunded.v1";

// ---- a saga's input and result: an object whose member "kind" says which ------------------------

inline constexpr std::array input_kinds{"booking"sv, "hold"sv,   "cancellation"sv,
                                        "change"sv,  "refund"sv, "settlement"sv};
inline constexpr std::array result_kinds{"failure"sv, "booking"sv, "hold"sv,      "cancellation"sv,
                                         "change"sv,  "refund"sv,  "settlement"sv};
enum class input_kind : std::uint8_t {};
enum class result_kind : std::uint8_t {};
template <>
struct enum_names<input_kind> : listed_names<input_kind, input_kinds> {};
template <>
struct enum_names<result_kind> : listed_names<result_kind, result_kinds> {};

template <class Kind, class A, class Variant>
void alternatives_of(A& a, Variant& v) {
  using choices = std::remove_const_t<Variant>;
  auto kind = static_cast<Kind>(v.index());
  a("kind", kind);
  const auto step = [&]<std::size_t I>(std::integral_constant<std::size_t, I>) {
    if (static_cast<std::size_t>(kind) != I) return;
    if constexpr (A::writes) {
      fields(a, std::get<I>(v));
    } else {
      fields(a, v.template emplace<I>());
    }
  };
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    (step(std::integral_constant<std::size_t, I>{}), ...);
  }
  (std::make_index_sequence<std::variant_size_v<choices>>{});
}

template <class A>
void fields(A& a, ref<A, ev::booking_request> r) {
  a("room", r.room);
  slot(a, r.when);
  a("party_size", r.party_size);
  a.optional("title", r.title);
  a("payment", r.payment);
  a.optional("from_hold", r.from_hold);
}
template <class A>
void fields(A& a, ref<A, ev::hold_request> r) {
  a("room", r.room);
  slot(a, r.when);
  a("party_size", r.party_size);
  a("ttl_ms", r.ttl_ms);
}
template <class A>
void fields(A& a, ref<A, ev::cancel_request> r) {
  a("reservation", r.reservation);
  a("room", r.room);
  a.optional("reason", r.reason);
  a.optional("full_refund", r.full_refund);
  a.optional("as_operator", r.as_operator);
}
template <class A>
void fields(A& a, ref<A, ev::refund_request> r) {
  a("reservation", r.reservation);
  a("room", r.room);
  a("payment", r.payment);
  a("amount", r.amount);
  a("left", r.left);
  a.optional("reason", r.reason);
}
template <class A>
void fields(A& a, ref<A, ev::settle_request> r) {
  a("payment", r.payment);
  a.optional("reservation", r.reservation);
  a.optional("room", r.room);
  a("difference", r.difference);
  a("amount", r.amount);
  a.optional("reference", r.reference);
}
template <class A>
void fields(A& a, ref<A, ev::settle_result> r) {
  a("payment", r.payment);
  a("difference", r.difference);
  a("amount", r.amount);
}
template <class A>
void fields(A& a, ref<A, ev::booking_result> r) {
  // Always there in version 1.
  a.optional("booked", r.booked);
  a.optional("captured", r.captured);
}
template <class A>
void fields(A& a, ref<A, ev::hold_result> r) {
  a("id", r.id);
  a("room", r.room);
  slot(a, r.when);
  a("party_size", r.party_size);
  a("price", r.price);
  a("expires_at_ms", r.expires_at);
}
template <class A>
void fields(A& a, ref<A, ev::cancel_result> r) {
  a("reservation", r.reservation);
  a("refund", r.refund);
  a("fee", r.fee);
  a.optional("rule", r.rule);
  a.optional("deadline_ms", r.deadline);
}
template <class A>
void fields(A& a, ref<A, ev::refund_result> r) {
  a("id", r.id);
  a("reservation", r.reservation);
  a("payment", r.payment);
  a("amount", r.amount);
  a.optional("reason", r.reason);
}
template <class A>
void fields(A& a, ref<A, ev::saga_input> v) {
  alternatives_of<input_kind>(a, v);
}
template <class A>
void fields(A& a, ref<A, ev::saga_result> v) {
  alternatives_of<result_kind>(a, v);
}

// ---- events ------------------------------------------------------------------------------------

template <class A>
void fields(A& a, ref<A, ev::saga_started> e) {
  a("id", e.id);
  a("principal", e.principal);
  a.optional("fingerprint", e.fingerprint);
  a("input", e.input);
  a("deadline_ms", e.deadline);
}
template <class A>
void fields(A& a, ref<A, ev::saga_step> e) {
  a("id", e.id);
  a("step", e.step);
  a.optional("compensating", e.compensating);
  a("outcome", e.outcome);
  a.optional("detail", e.detail);
}
template <class A>
void fields(A& a, ref<A, ev::saga_parked> e) {
  a("id", e.id);
  a("step", e.step);
  a.optional("reason", e.reason);
  a.optional("refused", e.refused);
}
template <class A>
void fields(A& a, ref<A, ev::saga_completed> e) {
  a("id", e.id);
  a("result", e.result);
}
template <class A>
void fields(A& a, ref<A, ev::payment_authorized> e) {
  a("id", e.id);
  a("reservation", e.reservation);
  a("customer", e.customer);
  a("amount", e.amount);
  a("method", e.method);
  a("provider", e.provider);
  a.optional("reference", e.reference);
}
template <class A>
void fields(A& a, ref<A, ev::payment_action_required> e) {
  a("id", e.id);
  a("reservation", e.reservation);
  a("customer", e.customer);
  a("amount", e.amount);
  a("method", e.method);
  a("provider", e.provider);
  a.optional("reference", e.reference);
  a.optional("url", e.url);
  a("expires_at_ms", e.expires_at);
}
template <class A>
void fields(A& a, ref<A, ev::payment_declined> e) {
  a("id", e.id);
  a("reservation", e.reservation);
  a("customer", e.customer);
  a("amount", e.amount);
  a("method", e.method);
  a("provider", e.provider);
  a.optional("code", e.code);
}
template <class A>
void fields(A& a, ref<A, ev::payment_captured> e) {
  a("id", e.id);
  a("reservation", e.reservation);
  a("amount", e.amount);
  a.optional("customer", e.customer);
  a.optional("method", e.method);
  a.optional("provider", e.provider);
  a.optional("reference", e.reference);
}
template <class A>
void fields(A& a, ref<A, ev::payment_voided> e) {
  a("id", e.id);
  a("reservation", e.reservation);
}
template <class A>
void fields(A& a, ref<A, ev::payment_unknown> e) {
  a("id", e.id);
  a("reservation", e.reservation);
  a("operation", e.operation);
}
template <class A>
void fields(A& a, ref<A, ev::refund_requested> e) {
  a("id", e.id);
  a("reservation", e.reservation);
  a("amount", e.amount);
}
template <class A>
void fields(A& a, ref<A, ev::payment_refunded> e) {
  a("id", e.id);
  a("reservation", e.reservation);
  a("amount", e.amount);
}

}  // namespace atrium::codec
