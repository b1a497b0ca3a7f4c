#include <iterator>

#include "persistence/view_cursor.hpp"
#include "persistence/view_impl.hpp"
#include "persistence/view_walk.hpp"

namespace atrium::view {

namespace {

bool matches(const reservation_filter& f, const std::optional<reservation_status>& status,
             const reservation_head& head) {
  return (f.customer.empty() || head.customer == f.customer.view()) &&
         (f.room.empty() || head.room == f.room.view()) && (!status || head.status == *status) &&
         (!f.from || head.when.end > *f.from) && (!f.to || head.when.start < *f.to);
}

stored_doc served(std::string_view bytes) {
  const reservation_row row = unpack_reservation(bytes);
  return {render(row.doc), row.doc.version, row.doc.booked.customer};
}

}  // namespace

std::optional<std::string_view> lmdb_views::booking_row(const lmdb::txn& t,
                                                        const std::string& lookup) const {
  if (!is_plain_id(lookup)) return std::nullopt;
  const auto place = store_.get(t, in::ids, lookup);
  if (!place) return std::nullopt;
  return store_.get(t, in::reservations, *place);
}

std::optional<reservation_doc> lmdb_views::reservation(const reservation_id& id) const {
  const lmdb::read_txn txn = read();
  const auto bytes = booking_row(txn, reservation_lookup(id.view()));
  if (!bytes) return std::nullopt;
  return unpack_reservation(*bytes).doc;
}

std::optional<stored_doc> lmdb_views::reservation_json(const reservation_id& id) const {
  const lmdb::read_txn txn = read();
  const auto bytes = booking_row(txn, reservation_lookup(id.view()));
  if (!bytes) return std::nullopt;
  return served(*bytes);
}

result<page<stored_doc>> lmdb_views::reservations(const reservation_filter& f, std::size_t limit,
                                                  const std::string& cursor) const {
  page<stored_doc> p;
  const auto status = parse_reservation_status(f.status);
  // A status that does not exist matches nothing.
  if (!f.status.empty() && !status) return p;

  const bool by_room = !f.room.empty();
  std::optional<std::string> below;
  if (!cursor.empty()) {
    below = by_room ? parse_cursor(list::by_start, cursor) : parse_position_cursor(cursor);
    if (!below || below->size() < 8) return bad_cursor(cursor);
  }
  const std::string_view owner = by_room ? f.room.view() : f.customer.view();
  if (!owner.empty() && !is_plain_id(owner)) return p;
  const std::string prefix = owner.empty() ? std::string() : prefix_of(owner);

  const lmdb::read_txn txn = read();
  const auto take = [&](std::string_view bytes) -> std::optional<stored_doc> {
    if (!matches(f, status, unpack_reservation_head(bytes))) return std::nullopt;
    return served(bytes);
  };
  const auto take_at = [&](std::string_view place) -> std::optional<stored_doc> {
    const auto bytes = store_.get(txn, in::reservations, place);
    return bytes ? take(*bytes) : std::nullopt;
  };

  if (by_room) {
    // Latest start first; nothing that starts at or after `to` can overlap.
    if (!below && f.to) below = ordered_start(*f.to);
    auto found = walk_down<stored_doc>(
        txn, store_.table(in::board), prefix, below, limit,
        [&](std::string_view, std::string_view value) -> std::optional<stored_doc> {
          const board_entry entry = unpack_board(value);
          if (entry.what != board_entry::kind::reservation) return std::nullopt;
          return take_at(lmdb::view_of(lmdb::be64(entry.position)));
        });
    p.items = std::move(found.items);
    if (found.last_key)
      p.next = make_cursor(list::by_start, std::string_view(*found.last_key).substr(prefix.size()));
    return p;
  }
  auto found = owner.empty()
                   ? walk_down<stored_doc>(
                         txn, store_.table(in::reservations), prefix, below, limit,
                         [&](std::string_view, std::string_view value) { return take(value); })
                   : walk_down<stored_doc>(txn, store_.table(in::customers), prefix, below, limit,
                                           [&](std::string_view key, std::string_view) {
                                             return take_at(key.substr(prefix.size()));
                                           });
  p.items = std::move(found.items);
  if (found.last_key) p.next = position_cursor(*found.last_key);
  return p;
}

std::optional<hold_doc> lmdb_views::hold(const hold_id& id) const {
  if (!is_plain_id(id.view())) return std::nullopt;
  const lmdb::read_txn txn = read();
  const auto bytes = store_.get(txn, in::holds, id.view());
  if (!bytes) return std::nullopt;
  return unpack_hold(id, *bytes).doc;
}

std::vector<hold_doc> lmdb_views::holds_of(const account_id& customer, std::size_t limit) const {
  if (!is_plain_id(customer.view())) return {};
  const lmdb::read_txn txn = read();
  return walk_down<hold_doc>(txn, store_.table(in::customer_holds), prefix_of(customer.view()),
                             std::nullopt, limit,
                             [&](std::string_view, std::string_view id) -> std::optional<hold_doc> {
                               const auto bytes = store_.get(txn, in::holds, id);
                               if (!bytes) return std::nullopt;
                               return unpack_hold(hold_id(std::string(id)), *bytes).doc;
                             })
      .items;
}

std::optional<payment_doc> lmdb_views::payment(const payment_id& id) const {
  const lmdb::read_txn txn = read();
  auto bytes = booking_row(txn, payment_lookup(id.view()));
  if (!bytes) bytes = booking_row(txn, reservation_lookup(reservation_named_by(id.view())));
  if (!bytes) return std::nullopt;
  // The reservation may have another payment, or have been paid anew.
  for (auto& d : payments_of(unpack_reservation(*bytes)))
    if (d.id == id) return std::move(d);
  return std::nullopt;
}

result<page<payment_doc>> lmdb_views::payments(const account_id& customer, std::size_t limit,
                                               const std::string& cursor) const {
  std::optional<std::string> below;
  if (!cursor.empty() && !(below = parse_position_cursor(cursor))) return bad_cursor(cursor);
  page<payment_doc> p;
  if (!customer.empty() && !is_plain_id(customer.view())) return p;
  const std::string prefix = customer.empty() ? std::string() : prefix_of(customer.view());
  const lmdb::read_txn txn = read();
  using payments = std::vector<payment_doc>;
  const auto take = [](std::string_view bytes) -> std::optional<payments> {
    auto all = payments_of(unpack_reservation(bytes));
    if (all.empty()) return std::nullopt;
    return all;
  };
  auto found = customer.empty()
                   ? walk_down<payments>(
                         txn, store_.table(in::reservations), prefix, below, limit,
                         [&](std::string_view, std::string_view value) { return take(value); })
                   : walk_down<payments>(
                         txn, store_.table(in::customers), prefix, below, limit,
                         [&](std::string_view key, std::string_view) -> std::optional<payments> {
                           const auto bytes =
                               store_.get(txn, in::reservations, key.substr(prefix.size()));
                           return bytes ? take(*bytes) : std::nullopt;
                         });
  for (auto& of_one : found.items)
    std::move(of_one.begin(), of_one.end(), std::back_inserter(p.items));
  if (found.last_key) p.next = position_cursor(*found.last_key);
  return p;
}

}  // namespace atrium::view
