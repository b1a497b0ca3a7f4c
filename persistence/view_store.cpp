#include "persistence/view_store.hpp"

#include <algorithm>
#include <array>

namespace atrium::view {

namespace {

constexpr std::array<std::string_view, table_count> names{"rooms",
                                                          "room_order",
                                                          "blackouts",
                                                          "reservations",
                                                          "ids",
                                                          "customers",
                                                          "board",
                                                          "holds",
                                                          "customer_holds",
                                                          "reviews",
                                                          "room_reviews",
                                                          "accounts",
                                                          "keys",
                                                          "key_hashes",
                                                          "notifications",
                                                          "webhooks",
                                                          "account_webhooks",
                                                          "facts"};

constexpr std::size_t max_order_part = 150;

/// Texts of people inside a key: cut, and without the zero byte that ends a part.
void append_part(std::string& key, std::string_view s) {
  for (const char c : s.substr(0, max_order_part)) key.push_back(c == '\0' ? '\1' : c);
  key.push_back('\0');
}

std::uint64_t ordered_time(instant t) {
  return lmdb::ordered(t.time_since_epoch().count());
}

}  // namespace

std::string_view table_name(in t) {
  return names[static_cast<std::size_t>(t)];
}

view_store::view_store(std::unique_ptr<derived_env> env) : env_(std::move(env)) {
  for (std::size_t i = 0; i < table_count; ++i)
    tables_[i] = env_->open_table(std::string(names[i]).c_str());
  const lmdb::read_txn txn(env_->env());
  if (const auto v = get(txn, in::facts, longest_fact); v && v->size() == 8)
    longest_ms_ = static_cast<std::int64_t>(lmdb::read_be64(v->data()));
}

std::uint64_t view_store::position(const lmdb::txn& t) const {
  const auto v = get(t, in::facts, position_fact);
  return v && v->size() == 8 ? lmdb::read_be64(v->data()) : 0;
}

bool is_plain_id(std::string_view id) {
  return !id.empty() && id.size() <= max_id_bytes && id.find('\0') == std::string_view::npos;
}

std::string prefix_of(std::string_view id) {
  std::string key;
  key.reserve(id.size() + 1 + 8 + 40);
  key.append(id);
  key.push_back('\0');
  return key;
}

std::string key_of(std::string_view id, std::uint64_t position) {
  std::string key = prefix_of(id);
  lmdb::append_be64(key, position);
  return key;
}

std::string key_of(std::string_view id, std::string_view second) {
  std::string key = prefix_of(id);
  key.append(second);
  return key;
}

std::string ordered_start(instant start) {
  std::string key;
  lmdb::append_be64(key, ordered_time(start));
  return key;
}

std::string board_key(std::string_view room, instant start, std::string_view id) {
  std::string key = prefix_of(room);
  lmdb::append_be64(key, ordered_time(start));
  key.append(id);
  return key;
}

std::string order_prefix(std::string_view site) {
  std::string key;
  append_part(key, site);
  return key;
}

std::string order_key(std::string_view site, std::string_view name, std::string_view id) {
  std::string key = order_prefix(site);
  append_part(key, name);
  key.append(id);
  return key;
}

std::string_view room_of_order_key(std::string_view key) {
  return key.substr(key.rfind('\0') + 1);
}

std::string reservation_lookup(std::string_view reservation) {
  std::string key("r");
  key.append(reservation);
  return key;
}

std::string payment_lookup(std::string_view payment) {
  std::string key("p");
  key.append(payment);
  return key;
}

std::string_view reservation_named_by(std::string_view payment) {
  constexpr std::string_view prefix = "pay_";
  return payment.starts_with(prefix) ? payment.substr(prefix.size()) : std::string_view();
}

bool is_named_after(std::string_view payment, std::string_view reservation) {
  return !reservation.empty() && reservation_named_by(payment) == reservation;
}

board_place place_of(std::string_view board_key, std::size_t prefix_size) {
  const std::uint64_t start = lmdb::read_be64(board_key.data() + prefix_size);
  return {instant{milliseconds{lmdb::from_ordered(start)}}, board_key.substr(prefix_size + 8)};
}

}  // namespace atrium::view
