#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "domain/due.hpp"
#include "persistence/documents.hpp"
#include "persistence/follower.hpp"
#include "persistence/view_waiters.hpp"

namespace atrium {

/// One page of a list. `next` is empty on the last page, else opaque text for the same query.
template <class T>
struct page {
  std::vector<T> items;
  std::string next;
};

struct room_filter {
  std::string site;  ///< exact; empty: all
  int min_capacity = 0;
  std::vector<std::string> amenities;  ///< all of them
  std::string status;                  ///< "active", "retired"; empty: active only; "all"
};
struct reservation_filter {
  account_id customer;  ///< empty: everybody's (operator)
  room_id room;
  std::string status;
  std::optional<instant> from, to;  ///< overlaps [from, to)
};

/// A message for a person. The text is made when it is read, in the reader's language
/// (notifications/templates.hpp), from these facts.
struct notification_doc {
  std::string id;    ///< "<position>" based, stable across rebuilds: tells duplicates
  std::string type;  ///< e.g. "reservation.confirmed"
  account_id account;
  reservation_id reservation;
  room_id room;
  std::string room_name;
  std::string time_zone;
  interval when;
  money amount;       ///< what the message is about: price, refund, ...
  std::string extra;  ///< decline code, cancellation reason
  instant created_at{};
  std::optional<instant> read_at;
};

struct board_booking {
  std::string id;
  account_id customer;
  interval when;
  std::string status;  ///< reservation status, or "hold", "blackout"
  std::string payment_status;
  std::string title;
};
struct board_room {
  std::string room_json;  ///< the room document
  room_id id;
  std::vector<board_booking> bookings;
};
struct board_query {
  interval range;
  room_id room;  ///< empty: all
  std::string site;
  std::string status;        ///< only bookings in this state; empty: all that occupy or completed
  std::size_t limit = 1000;  ///< rooms per page
  std::string cursor;
};

/// Why a room is not offered for a slot.
struct unavailable_room {
  room_id room;
  std::string room_json;
  failure why;
};
struct availability {
  struct free_room {
    room_id room;
    std::string room_json;
    interval when;
    money price;
  };
  std::vector<free_room> free;
  std::vector<unavailable_room> unavailable;
};
struct availability_query {
  interval when;
  int capacity = 1;
  std::vector<std::string> amenities;
  std::string site;
  std::optional<std::chrono::minutes> duration;  ///< any slot of this length inside `when`
  instant now{};
  std::size_t limit = 200;  ///< rooms looked at
};

/// What a bearer key opens.
struct key_owner {
  api_key_id key;
  account_id account;
  ev::account_facts facts;
  std::vector<std::string> scopes;
  std::optional<instant> expires_at;
};

/// Bytes of a stored document and what the edge needs beside them.
struct stored_doc {
  std::string json;
  std::uint64_t version = 0;
  account_id owner;
};

/// The read model: a second LMDB environment, not synchronous, rebuilt from the journal when
/// deleted. Concurrency: every read from any thread; each opens and closes its own read
/// transaction. No read enters an actor or takes a lock that the write path holds.
class views {
 public:
  struct options {
    std::filesystem::path dir;       ///< <data dir>/views
    std::size_t map_size_mb = 1024;  ///< address space, not disk; grows when full
    std::uint64_t journal_id = 0;    ///< of the journal it is made from; another one: rebuilt
    /// Of that journal; a store that is ahead of it is dropped and rebuilt.
    std::uint64_t durable_position = UINT64_MAX;
  };
  /// Opens or makes the store; one left behind by an unclean machine stop is dropped and rebuilt.
  static result<std::unique_ptr<views>> open(options o);
  virtual ~views() = default;

  /// To be fed by the follower.
  virtual projection& as_projection() = 0;
  /// Makes the store durable and marks it clean, so that it outlives a machine stop. After the
  /// follower has stopped; idempotent. A store that was not closed is rebuilt after a machine stop
  /// only.
  virtual void close() = 0;

  virtual std::uint64_t position() const = 0;
  /// Calls `ready` once position() >= wanted: at once on this thread when it already is, else on
  /// the follower's thread. Whoever lets go of the place waits no longer. At most 10,000 wait;
  /// beyond that it fails with overloaded and `ready` is never called.
  virtual result<view::waiters::place> when_reached(std::uint64_t wanted,
                                                    std::function<void()> ready) = 0;
  /// `on_commit(position)` after each commit, on the follower's thread; for SSE. Must not block.
  virtual void subscribe(std::function<void(std::uint64_t)> on_commit) = 0;

  // ---- rooms
  virtual std::optional<stored_doc> room_json(const room_id& id) const = 0;
  virtual std::optional<room_doc> room(const room_id& id) const = 0;
  virtual result<page<stored_doc>> rooms(const room_filter& f, std::size_t limit,
                                         const std::string& cursor) const = 0;
  virtual std::vector<blackout_doc> blackouts(const room_id& id) const = 0;
  virtual availability find_available(const availability_query& q) const = 0;
  /// Other active rooms (same site first) with room for `party` that are free and allow the slot.
  virtual std::vector<alternative> other_free_rooms(const room_id& not_this, const interval& when,
                                                    int party, instant now,
                                                    std::size_t most) const = 0;
  /// What occupies one room in the range, holds and blackouts included.
  virtual std::vector<board_booking> occupied(const room_id& id, const interval& range) const = 0;

  // ---- reservations, holds, payments
  virtual std::optional<reservation_doc> reservation(const reservation_id& id) const = 0;
  virtual std::optional<stored_doc> reservation_json(const reservation_id& id) const = 0;
  virtual result<page<stored_doc>> reservations(const reservation_filter& f, std::size_t limit,
                                                const std::string& cursor) const = 0;
  virtual std::optional<hold_doc> hold(const hold_id& id) const = 0;
  virtual std::vector<hold_doc> holds_of(const account_id& customer, std::size_t limit) const = 0;
  virtual std::optional<payment_doc> payment(const payment_id& id) const = 0;
  virtual result<page<payment_doc>> payments(const account_id& customer, std::size_t limit,
                                             const std::string& cursor) const = 0;

  // ---- reviews, messages
  virtual std::optional<review_doc> review(const review_id& id) const = 0;
  virtual result<page<review_doc>> reviews(const room_id& room, std::size_t limit,
                                           const std::string& cursor) const = 0;
  virtual result<page<notification_doc>> notifications(const account_id& account, bool unread_only,
                                                       std::size_t limit,
                                                       const std::string& cursor) const = 0;
  virtual std::optional<notification_doc> notification(const account_id& account,
                                                       const std::string& id) const = 0;

  // ---- accounts
  virtual std::optional<account_doc> account(const account_id& id) const = 0;
  virtual result<page<account_doc>> accounts(std::size_t limit,
                                             const std::string& cursor) const = 0;
  virtual std::vector<api_key_doc> keys(const account_id& id) const = 0;
  virtual std::optional<key_owner> find_key(std::string_view secret_hash) const = 0;

  // ---- web hooks
  virtual std::optional<webhook_doc> webhook(const webhook_id& id) const = 0;
  /// Of one account; at most 20 by the account's rules.
  virtual std::vector<webhook_doc> webhooks_of(const account_id& account) const = 0;
  /// All of them; for whoever delivers, which keeps them until `webhooks_changed` moves.
  virtual std::vector<webhook_doc> all_webhooks() const = 0;
  /// Position of the last event about any web hook; 0: there was none. Cheap.
  virtual std::uint64_t webhooks_changed() const = 0;

  // ---- one screen
  struct board_page {
    std::vector<board_room> rooms;
    std::string next;
    std::uint64_t position = 0;
  };
  virtual result<board_page> board(const board_query& q) const = 0;
  /// The board as it is served, without intermediate objects: for operators titles everywhere, else
  /// only the viewer's own and "busy" for the rest.
  virtual result<std::string> board_json(const board_query& q, const account_id& viewer,
                                         bool as_operator) const = 0;

  /// Rows per table, map size and use; for introspection.
  virtual std::vector<std::pair<std::string, std::uint64_t>> table_sizes() const = 0;
};

}  // namespace atrium
