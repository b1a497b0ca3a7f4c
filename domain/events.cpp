#include "domain/events.hpp"

namespace atrium {

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

}  // namespace atrium
