#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "persistence/view_projection.hpp"
#include "persistence/view_rows.hpp"
#include "persistence/view_store.hpp"
#include "persistence/view_waiters.hpp"
#include "persistence/views.hpp"

namespace atrium::view {

/// The views in LMDB. Its members are spread over view_rooms.cpp, view_availability.cpp,
/// view_bookings.cpp, view_people.cpp and view_board.cpp; each opens one read transaction.
class lmdb_views final : public views {
 public:
  explicit lmdb_views(std::unique_ptr<derived_env> env);

  projection& as_projection() override { return projection_; }
  /// For tests and checks that compare whole tables.
  const view_store& store() const noexcept { return store_; }
  void close() override { store_.env().close(); }
  std::uint64_t position() const override { return store_.env().position(); }
  result<waiters::place> when_reached(std::uint64_t wanted, std::function<void()> ready) override;
  void subscribe(std::function<void(std::uint64_t)> on_commit) override;

  std::optional<stored_doc> room_json(const room_id& id) const override;
  std::optional<room_doc> room(const room_id& id) const override;
  result<page<stored_doc>> rooms(const room_filter& f, std::size_t limit,
                                 const std::string& cursor) const override;
  std::vector<blackout_doc> blackouts(const room_id& id) const override;
  availability find_available(const availability_query& q) const override;
  std::vector<alternative> other_free_rooms(const room_id& not_this, const interval& when,
                                            int party, instant now,
                                            std::size_t most) const override;
  std::vector<board_booking> occupied(const room_id& id, const interval& range) const override;

  std::optional<reservation_doc> reservation(const reservation_id& id) const override;
  std::optional<stored_doc> reservation_json(const reservation_id& id) const override;
  result<page<stored_doc>> reservations(const reservation_filter& f, std::size_t limit,
                                        const std::string& cursor) const override;
  std::optional<hold_doc> hold(const hold_id& id) const override;
  std::vector<hold_doc> holds_of(const account_id& customer, std::size_t limit) const override;
  std::optional<payment_doc> payment(const payment_id& id) const override;
  result<page<payment_doc>> payments(const account_id& customer, std::size_t limit,
                                     const std::string& cursor) const override;

  std::optional<review_doc> review(const review_id& id) const override;
  result<page<review_doc>> reviews(const room_id& room, std::size_t limit,
                                   const std::string& cursor) const override;
  result<page<notification_doc>> notifications(const account_id& account, bool unread_only,
                                               std::size_t limit,
                                               const std::string& cursor) const override;
  std::optional<notification_doc> notification(const account_id& account,
                                               const std::string& id) const override;

  std::optional<account_doc> account(const account_id& id) const override;
  result<page<account_doc>> accounts(std::size_t limit, const std::string& cursor) const override;
  std::vector<api_key_doc> keys(const account_id& id) const override;
  std::optional<key_owner> find_key(std::string_view secret_hash) const override;

  std::optional<webhook_doc> webhook(const webhook_id& id) const override;
  std::vector<webhook_doc> webhooks_of(const account_id& account) const override;
  std::vector<webhook_doc> all_webhooks() const override;
  std::uint64_t webhooks_changed() const override;

  result<board_page> board(const board_query& q) const override;
  result<std::string> board_json(const board_query& q, const account_id& viewer,
                                 bool as_operator) const override;
  std::vector<std::pair<std::string, std::uint64_t>> table_sizes() const override;

 private:
  lmdb::read_txn read() const { return lmdb::read_txn(store_.env().env()); }
  /// Row of a reservation or payment, found by its key in `ids`.
  std::optional<std::string_view> booking_row(const lmdb::txn& t, const std::string& lookup) const;

  view_store store_;
  waiters waiters_;
  view_projection projection_;
};

}  // namespace atrium::view
