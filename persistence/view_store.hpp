#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "domain/time.hpp"
#include "persistence/derived_env.hpp"

namespace atrium::view {

/// Changes with every change of a table's keys or rows: another format on disk is dropped and
/// rebuilt.
inline constexpr std::uint32_t view_format = 5;

/// Longest id that becomes part of a key (LMDB keys hold 511 bytes).
inline constexpr std::size_t max_id_bytes = 160;

/// Which table a row lives in. `|` joins parts of a key; texts end with a zero byte, positions and
/// starts are 8 bytes big-endian.
enum class in : std::uint8_t {
  rooms,         ///< room id -> room_row
  room_order,    ///< site|name|room id -> nothing: the order of lists and boards
  blackouts,     ///< room|blackout id -> blackout_doc
  reservations,  ///< position of reservation.held -> reservation_row
  /// "r" reservation id -> key in reservations; "p" payment id -> the same, unless the payment's id
  /// is made of the reservation's (is_named_after), as sagas make it: that spares most bookings a
  /// row.
  ids,
  customers,         ///< customer|key in reservations -> nothing
  board,             ///< room|start|reservation or hold id -> board_entry
  holds,             ///< hold id -> hold_row
  customer_holds,    ///< customer|position of hold.placed -> hold id; active holds only
  reviews,           ///< review id -> review_row
  room_reviews,      ///< room|position of review.posted -> review id
  accounts,          ///< account id -> account_row
  keys,              ///< account|key id -> api_key_doc; live keys only
  key_hashes,        ///< hash of the secret -> key_owner
  notifications,     ///< account|position of the event it tells of -> notification_doc
  webhooks,          ///< webhook id -> webhook_doc
  account_webhooks,  ///< account|webhook id -> nothing
  facts,             ///< name -> number: what the tables as a whole are known to hold
};
inline constexpr std::size_t table_count = 18;
std::string_view table_name(in t);

/// The tables of the views and what their keys are made of.
/// Concurrency: reads from any thread; writes by the follower's thread through the projection.
class view_store {
 public:
  explicit view_store(std::unique_ptr<derived_env> env);

  derived_env& env() noexcept { return *env_; }
  const derived_env& env() const noexcept { return *env_; }
  lmdb::table table(in t) const noexcept { return tables_[static_cast<std::size_t>(t)]; }

  std::optional<std::string_view> get(const lmdb::txn& t, in from, std::string_view key) const {
    return t.get(table(from), key);
  }

  /// The position that a transaction's snapshot shows.
  std::uint64_t position(const lmdb::txn& t) const;

  /// The longest reservation or hold that the board ever held: how far before a range a scan
  /// begins.
  milliseconds longest() const noexcept {
    return milliseconds{longest_ms_.load(std::memory_order_acquire)};
  }
  /// Raised before the transaction that holds the longer entry is committed, so that no reader
  /// sees the entry without the length.
  void raise_longest(milliseconds to) noexcept {
    longest_ms_.store(to.count(), std::memory_order_release);
  }

 private:
  std::unique_ptr<derived_env> env_;
  std::array<lmdb::table, table_count> tables_{};
  std::atomic<std::int64_t> longest_ms_{0};
};

inline constexpr std::string_view longest_fact = "longest_ms";
inline constexpr std::string_view position_fact = "position";
/// Position of the last event about any web hook: who caches them knows when to look again.
inline constexpr std::string_view webhooks_fact = "webhooks";

/// False for text that no id is (empty, too long, with a zero byte): it would be a malformed or
/// foreign key, and names nothing.
bool is_plain_id(std::string_view id);

// ---- keys --------------------------------------------------------------------------------------
std::string prefix_of(std::string_view id);
std::string key_of(std::string_view id, std::uint64_t position);
std::string key_of(std::string_view id, std::string_view second);
/// The start of a slot as the 8 bytes of a board key.
std::string ordered_start(instant start);
std::string board_key(std::string_view room, instant start, std::string_view id);
/// Bytewise order of site, then name (each cut to 150 bytes), then id.
std::string order_key(std::string_view site, std::string_view name, std::string_view id);
/// What the order keys of one site begin with.
std::string order_prefix(std::string_view site);
/// The room id at the end of an order key.
std::string_view room_of_order_key(std::string_view key);
std::string reservation_lookup(std::string_view reservation);
std::string payment_lookup(std::string_view payment);
/// True for "pay_<reservation id>".
bool is_named_after(std::string_view payment, std::string_view reservation);
/// The reservation that such a payment would belong to; "" for another kind of id.
std::string_view reservation_named_by(std::string_view payment);

/// Parts of a board key behind the room's prefix.
struct board_place {
  instant start{};
  std::string_view id;
};
board_place place_of(std::string_view board_key, std::size_t prefix_size);

}  // namespace atrium::view
