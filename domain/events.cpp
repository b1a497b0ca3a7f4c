#include "domain/events.hpp"

#include <utility>

namespace atrium {

event::event() = default;
event::event(const event&) = default;
event::event(event&&) noexcept = default;
event& event::operator=(const event&) = default;
event& event::operator=(event&&) noexcept = default;
event::~event() = default;

bool operator==(const event& a, const event& b) {
  return static_cast<const event_kinds&>(a) == static_cast<const event_kinds&>(b);
}

reservation reservation_of(const ev::reservation_held& held, room_id room, instant at) {
  return {.id = held.id,
          .room = std::move(room),
          .customer = held.customer,
          .when = held.when,
          .time_zone = held.time_zone,
          .party_size = held.party_size,
          .title = held.title,
          .price = held.price,
          .policy = held.policy,
          .status = reservation_status::held,
          .payment = held.payment,
          .created_at = at,
          .tax_rate_bp = held.tax_rate_bp};
}

std::string_view to_string(ev::role r) {
  switch (r) {
    case ev::role::customer:
      return "customer";
    case ev::role::operator_:
      return "operator";
    case ev::role::admin:
      return "admin";
  }
  return "customer";
}

std::optional<ev::role> parse_role(std::string_view s) {
  if (s == "customer") return ev::role::customer;
  if (s == "operator") return ev::role::operator_;
  if (s == "admin") return ev::role::admin;
  return std::nullopt;
}

std::string_view to_string(ev::mail_choice c) {
  switch (c) {
    case ev::mail_choice::all:
      return "all";
    case ev::mail_choice::transactional:
      return "transactional";
    case ev::mail_choice::none:
      return "none";
  }
  return "all";
}

std::optional<ev::mail_choice> parse_mail_choice(std::string_view s) {
  if (s == "all") return ev::mail_choice::all;
  if (s == "transactional") return ev::mail_choice::transactional;
  if (s == "none") return ev::mail_choice::none;
  return std::nullopt;
}

}  // namespace atrium
