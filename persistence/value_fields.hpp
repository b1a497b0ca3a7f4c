#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "domain/events.hpp"
#include "persistence/json_archives.hpp"

/// The fields of the values that events are made of, as the journal names them. One description
/// serves writing and reading. Rules of change: docs/events.md.
namespace atrium::codec {

// ---- enums -------------------------------------------------------------------------------------

/// Names in the order of the enumerators, which start at 0.
template <class E, const auto& Names>
struct listed_names {
  static std::string_view to(E e) { return Names[static_cast<std::size_t>(e)]; }
  static std::optional<E> from(std::string_view name) {
    for (std::size_t i = 0; i != Names.size(); ++i)
      if (Names[i] == name) return static_cast<E>(i);
    return std::nullopt;
  }
};

using namespace std::string_view_literals;
inline constexpr std::array hold_end_names{"expired"sv, "released"sv, "booked"sv};
inline constexpr std::array completion_names{"checked_out"sv, "by_clock"sv};
inline constexpr std::array outcome_names{"ok"sv, "rejected"sv, "retryable"sv, "unknown"sv};

template <>
struct enum_names<ev::hold_end> : listed_names<ev::hold_end, hold_end_names> {};
template <>
struct enum_names<ev::completion> : listed_names<ev::completion, completion_names> {};
template <>
struct enum_names<ev::step_outcome> : listed_names<ev::step_outcome, outcome_names> {};
template <>
struct enum_names<reservation_status> {
  static std::string_view to(reservation_status s) { return to_string(s); }
  static auto from(std::string_view s) { return parse_reservation_status(s); }
};
template <>
struct enum_names<ev::role> {
  static std::string_view to(ev::role r) { return to_string(r); }
  static auto from(std::string_view s) { return parse_role(s); }
};
template <>
struct enum_names<ev::mail_choice> {
  static std::string_view to(ev::mail_choice c) { return to_string(c); }
  static auto from(std::string_view s) { return parse_mail_choice(s); }
};
template <>
struct enum_names<ec> {
  static std::string_view to(ec code) { return to_string(code); }
  static auto from(std::string_view s) { return parse_ec(s); }
};

// ---- values ------------------------------------------------------------------------------------

template <class A>
void fields(A& a, ref<A, money> m) {
  a("amount", m.amount);
  a("currency", m.currency);
}

/// An interval lies flat in its owner.
template <class A>
void slot(A& a, ref<A, interval> when) {
  a("start_ms", when.start);
  a("end_ms", when.end);
}

template <class A>
void fields(A& a, ref<A, cancellation_rule> r) {
  a("hours_before", r.hours_before);
  a("refund_percent", r.refund_percent);
}

template <class A>
void fields(A& a, ref<A, opening_window> w) {
  // ISO week days, Monday = 1.
  std::vector<int> days;
  if constexpr (A::writes) {
    for (std::size_t i = 0; i != w.days.size(); ++i)
      if (w.days[i]) days.push_back(static_cast<int>(i) + 1);
  }
  a("days", days);
  if constexpr (!A::writes) {
    w.days.fill(false);
    for (const int day : days)
      if (day >= 1 && day <= 7) w.days[static_cast<std::size_t>(day - 1)] = true;
  }
  a("open_minute", w.open_minute);
  a("close_minute", w.close_minute);
}

template <class A>
void fields(A& a, ref<A, room_facts> f) {
  a("name", f.name);
  a.optional("site", f.site);
  a.optional("description", f.description);
  a("capacity", f.capacity);
  a.optional("amenities", f.amenities);
  a("time_zone", f.time_zone);
  a.optional("opening_hours", f.opening_hours);
  a("min_duration_minutes", f.min_duration_minutes);
  a("max_duration_minutes", f.max_duration_minutes);
  a("step_minutes", f.step_minutes);
  a("buffer_minutes", f.buffer_minutes);
  a("horizon_days", f.horizon_days);
  a("price_per_hour", f.price_per_hour);
  a("cancellation", f.cancellation);
  a.optional("check_in_required", f.check_in_required);
  a("grace_minutes", f.grace_minutes);
  a.optional("tax_rate_bp", f.tax_rate_bp);
}

template <class A>
void fields(A& a, ref<A, payment_method> p) {
  a("method", p.method);
  a.optional("token", p.token);
}

template <class A>
void fields(A& a, ref<A, charge> c) {
  a("payment", c.payment);
  a("kept", c.kept);
}

template <class A>
void fields(A& a, ref<A, refund_part> p) {
  a("payment", p.payment);
  a("amount", p.amount);
  a("left", p.left);
}

template <class A>
void fields(A& a, ref<A, reservation> r) {
  a("id", r.id);
  a("room", r.room);
  a("customer", r.customer);
  slot(a, r.when);
  a("time_zone", r.time_zone);
  a("party_size", r.party_size);
  a.optional("title", r.title);
  a("price", r.price);
  a("policy", r.policy);
  a("status", r.status);
  a.optional("payment", r.payment);
  a("created_at_ms", r.created_at);
  a.optional("charges", r.charges);
  a.optional("tax_rate_bp", r.tax_rate_bp);
}

template <class A>
void fields(A& a, ref<A, violation> v) {
  a("rule", v.rule);
  a.optional("limit", v.limit);
  a.optional("actual", v.actual);
  a.optional("pointer", v.pointer);
}

template <class A>
void fields(A& a, ref<A, alternative> x) {
  a("room", x.room);
  slot(a, x.when);
}

template <class A>
void fields(A& a, ref<A, failure> f) {
  a("code", f.code);
  a.optional("detail", f.detail);
  a.optional("violations", f.violations);
  a.optional("alternatives", f.alternatives);
  a.optional("conflicting", f.conflicting);
  a.optional("retry_after_ms", f.retry_after_ms);
  a.optional("reason", f.reason);
}

template <class A>
void fields(A& a, ref<A, ev::account_facts> f) {
  a("name", f.name);
  a.optional("email", f.email);
  a("role", f.as);
  a("locale", f.locale);
  a.optional("mail", f.mail);
}

template <class A>
void fields(A& a, ref<A, ev::webhook_facts> f) {
  a("url", f.url);
  a.optional("types", f.types);
  a.optional("description", f.description);
  a("enabled", f.enabled);
}

}  // namespace atrium::codec
