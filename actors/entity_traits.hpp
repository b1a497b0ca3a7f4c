#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "actors/protocol/entity.hpp"
#include "domain/account.hpp"
#include "domain/inbox.hpp"
#include "domain/review.hpp"
#include "domain/room_book.hpp"

/// What distinguishes one kind of event-sourced entity from another.
namespace atrium {

struct room_traits {
  using aggregate = room_book;
  using command = room_command;
  static constexpr const char* kind = "room";
  static std::string stream(std::string_view id) { return std::string{"room/"}.append(id); }
  static aggregate make(const std::string& id) { return room_book{room_id{id}}; }
  /// Fills the reservation or hold that the command was about.
  static void describe(const room_book& state, const room_command& command, entity_reply& reply);
  static std::vector<recorded_event> condense(const room_book& state) { return state.condense(); }
};

struct account_traits {
  using aggregate = account;
  using command = account_command;
  static constexpr const char* kind = "account";
  static std::string stream(std::string_view id) { return std::string{"account/"}.append(id); }
  static aggregate make(const std::string& id) { return account{account_id{id}}; }
  static void describe(const account&, const account_command&, entity_reply&) {}
};

struct review_traits {
  using aggregate = review;
  using command = review_command;
  static constexpr const char* kind = "review";
  static std::string stream(std::string_view id) { return std::string{"review/"}.append(id); }
  static aggregate make(const std::string&) { return review{}; }
  static void describe(const review&, const review_command&, entity_reply&) {}
};

struct inbox_traits {
  using aggregate = inbox;
  using command = inbox_command;
  static constexpr const char* kind = "inbox";
  static std::string stream(std::string_view id) { return std::string{"inbox/"}.append(id); }
  static aggregate make(const std::string&) { return inbox{}; }
  static void describe(const inbox&, const inbox_command&, entity_reply&) {}
};

/// One entity for the whole office; its requests have the id "".
struct audit_traits {
  using aggregate = audit_log;
  using command = audit_command;
  static constexpr const char* kind = "audit";
  static std::string stream(std::string_view) { return "audit"; }
  static aggregate make(const std::string&) { return audit_log{}; }
  static void describe(const audit_log&, const audit_command&, entity_reply&) {}
  /// Nothing is remembered, so a snapshot is the number of the last act.
  static std::vector<recorded_event> condense(const audit_log&) { return {}; }
};

}  // namespace atrium
