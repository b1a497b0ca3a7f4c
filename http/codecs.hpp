#pragma once

#include <optional>
#include <string>
#include <vector>

#include "domain/account.hpp"
#include "domain/events.hpp"
#include "domain/room.hpp"
#include "http/json.hpp"

/// Request bodies of the API: each function reads one, reports every mistake of it at once
/// (validation with JSON pointers) and returns what the engine understands.
namespace atrium::http {

/// A whole room; what is left out has its documented default.
result<room_facts> parse_room(json_value body);
/// RFC 7396 merge patch over `base`: null brings the default back.
result<room_facts> parse_room_patch(json_value body, const room_facts& base);

struct blackout_body {
  interval when;
  std::string reason;
};
result<blackout_body> parse_blackout(json_value body);

/// A slot as quotes ask for it.
struct slot_body {
  room_id room;
  interval when;
  int party_size = 1;
};
result<slot_body> parse_slot(json_value body);

/// With "holdId" the slot may be left out: then `room` is empty and the hold says where and when.
result<ev::booking_request> parse_booking(json_value body);
/// "ttlMinutes" 1..60; without it the hold lasts `default_ttl`.
result<ev::hold_request> parse_hold(json_value body,
                                    milliseconds default_ttl = std::chrono::minutes(10));

/// What a booking is to become: a merge patch over what it is.
struct change_body {
  room_id room;
  interval when;
  int party_size = 1;
  std::string title;
  payment_method payment;  ///< no token: none was given
};
result<change_body> parse_change(json_value body, const reservation& now);

struct cancel_body {
  std::string reason;
  bool full_refund = false;
};
result<cancel_body> parse_cancel(json_value body);

/// "reason" is required, "amount" may be left out: then `amount` is 0, which means all that is
/// left.
struct refund_body {
  money amount;
  std::string reason;
};
result<refund_body> parse_refund(json_value body);

struct review_body {
  reservation_id reservation;
  int rating = 5;
  std::string text;
};
result<review_body> parse_review(json_value body);
/// Merge patch of rating and text.
result<review_body> parse_review_patch(json_value body, review_body base);

result<ev::account_facts> parse_account(json_value body);
result<ev::account_facts> parse_account_patch(json_value body, const ev::account_facts& base);

struct key_body {
  std::string name;
  std::vector<std::string> scopes;
  std::optional<instant> expires_at;
};
/// Scopes must be known ones; `now` bounds expiresAt from below.
result<key_body> parse_key(json_value body, instant now);

/// "url" (required unless `base` is patched), "types", "description", "enabled". Types must be
/// public events.
result<ev::webhook_facts> parse_webhook(json_value body);
result<ev::webhook_facts> parse_webhook_patch(json_value body, const ev::webhook_facts& base);
/// "overlapHours" 0..168 of a rotation; without it a day.
result<milliseconds> parse_overlap(json_value body);

/// Adds the violations of the domain's own validation, except where the body was already wrong.
void add_unreported(std::vector<violation>& to, std::vector<violation> from);

}  // namespace atrium::http
