#pragma once

#include <variant>

#include "persistence/value_fields.hpp"

/// The fields and the name of every event. A new event needs three lines of thought: its name
/// below, its fields here, its paragraph in docs/events.md (a test holds all three together).
namespace atrium::codec {

/// Newest name of each event, `<aggregate>.<what happened>.v<version>`.
template <class E>
inline constexpr std::string_view name_of{};

// ---- stream room/<room id> ---------------------------------------------------------------------

template <>
inline constexpr std::string_view name_of<ev::room_registered> = "room.registered.v1";
template <>
inline constexpr std::string_view name_of<ev::room_changed> = "room.changed.v1";
template <>
inline constexpr std::string_view name_of<ev::room_retired> = "room.retired.v1";
template <>
inline constexpr std::string_view name_of<ev::blackout_added> = "blackout.added.v1";
template <>
inline constexpr std::string_view name_of<ev::blackout_removed> = "blackout.removed.v1";
template <>
inline constexpr std::string_view name_of<ev::hold_placed> = "hold.placed.v1";
template <>
inline constexpr std::string_view name_of<ev::hold_released> = "hold.released.v1";
template <>
inline constexpr std::string_view name_of<ev::reservation_held> = "reservation.held.v1";
template <>
inline constexpr std::string_view name_of<ev::reservation_awaiting_payment> =
    "reservation.awaiting_payment.v1";
template <>
inline constexpr std::string_view name_of<ev::reservation_released> = "reservation.released.v1";
template <>
inline constexpr std::string_view name_of<ev::reservation_confirmed> = "reservation.confirmed.v1";
template <>
inline constexpr std::string_view name_of<ev::reservation_cancelled> = "reservation.cancelled.v1";
template <>
inline constexpr std::string_view name_of<ev::reservation_checked_in> = "reservation.checked_in.v1";
template <>
inline constexpr std::string_view name_of<ev::reservation_completed> = "reservation.completed.v1";
template <>
inline constexpr std::string_view name_of<ev::reservation_no_show> = "reservation.no_show.v1";

template <>
inline constexpr std::string_view name_of<ev::refund_granted> = "reservation.refund_granted.v1";
template <>
inline constexpr std::string_view name_of<ev::refund_withdrawn> = "reservation.refund_withdrawn.v1";

template <class A>
void fields(A& a, ref<A, ev::room_registered> e) {
  a("facts", e.facts);
}
template <class A>
void fields(A& a, ref<A, ev::room_changed> e) {
  a("facts", e.facts);
}
template <class A>
void fields(A& a, ref<A, ev::room_retired> e) {
  a("cancelling", e.cancelling);
}
template <class A>
void fields(A& a, ref<A, ev::blackout_added> e) {
  a("id", e.id);
  slot(a, e.when);
  a.optional("reason", e.reason);
}
template <class A>
void fields(A& a, ref<A, ev::blackout_removed> e) {
  a("id", e.id);
}
template <class A>
void fields(A& a, ref<A, ev::hold_placed> e) {
  a("id", e.id);
  a("customer", e.customer);
  slot(a, e.when);
  a("party_size", e.party_size);
  a("price", e.price);
  a("expires_at_ms", e.expires_at);
  a.optional("tax_rate_bp", e.tax_rate_bp);
}
template <class A>
void fields(A& a, ref<A, ev::hold_released> e) {
  a("id", e.id);
  a("reason", e.reason);
  slot(a, e.when);
  a("expires_at_ms", e.expires_at);
}
template <class A>
void fields(A& a, ref<A, ev::reservation_held> e) {
  a("id", e.id);
  a("customer", e.customer);
  slot(a, e.when);
  a("party_size", e.party_size);
  a.optional("title", e.title);
  a("price", e.price);
  a("policy", e.policy);
  a("time_zone", e.time_zone);
  a.optional("payment", e.payment);
  a.optional("tax_rate_bp", e.tax_rate_bp);
}
template <class A>
void fields(A& a, ref<A, ev::reservation_awaiting_payment> e) {
  a("id", e.id);
  slot(a, e.when);
  a("expires_at_ms", e.expires_at);
}
template <class A>
void fields(A& a, ref<A, ev::reservation_released> e) {
  a("id", e.id);
  a("status", e.status);
  slot(a, e.when);
}
template <class A>
void fields(A& a, ref<A, ev::reservation_confirmed> e) {
  a("id", e.id);
  slot(a, e.when);
  a.optional("no_show_at_ms", e.no_show_at);
}
template <class A>
void fields(A& a, ref<A, ev::reservation_cancelled> e) {
  a("id", e.id);
  slot(a, e.when);
  a.optional("no_show_at_ms", e.no_show_at);
  a.optional("by", e.by);
  a.optional("reason", e.reason);
  a("refund", e.refund);
  a("fee", e.fee);
  a.optional("rule", e.rule);
  a.optional("payment", e.payment);
  a.optional("refunds", e.refunds);
}
template <class A>
void fields(A& a, ref<A, ev::reservation_checked_in> e) {
  a("id", e.id);
  slot(a, e.when);
  a.optional("no_show_at_ms", e.no_show_at);
}
template <class A>
void fields(A& a, ref<A, ev::reservation_completed> e) {
  a("id", e.id);
  slot(a, e.when);
  a("how", e.how);
}
template <class A>
void fields(A& a, ref<A, ev::reservation_no_show> e) {
  a("id", e.id);
  slot(a, e.when);
  a.optional("no_show_at_ms", e.no_show_at);
}

template <class A>
void fields(A& a, ref<A, ev::refund_granted> e) {
  a("id", e.id);
  a("reservation", e.reservation);
  a("payment", e.payment);
  a("amount", e.amount);
  a("left", e.left);
  a.optional("by", e.by);
  a.optional("reason", e.reason);
}
template <class A>
void fields(A& a, ref<A, ev::refund_withdrawn> e) {
  a("id", e.id);
  a("reservation", e.reservation);
  a("payment", e.payment);
  a("amount", e.amount);
  a("left", e.left);
}

// ---- stream account/<account id> ---------------------------------------------------------------

template <>
inline constexpr std::string_view name_of<ev::account_created> = "account.created.v1";
template <>
inline constexpr std::string_view name_of<ev::account_changed> = "account.changed.v1";
template <>
inline constexpr std::string_view name_of<ev::account_deleted> = "account.deleted.v1";
template <>
inline constexpr std::string_view name_of<ev::api_key_created> = "api_key.created.v1";
template <>
inline constexpr std::string_view name_of<ev::api_key_revoked> = "api_key.revoked.v1";

template <class A>
void fields(A& a, ref<A, ev::account_created> e) {
  a("facts", e.facts);
}
template <class A>
void fields(A& a, ref<A, ev::account_changed> e) {
  a("facts", e.facts);
}
template <class A>
void fields(A&, ref<A, ev::account_deleted>) {}
template <class A>
void fields(A& a, ref<A, ev::api_key_created> e) {
  a("id", e.id);
  a.optional("name", e.name);
  a.optional("scopes", e.scopes);
  a("secret_hash", e.secret_hash);
  a.optional("expires_at_ms", e.expires_at);
}
template <class A>
void fields(A& a, ref<A, ev::api_key_revoked> e) {
  a("id", e.id);
  a("secret_hash", e.secret_hash);
}

template <>
inline constexpr std::string_view name_of<ev::webhook_registered> = "webhook.registered.v1";
template <>
inline constexpr std::string_view name_of<ev::webhook_changed> = "webhook.changed.v1";
template <>
inline constexpr std::string_view name_of<ev::webhook_secret_rotated> = "webhook.secret_rotated.v1";
template <>
inline constexpr std::string_view name_of<ev::webhook_disabled> = "webhook.disabled.v1";
template <>
inline constexpr std::string_view name_of<ev::webhook_deleted> = "webhook.deleted.v1";

template <class A>
void fields(A& a, ref<A, ev::webhook_registered> e) {
  a("id", e.id);
  a("facts", e.facts);
}
template <class A>
void fields(A& a, ref<A, ev::webhook_changed> e) {
  a("id", e.id);
  a("facts", e.facts);
}
template <class A>
void fields(A& a, ref<A, ev::webhook_secret_rotated> e) {
  a("id", e.id);
  a("generation", e.generation);
  a("previous_until_ms", e.previous_until);
}
template <class A>
void fields(A& a, ref<A, ev::webhook_disabled> e) {
  a("id", e.id);
  a("url", e.url);
  a.optional("reason", e.reason);
}
template <class A>
void fields(A& a, ref<A, ev::webhook_deleted> e) {
  a("id", e.id);
}

// ---- streams review/<reservation id>, inbox/<account id>, audit --------------------------------

template <>
inline constexpr std::string_view name_of<ev::review_posted> = "review.posted.v1";
template <>
inline constexpr std::string_view name_of<ev::review_changed> = "review.changed.v1";
template <>
inline constexpr std::string_view name_of<ev::review_deleted> = "review.deleted.v1";
template <>
inline constexpr std::string_view name_of<ev::notification_read> = "notification.read.v1";
template <>
inline constexpr std::string_view name_of<ev::operator_acted> = "operator.acted.v1";

template <class A>
void fields(A& a, ref<A, ev::review_posted> e) {
  a("id", e.id);
  a("reservation", e.reservation);
  a("room", e.room);
  a("author", e.author);
  a("rating", e.rating);
  a.optional("text", e.text);
}
template <class A>
void fields(A& a, ref<A, ev::review_changed> e) {
  a("id", e.id);
  a("rating", e.rating);
  a.optional("text", e.text);
}
template <class A>
void fields(A& a, ref<A, ev::review_deleted> e) {
  a("id", e.id);
}
template <class A>
void fields(A& a, ref<A, ev::notification_read> e) {
  a("notification", e.notification);
}
template <class A>
void fields(A& a, ref<A, ev::operator_acted> e) {
  a.optional("by", e.by);
  a("action", e.action);
  a.optional("target", e.target);
  a.optional("note", e.note);
}

}  // namespace atrium::codec
